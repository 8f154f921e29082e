"""Judgements by yes or no: which ways of writing a word are counted, and what is noted of them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, inf, log


@dataclass(frozen=True, slots=True)
class JudgementTally:
    """An attempt's judgements in one role."""

    count: int = 0
    mass: float = 0.0
    """Sum, over the judgements, of the probability that the reply begins with either word."""
    least: float = 1.0
    """The smallest of these probabilities."""

    def with_one(self, mass: float) -> JudgementTally:
        """The tally with one more judgement of this mass."""
        return JudgementTally(self.count + 1, self.mass + mass, min(self.least, mass))


@dataclass(frozen=True, slots=True)
class Openings:
    """The different ways in which a model can begin to say yes or no, as tokens."""

    yes: tuple[array[int], ...]
    no: tuple[array[int], ...]

    @property
    def all(self) -> tuple[array[int], ...]:
        return (*self.yes, *self.no)


def openings(
    yes: Sequence[str], no: Sequence[str], encode: Callable[[str], array[int]]
) -> Openings:
    """The ways of writing either word, without those that another one of it is the beginning of.

    So no reply is counted twice: where `Yes` is scored, `Yes.` is among what follows it.

    Raises:
        ValueError: a word for yes and one for no begin with the same tokens.
    """
    kept = Openings(_different(yes, encode), _different(no, encode))
    for agreed in kept.yes:
        for refused in kept.no:
            if _begins(agreed, refused) or _begins(refused, agreed):
                raise ValueError(f"{yes} and {no} begin with the same tokens of this model")
    return kept


def _different(words: Sequence[str], encode: Callable[[str], array[int]]) -> tuple[array[int], ...]:
    kept: list[array[int]] = []
    for ids in sorted((encode(word) for word in words), key=len):
        if len(ids) and not any(_begins(ids, shorter) for shorter in kept):
            kept.append(ids)
    return tuple(kept)


def _begins(ids: array[int], opening: array[int]) -> bool:
    return ids[: len(opening)] == opening


def log_sum(logprobs: Sequence[float]) -> float:
    """Logarithm of the sum of probabilities that are given by their logarithms."""
    largest = max(logprobs, default=-inf)
    if largest == -inf:
        return -inf
    return largest + log(sum(exp(each - largest) for each in logprobs))
