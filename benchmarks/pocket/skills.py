"""The skills that are exercised: each makes a problem of a given length, and works it out.

Working is written in two styles. `careful` takes one small step at a time and writes down all that
later steps need; `terse` takes two at once, or keeps partial results in mind. Answers have a fixed
width (`085`), which leaves no first digit to be guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

LABELS = "abcdefgh"
OPERATOR = "@"
"""Stands for `+` or `*`: which of the two is a convention, to be told by examples alone."""
CONVENTIONS = ("+", "*")


@dataclass(frozen=True, slots=True)
class Exercise:
    """A problem with its answer, worked out in both styles."""

    question: str
    answer: str
    careful: str
    terse: str


@dataclass(frozen=True, slots=True)
class Skill:
    """A kind of problem, by length."""

    make: Callable[[Random, int, str], Exercise]
    """`(generator, length, what the free operator stands for) -> exercise`."""
    practised: tuple[int, ...]
    """Lengths in training."""
    tested: tuple[int, ...]
    """Lengths in the benchmark: those of which there are hundreds of different problems."""


def digit_list(random: Random, length: int, convention: str) -> Exercise:
    """Add up labelled digits: `a9b3c2`."""
    return _list([random.randrange(10) for _ in range(length)], width=2)


def number_list(random: Random, length: int, convention: str) -> Exercise:
    """Add up labelled numbers of two digits: `a41b87`."""
    return _list([random.randrange(10, 100) for _ in range(length)], width=3)


def addition(random: Random, length: int, convention: str) -> Exercise:
    """Add two numbers of `length` digits: `47+85`."""
    left, right = _number(random, length), _number(random, length)
    return _columns(f"{left}+{right}", left, right, _add)


def multiplication(random: Random, length: int, convention: str) -> Exercise:
    """Multiply a number of `length` digits by one digit: `47*6`."""
    left, right = _number(random, length), random.randrange(2, 10)
    return _columns(f"{left}*{right}", left, right, _multiply)


def free_operator(random: Random, length: int, convention: str) -> Exercise:
    """Apply the free operator to a number of `length` digits and one digit: `47@6`."""
    left, right = _number(random, length), random.randrange(2, 10)
    column = _add if convention == "+" else _multiply
    return _columns(f"{left}{OPERATOR}{right}", left, right, column)


SKILLS: Mapping[str, Skill] = {
    "digit_list": Skill(digit_list, (2, 3, 4, 6), (3, 4, 6)),
    "number_list": Skill(number_list, (2, 3), (2, 3)),
    "addition": Skill(addition, (1, 2, 3), (2, 3)),
    "multiplication": Skill(multiplication, (1, 2), (2,)),
    "free_operator": Skill(free_operator, (1, 2), (2,)),
}


def _number(random: Random, digits: int) -> int:
    return random.randrange(10 ** (digits - 1) if digits > 1 else 0, 10**digits)


def _list(values: list[int], width: int) -> Exercise:
    labelled = [f"{LABELS[place]}{value}" for place, value in enumerate(values)]

    def steps(stride: int) -> str:
        """The running total after every `stride` items, and after the last."""
        said = ""
        for start in range(0, len(values), stride):
            end = min(start + stride, len(values))
            said += f"{''.join(labelled[start:end])}={sum(values[:end]):0{width}d};"
        return said

    return Exercise("".join(labelled), f"{sum(values):0{width}d}", steps(1), steps(2))


Column = Callable[[int, int, int], tuple[str, int]]
"""`(digit above, digit below, carry) -> (the step's left side, its value)`."""


def _add(above: int, below: int, carry: int) -> tuple[str, int]:
    return f"{above}+{below}", above + below + carry


def _multiply(above: int, below: int, carry: int) -> tuple[str, int]:
    return f"{above}*{below}+{carry}", above * below + carry


def _columns(question: str, left: int, right: int, column: Column) -> Exercise:
    """Work from the right, column by column; the careful style writes the result so far."""
    above = [int(digit) for digit in reversed(str(left))]
    below = _below(right, len(above), column)
    carry, result, careful, terse = 0, "", "", ""
    for top, bottom in zip(above, below, strict=True):
        said, value = column(top, bottom, carry)
        carry, result = value // 10, f"{value % 10}{result}"
        careful += f"{said}={value:02d}:{result};"
        terse += f"{said}={value:02d};"
    return Exercise(question, f"{carry}{result}", careful, terse)


def _below(right: int, columns: int, column: Column) -> list[int]:
    if column is _multiply:
        return [right] * columns
    return [int(digit) for digit in reversed(f"{right:0{columns}d}")]
