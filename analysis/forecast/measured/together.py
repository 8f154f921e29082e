"""Files of estimates put together: the same experiment counts once, whatever it is called."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite

from analysis.forecast.measured.estimates import EstimatesFile, Measurement

NAMED = 4
"""Experiments that a note names of many."""
Content = Mapping[tuple[str, ...], float]
"""What an experiment says: the point of each of its scores, or where there are none of each of its
estimates, by what it is of."""


def together(files: Sequence[EstimatesFile]) -> EstimatesFile:
    """Put files together.

    An experiment whose scores another file holds too, all of them, is the same experiment: it is
    left out, and a note says so. Experiments of one name in two files are told apart by the file.
    Those on one benchmark are one piece of evidence, as within a file.

    Args:
        files: one or more, in the order in which they were named.
    """
    if len(files) == 1:
        return files[0]
    contents = [
        (number, name, _content(own), own)
        for number, file in enumerate(files)
        for name, own in _experiments(file).items()
    ]
    kept: list[Measurement] = []
    twice: dict[tuple[str, str], list[str]] = defaultdict(list)
    names: set[str] = set()
    for place, (number, name, content, own) in enumerate(contents):
        again = next(
            (
                (files[other].name, called)
                for where, (other, called, more, _) in enumerate(contents)
                if other != number and _is_part(content, more, first=where < place)
            ),
            None,
        )
        if again is not None:
            file, called = again
            there = name if name == called else f"{name}, there {called}"
            twice[files[number].name, file].append(there)
            continue
        kept += _renamed(own, name, files[number].name, names)
    parts = tuple(part for file in files for part in (file.parts or ((file.name, file.sha256),)))
    sha256 = hashlib.sha256("".join(sha for _, sha in parts).encode()).hexdigest()
    name = ", ".join(name for name, _ in parts)
    notes = [note for file in files for note in file.notes]
    notes += [_note(*where, same) for where, same in twice.items()]
    return EstimatesFile(name, sha256, tuple(kept), parts, tuple(notes))


def _note(file: str, other: str, same: Sequence[str]) -> str:
    more = f" and {len(same) - NAMED} more" if len(same) > NAMED else ""
    return f"Of {file}, {other} has too, and it counts once: {'; '.join(same[:NAMED])}{more}."


def _experiments(file: EstimatesFile) -> dict[str, list[Measurement]]:
    found: dict[str, list[Measurement]] = defaultdict(list)
    for each in file.measurements:
        found[each.experiment].append(each)
    return found


def _content(own: Sequence[Measurement]) -> Content:
    scores = [each for each in own if each.kind == "score"]
    return {_of(each): each.point for each in scores or own if isfinite(each.point)}


def _of(one: Measurement) -> tuple[str, ...]:
    """What an estimate is of, by content: the experiment's name is not in it."""
    named = (one.benchmark, one.kind, one.scale, one.stack, one.model, one.reference)
    return (*named, *one.ptes, "", *one.context)


def _is_part(one: Content, other: Content, first: bool) -> bool:
    """Whether another experiment says all that one does; of two that say the same, the first stays.

    Args:
        one: what may be left out.
        other: what may hold it.
        first: whether the other was named before it.
    """
    if not one or len(one) > len(other) or (len(one) == len(other) and not first):
        return False
    return all(other.get(what) == point for what, point in one.items())


def _renamed(
    own: Sequence[Measurement], name: str, file: str, taken: set[str]
) -> list[Measurement]:
    """An experiment under a name that no other has."""
    called, count = name, 1
    while called in taken:
        count += 1
        called = f"{name} [{file}]" if count == 2 else f"{name} [{file} {count}]"
    taken.add(called)
    if called == name:
        return list(own)
    return [
        replace(each, id=f"{called}{each.id.removeprefix(name)}", experiment=called) for each in own
    ]
