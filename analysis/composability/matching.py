"""Which settings match across the cells of a lattice, and what is not there where they do not.

Two stacks compare as with and without a PTE only if all else is the same. Where an inference budget
cut each stack by itself (in records of before 0.3), a pair may hold fewer votes than its single.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from analysis.contracts.experiment import Experiment, Part
from analysis.contracts.finding import Finding, Severity

NAMED = 6
"""Stacks that a finding names."""

Parts = tuple[Part, ...]


@dataclass
class _Difference:
    """PTEs whose settings in some stacks are not those of the smaller stacks there are."""

    told: str
    """The settings that differ, as `self_consistency has n 45 in them, 60 without the others`."""
    mend: str
    stacks: list[str] = field(default_factory=list)
    matched: list[str] = field(default_factory=list)
    """PTEs of these stacks whose settings do match."""
    exponents: list[str] = field(default_factory=list)
    """Pairs that have none because of it."""


def matching(experiment: Experiment) -> Iterator[Finding]:
    """What was matched by name and settings where there are several settings of one PTE.

    A warning for each difference that leaves a stack without one that it would be compared with,
    and a note for each stack that was run in further settings than those it is compared with.
    """
    differences: dict[str, _Difference] = {}
    notes: dict[str, list[str]] = {}
    standing = _standing(experiment)
    for index in chain.from_iterable(standing.values()):
        parts = experiment.arms[index].parts
        for within in _within(parts):
            same = standing.get(_names(within), [])
            others = [arm for arm in same if frozenset(experiment.arms[arm].parts) != {*within}]
            there = experiment.stack(within)
            if others and there is None:
                _add(differences, experiment, index, within, others[0])
            elif others and there is not None:
                told = _told(experiment, there, others)
                notes.setdefault(told, []).append(experiment.called(index))
    for each in differences.values():
        yield Finding(Severity.WARNING, experiment.name, _message(each))
    for told, stacks in notes.items():
        yield Finding(Severity.NOTE, experiment.name, f"{_some(stacks)}: {told}")


def _standing(experiment: Experiment) -> dict[frozenset[str], list[int]]:
    """The arms that stand in the lattice, by the names of their PTEs."""
    results: dict[frozenset[str], list[int]] = {}
    for index, arm in enumerate(experiment.arms):
        if experiment.stack(arm.parts) == index:
            results.setdefault(_names(arm.parts), []).append(index)
    return results


def _within(parts: Parts) -> list[Parts]:
    """What a stack is compared with: each PTE alone, and all but one."""
    if len(parts) < 2:
        return []
    less = [tuple(p for p in parts if p != one) for one in parts]
    return list(dict.fromkeys([*((part,) for part in parts), *less]))


def _names(parts: Parts) -> frozenset[str]:
    return frozenset(name for name, _ in parts)


def _add(
    differences: dict[str, _Difference],
    experiment: Experiment,
    index: int,
    within: Parts,
    other: int,
) -> None:
    """Note that a stack has nothing to be compared with in its settings, but in another arm's."""
    arm, elsewhere = experiment.arms[index], dict(experiment.arms[other].parts)
    changed = {name: _changed(own, elsewhere[name]) for name, own in within}
    told = "; ".join(
        f"{name} has {key} {here} in them, {there} without the others"
        for name, each in changed.items()
        for key, here, there in each
    )
    stacks = f"sweep=list 'sweep.stacks=[[{','.join(name for name, _ in within)}]]'"
    words = [f"pte.{name}.{key}={here}" for name, each in changed.items() for key, here, _ in each]
    found = differences.setdefault(told, _Difference(told, " ".join(["pte run", stacks, *words])))
    _once(found.stacks, experiment.called(index))
    for name, _ in arm.parts:
        if not changed.get(name):
            _once(found.matched, name)
    if len(arm.parts) == 2:
        _once(found.exponents, " with ".join(arm.ptes))


def _changed(own: str, other: str) -> list[tuple[str, str, str]]:
    """The settings that two of one PTE differ in, with both values as text."""
    here, there = json.loads(own), json.loads(other)
    keys = [key for key in {**here, **there} if here.get(key) != there.get(key)]
    return [(key, _text(here.get(key)), _text(there.get(key))) for key in keys]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _once(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)


def _message(found: _Difference) -> str:
    lost = f"the exponent and the interaction of {_some(found.exponents)}, and "
    return (
        f"settings differ, as where an inference budget cut each stack by itself: in "
        f"{_some(found.stacks)} {found.told}. Matched by name and settings: "
        f"{_some(found.matched) or 'nothing'}. Not computed because of it: "
        f"{lost if found.exponents else ''}gains on top of, and lattices with, the stack that is "
        f"not there in these settings; {found.mend} adds it (fewer votes or trials are a prefix of "
        "more)"
    )


def _told(experiment: Experiment, there: int, others: Sequence[int]) -> str:
    names = _some([experiment.called(other) for other in others])
    return (
        f"compared with {experiment.called(there)}, where all settings are the same; {names} "
        f"{'stand by themselves' if len(others) > 1 else 'stands by itself'}"
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
