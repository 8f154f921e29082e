"""Distributions in place of Lifland et al.'s points, for Monte Carlo.

Log-normal CEGs, beta exponents and a beta M. The widths are assumptions; they are in one place,
and what the print itself gives of a range is used where it is the wider.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.forecast.average import TASK_TYPES
from analysis.forecast.totals import ForecastParameters, PairKey, exponents_of
from analysis.writeup.table import PteRow, PteTable

Array = NDArray[np.float64]

SD_90 = 2 * 1.6449
"""Standard deviations between the 5% and the 95% point of a normal."""


@dataclass(frozen=True)
class GuessWidths:
    """How wide a guess is."""

    ceg_share: float = 0.5
    """Standard deviation of a guessed log10 CEG as a share of it: a gain that was seen is a gain
    at about 97.5%, in OOM within `ceg_least` and `ceg_most`."""
    ceg_least: float = 0.1
    ceg_most: float = 0.3
    exponent_concentration: float = 6.0
    """Concentration (a + b) of a beta around a guessed exponent: 6 gives a standard deviation of
    .19 at .5. An exponent of 0 or 1 stays what it is: 0 is printed where one method takes the place
    of another."""
    m_concentration: float = 9.0
    """Concentration (a + b) of a beta around M: 9 puts 90% between .33 and .84 at .6."""

    def spread(self, row: PteRow) -> float:
        """OOM: standard deviation of a row's log10 CEG.

        A printed range is taken as the 90% of single benchmarks; the average task is a mean over
        five kinds of task, so the range counts by the root of five. It never makes a guess
        narrower.
        """
        guess = float(np.clip(self.ceg_share * np.log10(row.ceg), self.ceg_least, self.ceg_most))
        if row.range is None or row.range.low is None or row.range.high is None:
            return guess
        single = float(np.log10(row.range.high / row.range.low)) / SD_90
        return max(guess, single / float(np.sqrt(len(TASK_TYPES))))


@dataclass(frozen=True)
class Given:
    """Draws that take the place of guesses, all [draw] and joint: one index, one world."""

    log_ceg: Mapping[str, Array]
    exponents: Mapping[PairKey, Array]
    m: Array | None = None


NOTHING = Given({}, {})
DEFAULTS = GuessWidths()


def drawn(
    table: PteTable,
    m: float,
    draws: int,
    seed: int,
    given: Given = NOTHING,
    assumptions: GuessWidths = DEFAULTS,
) -> ForecastParameters:
    """Draws of every CEG, every exponent and M, independent but for those given.

    Each guess has its own stream of random numbers, so that measuring one of them leaves the
    draws of all others as they were.

    Args:
        table: The rows.
        m: Centre of M, in (0, 2].
        draws: How many; those given have as many.
        seed: Of all random numbers.
        given: Measured draws, which replace the guesses of the same name.
        assumptions: Widths of the guesses.
    """
    log_ceg = {
        row.key: np.log10(row.ceg)
        + _deviations(row, _stream(seed, "ceg", row.key).standard_normal(draws), assumptions)
        for row in table.rows
    }
    exponents = {
        pair: guessed_exponent(seed, pair, value, draws, assumptions)
        for pair, value in exponents_of(table).items()
    }
    composability = given.m
    if composability is None:
        composability = drawn_m(_stream(seed, "M"), m, assumptions.m_concentration, draws)
    return ForecastParameters(
        {**log_ceg, **given.log_ceg}, {**exponents, **given.exponents}, composability
    )


def _deviations(row: PteRow, normal: Array, assumptions: GuessWidths) -> Array:
    """[draw], OOM: how far log10 CEG lies off its centre, each side as wide as is stated of it."""
    below, above = row.width or (assumptions.spread(row),) * 2
    return np.asarray(normal * np.where(normal < 0, below, above))


def guessed_exponent(
    seed: int, pair: PairKey, value: float, draws: int, assumptions: GuessWidths = DEFAULTS
) -> Array:
    """[draw]: a guessed exponent, with the random numbers of its own name."""
    return beta(_stream(seed, *pair), value, assumptions.exponent_concentration, draws)


def beta(rng: np.random.Generator, mean: float, concentration: float, draws: int) -> Array:
    """[draw]: beta with a mean in [0, 1]; a mean of 0 or 1 gives that number itself."""
    if mean in (0.0, 1.0):
        return np.full(draws, mean)
    return rng.beta(mean * concentration, (1 - mean) * concentration, draws)


def drawn_m(rng: np.random.Generator, m: float, concentration: float, draws: int) -> Array:
    """[draw]: M around a centre; a beta on [0, 1], stretched for centres above .8."""
    top = max(1.0, 1.25 * m)
    return top * beta(rng, m / top, concentration, draws)


def _stream(seed: int, *name: str) -> np.random.Generator:
    words = [int.from_bytes(part.encode(), "little") for part in name if part]
    return np.random.default_rng([seed, *words])
