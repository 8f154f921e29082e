"""From records to a row a cell: score with its interval, and what it cost against the base."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.records.cells import Cells
from harness.records.endings import COLUMNS, endings
from harness.records.gains import gains
from harness.records.judgements import masses
from harness.records.pass_at_k import pool_columns
from harness.records.store import run_files
from harness.stack import BASE

Array = NDArray[np.float64]

CUT, IF_RIGHT, CUT_COMPLETIONS = "cut %", "if cut right", "cut completions %"
UNREAD, STRICT, AT_ONCE = "unread %", "strict", "at once %"
"""Columns that say how attempts ended: shares of all attempts, and what the score would be if those
that were cut were right, or only answers in the form that was asked for counted."""

COST = ("score", "failures", "overflows", "flop", "own_prefix_flop")
BASE_COLUMNS = ("cell", "problem", "stack", "setting", "replicate", "sampling", *COST)
READ = (
    *("cell", "problem", "stack", "setting", "replicate", "model", "training_flop", "benchmark"),
    *("engine", "greedy", "selects", "kind", "readout", "one_time_flop", "cell_error", *COST),
    *("judgements", *(name for name in COLUMNS if name not in ("score", "completions"))),
    "completions.list.element.calls",
)
POOL = ("candidates.list.element.score",)
"""What is read of the records, of candidates only where that is needed."""

CONFIDENCE = 0.95
RESAMPLES = 9999
ONE_TIME_LIMIT = 0.10
INFERENCE_LIMIT = 100.0
"""Lifland et al.'s definition: one-time cost at most 10% of training, inference at most 100x the
base. Judged net of the attempt's own prefix: a prompt that n samples share is computed once."""


def summarise(runs: Sequence[Path]) -> list[dict[str, Any]]:
    """A row for every cell of these runs, ladder order first.

    Raises:
        UserError: there are no records.
    """
    return rows_of_files(run_files(runs), runs)


def rows_of_files(files: Sequence[Path], places: Sequence[Path]) -> list[dict[str, Any]]:
    """A row for every cell of some files of records; in memory are the bases and one cell.

    Args:
        files: of records.
        places: where they were looked for, for messages.

    Raises:
        UserError: there are no records.
    """
    cells = Cells.of(files, places)
    bases = cells.bases(BASE_COLUMNS)
    rows = []
    for cell in cells.cells:
        own = cells.rows(cell, [*READ, *(POOL if _has_pool(cell.head) else ())])
        rows.append(summary_row(own, bases.get(cell.key, own)))
    return _in_order(rows)


def _has_pool(head: pd.Series[str]) -> bool:
    """Whether the candidates of a cell are looked at: of programs, and of older records."""
    programs = "program" in (head["kind"], head["readout"])
    return programs or head["selects"] is None or pd.isna(head["selects"])


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    order = {"base": 0, "base (greedy)": 1}
    return sorted(
        rows,
        key=lambda r: (
            r["benchmark"],
            inf if r["training FLOP"] is None else r["training FLOP"],
            r["model"],
            r["replicate"],
            order.get(r["stack"], 2),
            r["stack"].count("+"),
            r["stack"],
        ),
    )


def summary_row(cell: pd.DataFrame, everything: pd.DataFrame) -> dict[str, Any]:
    """The row of one cell; `everything` holds the rows of its base as well."""
    first = cell.iloc[0]
    scores = cell["score"].dropna().to_numpy(float)
    low, high, method = interval(scores)
    net, gross, definition = _cost(cell, _base_of(cell, everything))
    return {
        "model": first["model"],
        "training FLOP": None if pd.isna(first["training_flop"]) else first["training_flop"],
        "benchmark": first["benchmark"],
        "stack": first["stack"],
        "engine": first["engine"],
        "replicate": int(first["replicate"]),
        "n": len(scores),
        "score": round(100 * float(scores.mean()), 1) if len(scores) else None,
        "low": low,
        "high": high,
        "interval": method,
        **_endings(cell),
        **gains(cell, everything),
        **pool_columns(cell, interval),
        "x base (net)": net,
        "x base (gross)": gross,
        "definition": definition,
        "judge mass": _judge_mass(cell),
        "failed": int(cell["score"].isna().sum()),
        "lost votes": int((cell["failures"] + cell["overflows"])[cell["score"].notna()].sum()),
        "error": None if pd.isna(first["cell_error"]) else first["cell_error"],
        "cell": first["cell"],
    }


