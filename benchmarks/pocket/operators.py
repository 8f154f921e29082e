"""The operators that are exercised: made-up functions on the numbers 00 to 49.

A basic operator is a table of random numbers: nothing but the table says what it comes to. A
composite operator applies two or three basic ones in turn. So what a composite comes to can be
known in two ways, as fifty facts of its own or from what its parts come to, and the second is what
working it out is worth. Basic operators are practised more often than the composites that they are
parts of, and both by Zipf's law, so that a model learns them fact by fact and not at a stroke.

Working is written in two styles. `careful` applies one basic operator at a time; `terse` applies
two at once, which is a fact by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from random import Random
from string import ascii_lowercase, ascii_uppercase

NUMBERS = 50
BASIC = ascii_lowercase[:16]
"""Basic operators, the most frequent first."""
CONVENTIONS = ("+", "*")
"""Composite operators that the free operator may stand for, the two most frequent ones."""
COMPOSITE = "".join(CONVENTIONS) + ascii_uppercase[:24]
"""Composite operators, the most frequent first."""
FREE = "@"
"""Stands for one of `CONVENTIONS`: for which, examples alone tell."""
REACH = 5
"""How far in rank the parts of a composite are from its own place among the basic operators."""
BASIC_DECAY, COMPOSITE_DECAY = 1.1, 1.8
"""Exponents of Zipf's law: the operator of rank r is practised in proportion to r to minus this."""
BASIC_SHARE, FREE_SHARE = 0.4, 0.12
"""Shares of the practised problems that ask for a basic operator, and for the free one."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """A problem with its answer, worked out in both styles."""

    question: str
    answer: str
    careful: str
    terse: str


@cache
def table(basic: str) -> tuple[int, ...]:
    """What a basic operator makes of each number.

    Some numbers come more often than others, so that there is something to be learned of an
    operator before its facts: with orders of all numbers in place of tables, training stands still
    for as long as chance will have it.
    """
    return tuple(_hash(f"{basic}|{number}") % NUMBERS for number in range(NUMBERS))


@cache
def parts(operator: str) -> str:
    """The basic operators that an operator applies in turn; of a basic one itself."""
    if operator not in COMPOSITE:
        return operator
    place = COMPOSITE.index(operator)
    middle = place * (len(BASIC) - 1) / (len(COMPOSITE) - 1)
    near = [each for rank, each in enumerate(BASIC) if abs(rank - middle) <= REACH]
    length = 2 + place % 2
    return "".join(near[_hash(f"{operator}|{part}") % len(near)] for part in range(length))


def exercise(operator: str, number: int, convention: str) -> Exercise:
    """Apply an operator to a number: `K07`, worked out `a07=31;b31=12;`."""
    chain = parts(convention if operator == FREE else operator)
    return Exercise(
        question=f"{operator}{number:02d}",
        answer=f"{value(chain, number):02d}",
        careful=_worked(chain, number, stride=1),
        terse=_worked(chain, number, stride=2),
    )


def value(chain: str, number: int) -> int:
    """What basic operators make of a number, the first of them first."""
    for basic in chain:
        number = table(basic)[number]
    return number


def practised(random: Random, convention: str) -> Exercise:
    """A problem as often as it is practised in training."""
    share = random.random()
    if share < FREE_SHARE:
        operator = FREE
    elif share < FREE_SHARE + BASIC_SHARE:
        operator = _zipf(random, BASIC, BASIC_DECAY)
    else:
        operator = _zipf(random, COMPOSITE, COMPOSITE_DECAY)
    return exercise(operator, random.randrange(NUMBERS), convention)


def _worked(chain: str, number: int, stride: int) -> str:
    said = ""
    for start in range(0, len(chain), stride):
        taken = chain[start : start + stride]
        result = value(taken, number)
        said += f"{taken}{number:02d}={result:02d};"
        number = result
    return said


def _zipf(random: Random, operators: str, decay: float) -> str:
    return random.choices(operators, cum_weights=_weights(len(operators), decay))[0]


@cache
def _weights(number: int, decay: float) -> tuple[float, ...]:
    return tuple(accumulate((rank + 1) ** -decay for rank in range(number)))


def _hash(text: str) -> int:
    """The world is the same on every machine, and no generator has a state."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
