"""Sampling by role: each PTE declares that of its own roles, and the sweep may set another."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from harness.contracts.prompt import SOLVE
from harness.contracts.sampling import Sampling
from harness.errors import UserError
from harness.settings.building import build

FIELDS = tuple(field.name for field in fields(Sampling))
_ROLE = re.compile(rf"^sampling\.(?!{SOLVE}\b)")


def opened(overrides: Sequence[str]) -> list[str]:
    """The overrides with those of further roles allowed, which the root configuration cannot know
    before the PTEs that have them are chosen; `with_roles` then looks at them."""
    return [f"++{each}" if _ROLE.match(each) else each for each in overrides]


def with_roles(config: DictConfig) -> DictConfig:
    """The configuration with the sampling of every role that its PTEs declare.

    Raises:
        UserError: a role that no PTE of the sweep has, a setting that is none of sampling's, or two
            PTEs that declare a role differently.
    """
    if not isinstance(config.sampling, DictConfig):
        return config  # refused, with its mend, where settings are checked
    given: dict[str, Any] = OmegaConf.to_container(config.sampling)  # type: ignore[assignment]
    solve = given.pop(SOLVE)
    declared = {name: _declared(name, node) for name, node in config.pte.items()}
    known = sorted({role for roles in declared.values() for role in roles})
    for role, values in given.items():
        _look(role, values, known)
    resolved = {role: _resolved(role, declared, given.get(role, {})) for role in known}
    with open_dict(config):
        config.sampling = {SOLVE: solve, **resolved}
    return config


def _declared(name: str, node: DictConfig) -> Mapping[str, Sampling]:
    """What a PTE declares of its roles: by its class, else by what its `_target_` makes."""
    found = _class_of(node)
    roles = found if isinstance(found, Mapping) else build(node).role_sampling
    for role, sampling in roles.items():
        if role == SOLVE or not isinstance(sampling, Sampling):
            raise UserError(
                f"pte.{name} declares role_sampling of {role!r} as {sampling!r}: give a Sampling "
                f"for each role besides {SOLVE}, which the sweep samples"
            )
    return roles  # type: ignore[no-any-return]


def _class_of(node: DictConfig) -> Any:
    module, _, name = str(node._target_).rpartition(".")
    try:
        return getattr(getattr(import_module(module), name), "role_sampling", None)
    except Exception:  # whatever it is, building says it better
        return None


def _look(role: str, values: Any, known: Sequence[str]) -> None:
    """Refuse what is set for a role that nobody has, or that is no setting of sampling."""
    if role not in known:
        near = get_close_matches(role, [SOLVE, *known], n=1)
        meant = f"did you mean sampling.{near[0]}? " if near else ""
        raise UserError(
            f"sampling.{role}: no PTE of this sweep has a model speak in the role {role}; {meant}"
            f"there is {', '.join([SOLVE, *known])}"
        )
    if not isinstance(values, dict):
        raise UserError(f"sampling.{role} is {values!r}: set sampling.{role}.temperature=0.7")
    for field in values:
        if field not in FIELDS:
            near = get_close_matches(str(field), FIELDS, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise UserError(
                f"sampling.{role}.{field}: no such setting; {meant}there is {', '.join(FIELDS)}"
            )


def _resolved(
    role: str, declared: Mapping[str, Mapping[str, Sampling]], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The one sampling of a role in this sweep: what is set, else what its PTEs agree on."""
    by_pte = {name: asdict(roles[role]) for name, roles in declared.items() if role in roles}
    (first, values), *others = by_pte.items()
    for other, differing in others:
        for field in FIELDS:
            if field not in given and values[field] != differing[field]:
                raise UserError(
                    f"pte.{first} and pte.{other} share the role {role}, and declare {field} "
                    f"{values[field]:g} and {differing[field]:g} for it: a sweep has one, set "
                    f"sampling.{role}.{field}={values[field]:g}"
                )
    return {**values, **given}
