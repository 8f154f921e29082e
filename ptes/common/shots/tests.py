"""Functions with tests, as the role that writes tests is to write them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TestedFunction:
    """A function by its header and docstring, and tests of it."""

    header: str
    name: str
    asserts: tuple[str, ...]
    """Assertions, each a whole statement."""


def _tested(header: str, name: str, *held: str) -> TestedFunction:
    return TestedFunction(header, name, tuple(f"assert {each}" for each in held))


FUNCTIONS = (
    _tested(
        'def clip(x, low, high):\n    """The number of a range that is nearest to x."""',
        "clip",
        "clip(5, 0, 10) == 5",
        "clip(-3, 0, 10) == 0",
        "clip(12, 0, 10) == 10",
        "clip(0, 0, 10) == 0",
        "clip(7, 7, 7) == 7",
    ),
    _tested(
        'def initials(name):\n    """The first letters of the words of a name, in upper case."""',
        "initials",
        "initials('ada lovelace') == 'AL'",
        "initials('Grace Brewster Hopper') == 'GBH'",
        "initials('plato') == 'P'",
        "initials('') == ''",
        "initials('  alan   turing ') == 'AT'",
    ),
)
