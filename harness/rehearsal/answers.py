"""Answers that a benchmark's own rule can read, as many different ones as there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.contracts.benchmark import Task

WORDS = " and so it goes on with more of the same words"
"""What a rehearsed model says where nothing else is wanted: no digit, no capital, no line's end."""
FIRST = 1000
"""The first of the numbers that are said: all of them take four digits."""
PLAIN = ("yes", "no", "true", "false", *"ABCDEFGHIJ")


@dataclass(frozen=True)
class Answers:
    """Answers of one benchmark, all readable and all different; or none at all."""

    pattern: str | None
    """A text with a number in it that can be read as an answer whatever the number."""
    listed: tuple[str, ...]
    """Answers that can be read, where no pattern can."""

    def different(self, number: int) -> str:
        """The answer of this number, another one for another number as far as there are any."""
        if self.pattern is not None:
            return self.pattern.format(FIRST + number)
        return self.listed[number % len(self.listed)] if self.listed else ""


def answers_of(task: Task) -> Answers:
    """The answers of a benchmark, tried on its own rule of reading."""
    for pattern in ("{}", "place {}"):
        first, second = (_read(task, pattern.format(n)) for n in (FIRST, FIRST + 1))
        if first is not None and second is not None and first != second:
            return Answers(pattern, ())
    result: dict[str, str] = {}
    for each in _candidates(task):
        canonical = _read(task, each)
        if canonical is not None:
            result.setdefault(canonical, each)
    return Answers(None, tuple(result.values()))


def _candidates(task: Task) -> Iterator[str]:
    yield from (exemplar.answer for exemplar in task.exemplars)
    yield from PLAIN


def _read(task: Task, answer: str) -> str | None:
    """The canonical form of an answer as a reply has it; None where it cannot be read."""
    said = f" {answer}{WORDS}"
    try:
        result = task.extract(said)
        return None if result is None else task.canonical(result)
    except Exception:  # a rule of reading that fails on such a text reads no answer in it
        return None
