"""Which sets of numbers make 24, in how many ways, and one of the ways, worked step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

GOAL = 24
TREES = 7680
"""Expressions of four numbers in any order, each used once: 4! orders, 5 shapes, 4^3 signs."""


@dataclass(frozen=True, slots=True)
class SolutionStep:
    """Two of the numbers at hand become one."""

    left: int
    sign: str
    right: int
    made: int
    rest: tuple[int, ...]
    """The numbers at hand after the step, in order of size."""

    @property
    def sum(self) -> str:
        """The step's sum, `left sign right`, without its result."""
        return f"{self.left} {self.sign} {self.right}"


@dataclass(frozen=True, slots=True)
class Solution:
    """An expression that makes the goal, and the steps that lead to it."""

    expression: str
    steps: tuple[SolutionStep, ...]


def ways(numbers: tuple[int, ...]) -> int:
    """How many of the `TREES` expressions make the goal, exactly; equal numbers are told apart."""
    total = 0
    for left, right in _splits(numbers):
        others = _values(right)
        for value, times in _values(left).items():
            total += times * sum(others[partner] for partner in _partners(value))
    return total


def _partners(value: Fraction) -> Iterator[Fraction]:
    """What makes the goal when it is added to a value, taken from it, multiplied, or divides it."""
    yield GOAL - value
    yield value - GOAL
    if value:
        yield GOAL / value
        yield value / GOAL


@lru_cache(maxsize=1024)
def _values(numbers: tuple[int, ...]) -> Counter[Fraction]:
    """Every value that the numbers make, all of them used, with the number of ways."""
    if len(numbers) == 1:
        return Counter({Fraction(numbers[0]): 1})
    result: Counter[Fraction] = Counter()
    for left, right in _splits(numbers):
        for a, of_a in _values(left).items():
            for b, of_b in _values(right).items():
                for value in (a + b, a - b, a * b, *([a / b] if b else [])):
                    result[value] += of_a * of_b
    return result


def _splits(numbers: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Every division in two parts that are not empty, both ways round."""
    places = range(len(numbers))
    for size in range(1, len(numbers)):
        for chosen in combinations(places, size):
            left = tuple(numbers[at] for at in chosen)
            yield left, tuple(numbers[at] for at in places if at not in chosen)


def solution(numbers: tuple[int, ...]) -> Solution | None:
    """The first way that meets whole numbers from 0 up alone, which is easy to follow; or None."""
    return _solved(tuple((number, str(number)) for number in sorted(numbers)), ())


def _solved(held: tuple[tuple[int, str], ...], steps: tuple[SolutionStep, ...]) -> Solution | None:
    if len(held) == 1:
        value, text = held[0]
        return Solution(text[1:-1], steps) if value == GOAL else None
    for low, high in combinations(range(len(held)), 2):
        rest = tuple(each for at, each in enumerate(held) if at not in (low, high))
        for left, sign, right, made in _whole(held[high], held[low]):
            after = tuple(sorted((*rest, (made, f"({left[1]} {sign} {right[1]})"))))
            step = SolutionStep(left[0], sign, right[0], made, tuple(number for number, _ in after))
            if result := _solved(after, (*steps, step)):
                return result
    return None


def _whole(
    more: tuple[int, str], less: tuple[int, str]
) -> Iterator[tuple[tuple[int, str], str, tuple[int, str], int]]:
    """What becomes of two numbers, the greater one first, and stays whole and not negative."""
    a, b = more[0], less[0]
    yield more, "+", less, a + b
    yield more, "-", less, a - b
    yield more, "*", less, a * b
    if b and a % b == 0:
        yield more, "/", less, a // b