def _endings(cell: pd.DataFrame) -> dict[str, float | None]:
    """How the cell's attempts ended, in per cent and points; None where its records do not tell."""
    counted = endings(cell)
    shares = {
        CUT: counted.cut_share,
        IF_RIGHT: counted.upper_score,
        CUT_COMPLETIONS: counted.cut_completion_share,
        UNREAD: counted.unread_share,
        STRICT: counted.strict_score,
        AT_ONCE: counted.at_once_share,
    }
    return {name: None if each is None else round(100 * each, 1) for name, each in shares.items()}


def _judge_mass(cell: pd.DataFrame) -> float | None:
    """The smallest of the roles that judge by yes or no; None where none does."""
    result = masses(cell["judgements"])
    return float(f"{min(result.values()):.2g}") if result else None


def interval(scores: Array) -> tuple[float | None, float | None, str]:
    """95% interval of the mean score in points, items being the units.

    Wilson's for right-or-wrong scores, a seeded BCa bootstrap for others; neither assumes that a
    few hundred items are normal.
    """
    if not len(scores):
        return None, None, ""
    if set(np.unique(scores)) <= {0.0, 1.0}:
        low, high = _wilson(int(scores.sum()), len(scores))
        return round(100 * low, 1), round(100 * high, 1), "Wilson 95%"
    if len(scores) < 2 or np.ptp(scores) == 0:
        return None, None, "too few to say"
    from scipy import stats  # a second, which few runs need

    drawn = stats.bootstrap(
        (scores,), np.mean, n_resamples=RESAMPLES, confidence_level=CONFIDENCE, rng=0
    ).confidence_interval
    return round(100 * float(drawn.low), 1), round(100 * float(drawn.high), 1), "bootstrap 95%"


def _wilson(right: int, of: int) -> tuple[float, float]:
    """Wilson's interval of a share, without continuity correction.

    As `scipy.stats.binomtest` has it, whose import would make up a third of a short run.
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    middle = right + z * z / 2
    half = z * sqrt(right * (of - right) / of + z * z / 4)
    low, high = ((middle + side * half) / (of + z * z) for side in (-1, 1))
    return (low if right else 0.0), (high if right < of else 1.0)


def _base_of(cell: pd.DataFrame, everything: pd.DataFrame) -> pd.DataFrame:
    """The sampled base on the same rung, benchmark and replicate."""
    first = cell.iloc[0]
    same = everything["stack"] == BASE
    for column in ("setting", "replicate"):
        same &= everything[column] == first[column]
    base = everything[same]
    return base[base["cell"] == base["cell"].iloc[0]] if len(base) else base


def multiplier(ours: Array, theirs: Array) -> float | None:
    """Inference cost against the base: ratio of mean FLOP over the same problems.

    Args:
        ours: FLOP by problem, NaN where an attempt is not whole (`whole_flop`).
        theirs: the base's, of the same shape, the same problem at the same place.

    Returns:
        None where no problem is whole in both.
    """
    both = ~(np.isnan(ours) | np.isnan(theirs))
    if not both.any() or not theirs[both].any():
        return None
    return float(ours[both].mean() / theirs[both].mean())


def whole_flop(rows: pd.DataFrame, net: bool = False) -> pd.Series[float]:
    """FLOP of each attempt, gross or net of its own prefix; NaN for those that failed or lost a
    candidate, which cost less than they should."""
    whole = rows["score"].notna() & (rows["failures"] == 0) & (rows["overflows"] == 0)
    flop = rows["flop"] - rows["own_prefix_flop"] if net else rows["flop"]
    return flop.where(whole)


def _cost(cell: pd.DataFrame, base: pd.DataFrame) -> tuple[float | None, float | None, str]:
    """The multipliers, net and gross, and whether the cell is inside Lifland et al.'s definition,
    which the net one decides."""
    net, gross = (_times(cell, base, each) for each in (True, False))
    if net is None or gross is None:
        lost = whole_flop(base).isna().all()
        return None, None, "no base" if lost else "no attempt with a score"
    return round(net, 2), round(gross, 2), _definition(cell, net)


def _times(cell: pd.DataFrame, base: pd.DataFrame, net: bool) -> float | None:
    ours, theirs = (whole_flop(rows.set_index("problem"), net) for rows in (cell, base))
    both = pd.concat([ours, theirs.reindex(ours.index)], axis=1).to_numpy(np.float64)
    return multiplier(both[:, 0], both[:, 1])


def _definition(cell: pd.DataFrame, net: float) -> str:
    if net > INFERENCE_LIMIT:
        return "outside (inference)"
    once, training = cell.iloc[0]["one_time_flop"], cell.iloc[0]["training_flop"]
    if pd.isna(once):
        return "one-time cost unknown"
    if once > 0 and pd.isna(training):
        return "training compute unknown"
    outside = once > 0 and once > ONE_TIME_LIMIT * training
    return "outside (one-time)" if outside else "inside"
