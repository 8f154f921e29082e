"""What the user stated, and what follows from it, for `forecast.json`."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.forecast.study import Study
from analysis.writeup.months import label


def stated_document(study: Study, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """The sections `headline`, `stated`, `table`, `effects`, `costs` and `backtest`."""
    return {
        "headline": {
            "under": study.limits.said(),
            "convention": study.options.stated.convention.name,
            "lines": _records(tables["headline"]),
        },
        "stated": _stated(study),
        "table": _records(tables["table"]),
        "effects": _records(tables["effects"]),
        "costs": [
            {
                "pte": one.pte,
                "multiplier": one.multiplier,
                "source": one.source,
                "table": one.table,
                "estimates": list(one.estimates),
            }
            for one in study.costs
        ],
        "backtest": {
            "verdict": study.backtest.verdict,
            "cuts": [label(month) for month in study.backtest.cuts],
            "dates": [label(month) for month in study.backtest.dates],
            "scores": _records(tables["backtest_scores"]),
            "predictions": _records(tables["backtest"]),
        },
        "trend_notes": list(study.trend_notes),
    }


def _stated(study: Study) -> dict[str, Any]:
    told, limits = study.options.stated, study.limits
    return {
        "table": None if told.file is None else {"name": told.file[0], "sha256": told.file[1]},
        "changes": list(study.table.changes),
        "weights": dict(told.weights),
        "shrink": told.shrink,
        "cap_kind": None if limits.cap is None else "soft" if limits.soft else "hard",
        "unpriced": told.unpriced.value,
        "reference_date": None if told.reference is None else label(told.reference),
        "reference_compute": told.compute,
        "convention": told.convention.name,
        "budgets": list(told.budgets),
        "trends": None if told.trends is None else told.trends.name,
        "backtest_cut": None if told.cut is None else label(told.cut),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
