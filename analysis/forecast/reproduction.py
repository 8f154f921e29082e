"""Every number that Lifland et al. print as a result, beside what this package computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log10, prod
from typing import Any

from analysis.ceg.rules import discrete_rule, log_linear_rule
from analysis.forecast.average import average_task
from analysis.forecast.slope import writeup_slope
from analysis.forecast.totals import printed, running_totals
from analysis.writeup.published import humaneval_ceg, results, sigmoid
from analysis.writeup.table import PteTable, read_writeup


@dataclass(frozen=True)
class Reproduced:
    """One printed number."""

    section: str
    quantity: str
    computed: float
    printed: float
    unit: float
    """One of the last printed figure."""

    @property
    def agrees(self) -> bool:
        """Whether the computed number rounds to the printed one."""
        return abs(self.computed - self.printed) <= self.unit / 2 + 1e-9


def reproduction(table: PteTable) -> tuple[Reproduced, ...]:
    """Computed against printed, from Lifland et al.'s own numbers alone."""
    data = read_writeup("printed")
    return (
        *_sigmoid(data),
        *_running_totals(table, data["composability"]),
        *_slopes(table, data),
        *_average_task(data),
        *_humaneval(data),
        *_hotpotqa(data),
        *_voting(data),
        *_inference(data),
    )


def _compared(section: str, quantity: str, computed: float, entry: dict[str, Any]) -> Reproduced:
    return Reproduced(section, quantity, computed, float(entry["printed"]), float(entry["unit"]))


def _sigmoid(data: dict[str, Any]) -> Iterator[Reproduced]:
    curve = sigmoid().curve
    yield _compared("HumanEval sigmoid", "k", curve.slope, data["sigmoid"]["k"])
    yield _compared("HumanEval sigmoid", "x0", curve.midpoint, data["sigmoid"]["x0"])


def _running_totals(table: PteTable, m: float) -> Iterator[Reproduced]:
    for category, steps in running_totals(table, printed(table, m)).items():
        for step in steps:
            name = f"{category}: {step.row.name}"
            yield Reproduced("running total", name, float(10 ** step.total[0]), step.row.total, 1)


def _slopes(table: PteTable, data: dict[str, Any]) -> Iterator[Reproduced]:
    for entry in data["slopes"]:
        m = entry["m"]
        yield _compared("slope, OOM a year", f"M = {m:g}", writeup_slope(table, m), entry)


def _average_task(data: dict[str, Any]) -> Iterator[Reproduced]:
    for key, entry in data["average_task"].items():
        kinds = [f"kind {i + 1}" for i in range(entry["of"])]
        there = dict.fromkeys(kinds[: entry["types"]], log10(entry["ceg"]))
        result = average_task(there, dict.fromkeys(kinds, 1.0))
        yield _compared("average task", key, float(10**result.log_ceg), entry)


def _humaneval(data: dict[str, Any]) -> Iterator[Reproduced]:
    curve = sigmoid().curve
    for entry in data["humaneval"]:
        result = next(
            r
            for r in results()
            if r.model == entry["model"] and list(r.ptes) == entry["ptes"] and not r.oracle
        )
        base = entry["base"] / 100 if "base" in entry else None
        name = f"{'+'.join(result.ptes)} on {result.model}" + (
            f", base {entry['base']}" if "base" in entry else ""
        )
        yield _compared("HumanEval CEG", name, 10 ** humaneval_ceg(result, curve, base), entry)


def _hotpotqa(data: dict[str, Any]) -> Iterator[Reproduced]:
    rows = {tuple(row["ptes"]): row for row in read_writeup("hotpotqa")["rows"]}
    for entry in data["hotpotqa"]:
        row = rows[tuple(entry["ptes"])]
        name = "+".join(row["ptes"]) + (f" over {'+'.join(row['over'])}" if row["over"] else "")
        ceg = 10 ** log_linear_rule(row["gain"], row["per_oom"])
        yield _compared("HotpotQA CEG", name, ceg, entry)


def _voting(data: dict[str, Any]) -> Iterator[Reproduced]:
    voting = read_writeup("voting")
    ratio = voting["larger"]["flop"] / voting["smaller"]["flop"]
    yield _compared("majority voting", "ratio of compute", ratio, data["voting_ratio"])
    rows = {row["benchmark"]: row for row in voting["rows"]}
    for entry in data["voting"]:
        row = rows[entry["benchmark"]]
        ceg = 10 ** discrete_rule(row["gain"], row["between"], voting["ratio"])
        yield _compared("majority voting", row["benchmark"], ceg, entry)


def _inference(data: dict[str, Any]) -> Iterator[Reproduced]:
    for key, entry in data["inference"].items():
        yield _compared("inference multiplier", key, float(prod(entry["factors"])), entry)
