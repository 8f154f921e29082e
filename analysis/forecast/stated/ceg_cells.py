"""The CEG of a user's row, by the rule that the row names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite, log10, sqrt
from typing import Any

import numpy as np

from analysis.ceg.rules import discrete_rule, log_linear_rule
from analysis.forecast.average import AveragingConvention, average_task
from analysis.forecast.distributions import SD_90
from analysis.forecast.stated import cells, columns
from analysis.forecast.stated.table_file import FileRow
from analysis.forecast.stated.weights import KINDS
from analysis.writeup.published import sigmoid
from harness.errors import UserError

LARGEST = 1e12
"""CEG above which a row is taken for a slip of the pen."""


@dataclass(frozen=True)
class CegRule:
    """How a CEG follows from what a source prints."""

    needs: tuple[str, ...]
    log_ceg: Callable[[Mapping[str, float]], float] | None = None
    """From the figures to log10 CEG; None where the CEG itself is given."""


def _humaneval(figures: Mapping[str, float]) -> float:
    curve = sigmoid().curve
    start, end = (curve.compute(figures[name] / 100) for name in ("base_score", "score"))
    with np.errstate(invalid="ignore"):  # both beyond the curve: refused, as not finite
        return float(end - start)


CEG_RULES: Mapping[str, CegRule] = {
    "stated": CegRule(()),
    "judgement": CegRule(("note",)),
    "tasks": CegRule(("tasks",)),
    "log_linear": CegRule(("gain", "per_oom"), lambda f: log_linear_rule(f["gain"], f["per_oom"])),
    "discrete": CegRule(
        ("gain", "between", "ratio"),
        lambda f: discrete_rule(f["gain"], f["between"], f["ratio"]),
    ),
    "humaneval": CegRule(("base_score", "score"), _humaneval),
}
"""Rules by name, whose meanings `columns` has; names of figures are columns of the table."""

GIVEN = ("ceg", "low", "high", "point", "tasks")
FIGURES = ("gain", "per_oom", "between", "ratio", "base_score", "score")


@dataclass(frozen=True)
class StatedCeg:
    """A CEG with its spread, as a row states it."""

    ceg: float
    width: tuple[float, float] | None
    """OOM: standard deviations below and above; None where nothing is stated."""


def says_ceg(row: FileRow) -> bool:
    """Whether a row says anything of its CEG."""
    return any(name in row.values for name in (*GIVEN, *FIGURES, "ceg_rule"))


def stated_ceg(row: FileRow, weights: Mapping[str, float], before: float | None) -> StatedCeg:
    """The CEG of a row.

    Args:
        row: of a file.
        weights: of the average task, by kind of task.
        before: CEG of the row that it changes; None for a new one.

    Raises:
        UserError: the row gives none, or gives it twice, or by no rule.
    """
    low, high = (_ceg(row, name) for name in ("low", "high"))
    if (low is None) != (high is None):
        raise UserError(f"{row.where}: it gives low or high alone: give both (5% and 95%), or none")
    point = "point" in row.values and cells.switch(row.where, "point", row.values["point"])
    if point and low is not None:
        raise UserError(f"{row.where}: a point has no low and high: leave them out, or point")
    centre = _centre(row, weights)
    if centre is None and low is not None and high is not None:
        centre = sqrt(low * high)
    if centre is None:
        centre = before
    if centre is None:
        raise UserError(f"{row.where}: it has no CEG: give ceg, low and high, or tasks")
    if point:
        return StatedCeg(centre, (0.0, 0.0))
    if low is None or high is None:
        helps = "tasks" not in row.values or centre != 1.0
        return StatedCeg(centre, None if helps else (0.0, 0.0))
    if not low <= centre <= high or low == high:
        raise UserError(
            f"{row.where}: low {low:g}, CEG {centre:g} and high {high:g} do not rise: give the 5% "
            "point, the median and the 95% point (or 'point: true' for a number without a spread)"
        )
    half = SD_90 / 2
    width = (log10(centre / low) / half, log10(high / centre) / half)
    return StatedCeg(centre, width)


def check_rule(row: FileRow) -> str:
    """The name of a new row's rule, with all that it needs.

    Raises:
        UserError: there is none, or it is not known, or a figure is missing.
    """
    name = row.values.get("ceg_rule")
    if name is None:
        raise UserError(
            f"{row.where}: a new row needs ceg_rule, how its CEG follows from the source: "
            + "; ".join(f"{each} ({meaning})" for each, meaning in columns.CEG_RULES.items())
        )
    if not isinstance(name, str) or name not in CEG_RULES:
        raise cells.unknown(row.where, "ceg_rule", name, CEG_RULES)
    for need in CEG_RULES[name].needs:
        if need not in row.values:
            raise UserError(f"{row.where}: ceg_rule {name} needs {need}: give it")
    return name


def _ceg(row: FileRow, name: str) -> float | None:
    if name not in row.values:
        return None
    return cells.number(row.where, name, row.values[name], 0.0, LARGEST, above=True)


def _centre(row: FileRow, weights: Mapping[str, float]) -> float | None:
    """The CEG by its rule; None where neither it nor figures are given."""
    rule = CEG_RULES.get(str(row.values.get("ceg_rule", "")))
    given = _ceg(row, "ceg")
    if "tasks" in row.values:
        if given is not None:
            raise UserError(f"{row.where}: it gives ceg and tasks: give one of them")
        return _average(row, weights)
    if rule is None or rule.log_ceg is None:
        spare = [name for name in FIGURES if name in row.values]
        if spare:
            raise UserError(
                f"{row.where}: {spare[0]} goes with a ceg_rule that uses it: "
                + ", ".join(n for n, r in CEG_RULES.items() if spare[0] in r.needs)
            )
        return given
    if given is not None:
        raise UserError(
            f"{row.where}: the CEG follows from {', '.join(rule.needs)}: leave ceg out (shrink "
            "adjusts it)"
        )
    check_rule(row)
    name = str(row.values["ceg_rule"])
    return float(10 ** _by_rule(row.where, name, {n: row.values[n] for n in rule.needs}))


def _by_rule(where: str, name: str, values: Mapping[str, Any]) -> float:
    """log10 CEG of figures by a rule."""
    rule = CEG_RULES[name]
    assert rule.log_ceg is not None
    figures = {
        each: cells.number(where, each, value, 0.0, 100.0, above=True)
        if each in ("base_score", "score")
        else cells.number(where, each, value)
        for each, value in values.items()
    }
    try:
        result = float(np.float64(rule.log_ceg(figures)))
    except (UserError, ZeroDivisionError, ValueError) as error:
        raise UserError(f"{where}: {error}") from error
    if not (isfinite(result) and abs(result) <= log10(LARGEST)):
        raise UserError(
            f"{where}: its figures give a log10 CEG of {result:g}: it must lie within "
            f"{log10(LARGEST):g} OOM"
        )
    return result


def _of_task(where: str, value: Any) -> float:
    """log10 CEG on a task type: of a CEG, of figures, or the mean over several of them."""
    if isinstance(value, list) and value:
        return float(np.mean([_of_task(where, each) for each in value]))
    if not isinstance(value, Mapping):
        return log10(cells.number(where, "the CEG", value, 0.0, LARGEST, above=True))
    for name, rule in CEG_RULES.items():
        if rule.log_ceg is not None and set(rule.needs) == set(value):
            return _by_rule(where, name, value)
    known = "; ".join(", ".join(r.needs) for r in CEG_RULES.values() if r.log_ceg is not None)
    raise UserError(
        f"{where}: no rule takes {', '.join(map(cells.shown, value))}: give the figures of one of "
        f"them ({known})"
    )


def _average(row: FileRow, weights: Mapping[str, float]) -> float:
    """CEG of the average task; a kind with a weight that is not named counts as no gain."""
    values = cells.pairs(row.where, "tasks", row.values["tasks"])
    for kind in values:
        if kind not in KINDS:
            raise cells.unknown(row.where, "task type", kind, KINDS)
    logs = {kind: _of_task(f"{row.where}, tasks, {kind}", value) for kind, value in values.items()}
    if not set(logs) & set(weights):
        return 1.0
    return float(10 ** average_task(logs, weights, AveragingConvention.GEOMETRIC).log_ceg)
