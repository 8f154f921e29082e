"""Sampling by role: each PTE declares that of its roles, and the sweep may set another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields

from omegaconf import DictConfig

from harness.contracts.prompt import SOLVE
from harness.contracts.sampling import Sampling
from harness.settings.overrides import Word
from harness.settings.root import SAMPLING
from harness.settings.targets import TargetError, located
from harness.settings.wording import joined, suggestion

FIELDS = tuple(field.name for field in fields(Sampling))
Declared = Mapping[str, Mapping[str, Sampling]]
"""By PTE and role."""


def declared_by(ptes: Mapping[str, DictConfig]) -> tuple[Declared, list[str]]:
    """What the class of each PTE declares of its roles, and a line for each that cannot be meant.

    Args:
        ptes: settings by name; a `_target_` that cannot be found is left for others to tell.
    """
    result: dict[str, Mapping[str, Sampling]] = {}
    problems: list[str] = []
    for name, node in ptes.items():
        if not isinstance(node, DictConfig):
            continue  # a file that does not say its name; that is told by others as well
        try:
            roles = getattr(located(node.get("_target_")), "role_sampling", {})
        except TargetError:
            continue
        if not isinstance(roles, Mapping):
            problems.append(f"pte.{name}: role_sampling is a class variable, a mapping by role")
            continue
        result[name] = {role: each for role, each in roles.items() if isinstance(each, Sampling)}
        problems += [
            f"pte.{name} declares role_sampling of {role!r} as {each!r}: give a Sampling for each "
            f"role besides {SOLVE}, which the sweep samples"
            for role, each in roles.items()
            if role == SOLVE or not isinstance(each, Sampling)
        ]
    return result, problems


def additions(declared: Declared) -> list[str]:
    """Words that give the configuration each role with the sampling that is declared for it."""
    roles = dict.fromkeys(role for each in declared.values() for role in each)
    return [f"+{SAMPLING}.{role}={_written(_first(declared, role))}" for role in roles]


def role_problems(declared: Declared, words: Iterable[Word]) -> Iterator[str]:
    """A line for each role that is set and nobody has, and for each on which PTEs do not agree.

    Args:
        words: the settings of the command line, some of which may decide between PTEs.
    """
    known = [SOLVE, *sorted({role for each in declared.values() for role in each})]
    given: dict[str, set[str]] = {}
    for word in words:
        head, _, rest = word.key.partition(".")
        role, _, field = rest.partition(".")
        if head != SAMPLING or not role:
            continue
        value = word.parsed.value()
        fields_set = [field] if field else [*value] if isinstance(value, dict) else []
        given.setdefault(role, set()).update(fields_set)
        if role not in known:
            yield (
                f"{word.key}: no PTE of this sweep has a model speak in the role {role}; "
                f"{SAMPLING} has {joined(known, 'and')}{suggestion(role, known)}"
            )
    for role in known[1:]:
        yield from _disagreement(role, declared, given.get(role, set()))


def _disagreement(role: str, declared: Declared, given: set[str]) -> Iterator[str]:
    """A line where PTEs that share a role sample it differently, and the sweep does not decide."""
    by_pte = {name: asdict(roles[role]) for name, roles in declared.items() if role in roles}
    (first, values), *others = by_pte.items()
    for other, theirs in others:
        for field in FIELDS:
            if values[field] != theirs[field] and field not in given:
                yield (
                    f"pte.{first} and pte.{other} share the role {role}, and declare {field} "
                    f"{values[field]:g} and {theirs[field]:g} for it: a sweep has one, set "
                    f"{SAMPLING}.{role}.{field}={values[field]:g}"
                )


def _first(declared: Declared, role: str) -> Sampling:
    return next(roles[role] for roles in declared.values() if role in roles)


def _written(sampling: Sampling) -> str:
    return f"{{{', '.join(f'{name}: {value}' for name, value in asdict(sampling).items())}}}"
