"""What of measured values counts: which rows they are of, and on which benchmarks.

A row of the table is filled by what says that it is that row, and by nothing else: the name of a
PTE does not decide, since a stand-in may have it. A benchmark counts where its kind of task has a
weight and it is no toy, or where the user names it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from analysis.forecast.measured.estimates import Measurement
from harness.errors import UserError

LEAST_FLOP, MOST_FLOP = 1e6, 1e32
"""Training compute of models lies between; what does not is in another unit."""
NO_ROW = "none"
"""What a user gives in place of a row for what is none."""


@dataclass(frozen=True)
class Counting:
    """What the user says of measured values."""

    rows: Mapping[str, str | None] = field(default_factory=dict)
    """By name of a PTE, or label of the stack that is it alone (`react[thoughts=false]`): the row
    of the table that it is, or None for none. It decides over what a file says."""
    benchmarks: Mapping[str, str] = field(default_factory=dict)
    """Benchmarks that count by name, toys too, with their kind of task; empty for the file's."""
    at_compute: float | None = None
    """Training FLOP at which gains that change with compute are taken; None refuses them."""

    def task_type(self, one: Measurement) -> str:
        """The kind of task of a measurement's benchmark; empty where nobody says."""
        return self.benchmarks.get(one.benchmark, "") or one.task_type

    def row(self, said: str | None, *names: str) -> str | None:
        """The row that a PTE is.

        Args:
            said: what the file says.
            names: what the PTE is called, the most telling first.
        """
        return next((self.rows[name] for name in _names(*names) if name in self.rows), said)

    def rows_of(self, one: Measurement) -> tuple[str | None, ...]:
        """The row of each PTE that a measurement is of."""
        said = one.rows or (None,) * len(one.ptes)
        alone = one.stack if len(one.ptes) == 1 and not one.context else ""
        return tuple(self.row(row, alone, name) for name, row in zip(one.ptes, said, strict=True))

    def context_of(self, one: Measurement) -> tuple[str | None, ...]:
        """The row of each PTE that was there besides."""
        said = one.context_rows or (None,) * len(one.context)
        return tuple(self.row(row, name) for name, row in zip(one.context, said, strict=True))

    def no_row(self, one: Measurement, place: int = 0) -> str:
        """Why a PTE fills no row."""
        name = one.ptes[place]
        option = f"--row {name}=ROW says which it is"
        if any(called in self.rows for called in _names(one.stack, name)):
            return f"{name} is no row, as asked"
        if one.rows is None:
            return (
                f"the file does not say which row {name} is, and a name decides nothing: {option}"
            )
        return f"{name} does not say that it is a row of the table, as no stand-in does: {option}"

    def not_counted(self, one: Measurement, weights: Mapping[str, float]) -> str:
        """Why a benchmark does not count; empty if it does.

        Args:
            one: a measurement on it.
            weights: of the average task, by kind of task; the kinds that count.
        """
        name, mend = one.benchmark, f"--count-benchmark {one.benchmark} counts it"
        if name in self.benchmarks:
            return ""
        if one.toy:
            return f"{name} is a toy: {mend}"
        if one.toy is None:
            return f"the file does not say whether {name} is a toy: {mend}"
        if not one.task_type:
            return (
                f"the kind of task of {name} is not said: --count-benchmark {name}=TYPE says it "
                f"({', '.join(weights)})"
            )
        if not weights.get(one.task_type, 0) > 0:
            return f"{name} is of the kind {one.task_type}, which has no weight: {mend}"
        return ""


EVERYTHING_SAID = Counting()
"""What files and weights say decides."""


def check_counting(
    counting: Counting,
    measurements: Collection[Measurement],
    keys: Collection[str],
    weights: Mapping[str, float],
) -> None:
    """Hold what the user says against the table and the files.

    Args:
        counting: what the user says.
        measurements: of all files.
        keys: of the table's rows.
        weights: by kind of task.

    Raises:
        UserError: a row that the table does not have, or a PTE or benchmark that no file has.
    """
    check_stated(counting, keys, weights)
    pte_names = {each for one in measurements for each in _called(one)}
    benchmarks = {one.benchmark for one in measurements}
    _known("--row", counting.rows, pte_names, "PTE")
    _known("--count-benchmark", counting.benchmarks, benchmarks, "benchmark")


def check_stated(counting: Counting, keys: Collection[str], weights: Mapping[str, float]) -> None:
    """Hold what the user says against the table alone, before any file is read.

    Args:
        counting: what the user says.
        keys: of the table's rows.
        weights: by kind of task.

    Raises:
        UserError: a row that the table does not have, a kind of task without a weight, or a compute
            that is none.
    """
    flop = counting.at_compute
    if flop is not None and not LEAST_FLOP <= flop <= MOST_FLOP:
        raise UserError(
            f"--at-compute {flop:g} is no training compute: give FLOP, such as 3e23 (not log10 of "
            "it)"
        )
    for name, row in counting.rows.items():
        if row is not None and row not in keys:
            raise UserError(
                f"--row {name}={row}: the table has no row {row}; it has {', '.join(keys)}"
            )
    for name, kind in counting.benchmarks.items():
        if kind and kind not in weights:
            raise UserError(
                f"--count-benchmark {name}={kind}: no kind of task {kind} has a weight; there is "
                f"{', '.join(weights)}"
            )


def _called(one: Measurement) -> Iterator[str]:
    return _names(*one.ptes, one.stack if len(one.ptes) == 1 else "")


def _names(*called: str) -> Iterator[str]:
    """Each name as it is, and without settings in brackets."""
    for name in filter(None, called):
        yield name
        yield name.partition("[")[0]


def _known(option: str, given: Collection[str], there: Collection[str], what: str) -> None:
    for name in given:
        if name not in there:
            held = ", ".join(sorted(filter(None, there))) or "none"
            raise UserError(f"{option} {name}: nothing was measured of such a {what}; of {held}")
