"""The draws as a program of Squiggle, QURI's language for estimates, to paste or to import.

Each quantity is a `SampleSet` of the same draws in the same order, and Squiggle's arithmetic goes
sample by sample, so that what is computed from several of them keeps how they hang together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from analysis.forecast.draws import OOM, PLAIN, RATE, Array, ForecastDraws
from analysis.writeup.months import label
from harness import __version__

SAMPLES = 1000
"""Samples of each quantity: what Squiggle's playground itself takes by default."""


def program(draws: ForecastDraws) -> str:
    """The program: slope, M, CEGs, and totals by date, each with its unit."""
    return "\n".join(_lines(draws)) + "\n"


def _lines(draws: ForecastDraws) -> Iterator[str]:
    taken = min(SAMPLES, len(draws.slope))
    options = draws.study.options
    yield f"// Written by 'pte forecast', pte-harness {__version__}: total compute-equivalent gain"
    yield f"// (CEG) of post-training enhancements. {taken} of {options.draws} draws, seed"
    yield f"// {options.seed}. Sample n of all quantities is one world: they are joint."
    yield "// log10 CEG is in OOM: orders of magnitude of training compute; 10 ^ it is the CEG."
    yield ""
    yield from _named("slope", "Slope of log10 total CEG", RATE, draws.slope[:taken])
    yield from _named("m", "Composability M", PLAIN, draws.m[:taken])
    cegs = ((key, values[:taken]) for key, values in draws.log10_cegs.items())
    yield from _dictionary("log10Ceg", "log10 CEG by PTE", OOM, cegs)
    last = label(draws.study.changes[-1])
    totals = (
        (f"at{date.replace('-', '_')}", draws.total_at(date)[:taken])
        for date in draws.dates
        if date >= last
    )
    yield from _dictionary("log10Total", "log10 total CEG by date", OOM, totals)
    yield f'@name("log10 total CEG in {draws.horizon} ({OOM})")'
    yield f"log10TotalAtEnd = log10Total.at{draws.horizon.replace('-', '_')}"


def _named(name: str, title: str, unit: str, values: Array) -> Iterator[str]:
    yield f'@name("{title} ({_unit(unit)})")'
    yield f"{name} = {_samples(values)}"
    yield ""


def _dictionary(
    name: str, title: str, unit: str, entries: Iterable[tuple[str, Array]]
) -> Iterator[str]:
    yield f'@name("{title} ({_unit(unit)})")'
    yield f"{name} = {{"
    yield from (f"  {_identifier(key)}: {_samples(values)}," for key, values in entries)
    yield "}"
    yield ""


def _samples(values: Array) -> str:
    return f"SampleSet.fromList([{','.join(f'{value:.4g}' for value in values)}])"


def _identifier(key: str) -> str:
    """A key as Squiggle takes names: a letter first, then letters, digits and underscores."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", key)
    return plain if re.match(r"[a-z]", plain) else f"pte_{plain}"


def _unit(unit: str) -> str:
    return "no unit" if unit == PLAIN else unit
