"""Rows of a table of published scores beside one another: do they agree, and in one unit?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from math import log
from statistics import median
from typing import NoReturn

from analysis.reading.lines import BASE, NO_ROW, PublishedScore
from harness.errors import UserError

POINT = 1 / 100


def check(lines: Sequence[PublishedScore]) -> None:
    """All that rows of published scores have to agree in.

    Raises:
        UserError: a name is spelled in two ways, a score is there twice, rows give a model or a
            benchmark different facts, or scores may be fractions and nothing says what they are.
    """
    check_names(lines)
    _agree(
        lines,
        cell,
        lambda line: (line.path, line.number),
        "has the score of {first} again: keep one of them",
    )
    _check_units(lines)


def check_names(lines: Sequence[PublishedScore]) -> None:
    """What models and benchmarks are called, and what is said of each.

    Raises:
        UserError: a name is spelled in two ways, or rows give a model or a benchmark different
            facts.
    """
    _check_spelling(lines)
    _agree(
        lines,
        lambda line: (line.family, line.stage, line.model),
        lambda line: (str(line.flop), line.valid, line.seed),
        "gives {one.model} another training_flop, valid_for_ceg or seed than {first}: give it "
        "one (a training run is a model of its own: name it so, such as 1B-seed2)",
    )
    _agree(
        lines,
        lambda line: frozenset(line.ptes),
        lambda line: sorted(zip(line.ptes, line.rows or [NO_ROW] * len(line.ptes), strict=True)),
        "says other rows of its stack than {first}: give both the same, or none",
    )
    _agree(
        lines,
        lambda line: line.benchmark,
        lambda line: (line.chance, line.task_type),
        "gives {one.benchmark} another chance or task_type than {first}: give it one",
    )


def cell(line: PublishedScore) -> tuple[str, str, str, str, frozenset[str]]:
    """What there is one score of: a model with a stack on a benchmark."""
    return line.benchmark, line.family, line.stage, line.model, frozenset(line.ptes)


def _check_spelling(lines: Sequence[PublishedScore]) -> None:
    """A name in two spellings would be two things, each with half of the scores."""
    seen: dict[tuple[str, str], tuple[str, PublishedScore]] = {}
    for line in lines:
        for kind, name in _names(line):
            first, row = seen.setdefault((kind, folded(name)), (name, line))
            if first != name:
                raise UserError(
                    f"{line.place}: it calls a {kind} {name!r}, and {row.beside(line)} calls it "
                    f"{first!r}: spell it in one way, or give two of them names that differ in "
                    "letters"
                )


def folded(name: str) -> str:
    """A name as it is the same in all its spellings."""
    return re.sub(r"[\s_.-]+", " ", name.casefold()).strip()


def _names(line: PublishedScore) -> Iterator[tuple[str, str]]:
    yield "model", line.model
    yield "family", line.family
    yield "stage", line.stage
    yield "benchmark", line.benchmark
    for name in line.ptes:
        yield "PTE", name


def _check_units(lines: Sequence[PublishedScore]) -> None:
    """Fractions would pass for points, a hundredth of what was measured.

    A row is asked for its unit where its score in points would be less than half an item, and where
    no score of its arm is above 1 and its fraction would lie nearer to the model's other scores.
    """
    arms: dict[tuple[str, frozenset[str]], list[PublishedScore]] = {}
    for line in lines:
        arms.setdefault((line.benchmark, frozenset(line.ptes)), []).append(line)
    for own in arms.values():
        low = all(line.score <= POINT for line in own)
        for line in own:
            if line.unit or not 0 < line.score < POINT:
                continue
            stack = "+".join(line.ptes) or BASE
            if line.score * line.n < 0.5:
                _ask_unit(line, f"of {line.n:g} items that would be less than one in points")
            if low and _nearer_as_fraction(line, lines):
                _ask_unit(line, f"no score of {stack} on {line.benchmark} is above 1")


def _ask_unit(line: PublishedScore, why: str) -> NoReturn:
    raise UserError(
        f"{line.place}: the score is {100 * line.score:g}, and {why}, so that it may "
        "be a fraction: give scores in points, 0 to 100, or say what they are in a column unit "
        "(points or fraction)"
    )


def _nearer_as_fraction(line: PublishedScore, lines: Sequence[PublishedScore]) -> bool:
    """Whether a score below 1 fits the other stacks' scores better as a fraction, in logits; there
    being none above 1 to compare with, it may be one."""
    others = [one for one in lines if one.benchmark == line.benchmark and POINT < one.score < 1]
    same = [_logit(one.score) for one in others if one.model == line.model] or [
        _logit(one.score) for one in others
    ]
    if not same:
        return True
    usual = median(same)
    return abs(_logit(100 * line.score) - usual) < abs(_logit(line.score) - usual)


def _logit(share: float) -> float:
    return log(share / (1 - share))


def _agree(
    lines: Sequence[PublishedScore],
    key: Callable[[PublishedScore], object],
    value: Callable[[PublishedScore], object],
    message: str,
) -> None:
    seen: dict[object, PublishedScore] = {}
    for line in lines:
        first = seen.setdefault(key(line), line)
        if value(first) != value(line):
            text = message.format(one=line, first=first.beside(line))
            raise UserError(f"{line.place}: it {text}")
