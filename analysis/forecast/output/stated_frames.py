"""Tidy tables of what the user stated: the table in use, effects, costs, and the backtest."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from analysis.forecast.output.headline import BAND
from analysis.forecast.stated.assemble import counted_before
from analysis.forecast.study import Study
from analysis.writeup.months import label
from analysis.writeup.table import (
    Factor,
    LesserExponent,
    NamedProduct,
    PteRow,
    PteTable,
    writeup_table,
)


def stated_frames(study: Study) -> dict[str, pd.DataFrame]:
    """Tables by the name of their CSV file."""
    return {
        "effects": effects_frame(study),
        "costs": pd.DataFrame(
            [{**asdict(one), "estimates": ", ".join(one.estimates)} for one in study.costs]
        ),
        "backtest": backtest_frame(study),
        "backtest_scores": scores_frame(study),
    }


def table_frame(study: Study) -> pd.DataFrame:
    """The table in use, a row a PTE, as it counts before anything measured."""
    return pd.DataFrame(
        [
            {
                "category": row.category,
                "pte": row.key,
                "name": row.name,
                "date": label(row.month),
                "ceg": row.ceg,
                "published_ceg": row.ceg if row.published is None else row.published,
                "joins_by": joins_by(study.table, row),
                "running_total": row.total,
                "inference_low": None if row.inference is None else row.inference.low,
                "inference_high": None if row.inference is None else row.inference.high,
                "ceg_rule": row.ceg_rule,
                "source": cited(row),
                "inferred": row.inferred,
            }
            for row in study.table.rows
        ]
    )


def cited(row: PteRow) -> str:
    """What a row rests on: its source, or the write-up and whether it was changed or inferred."""
    if row.source:
        return row.source
    if row.inferred:
        return "the write-up, inferred"
    old = writeup_table().row(row.key)
    ceg = row.ceg if row.published is None else row.published
    same = (old.ceg, old.month, old.rule, old.category) == (ceg, row.month, row.rule, row.category)
    return "the write-up" if same else "the write-up, changed"


def joins_by(table: PteTable, row: PteRow) -> str:
    """How a row joins its category, in words."""
    rule = row.rule
    if isinstance(rule, LesserExponent) and not counted_before(table, row):
        return "first of its category"
    if isinstance(rule, LesserExponent):
        return f"exponent {rule.exponent:.3g}"
    if isinstance(rule, NamedProduct):
        return "exponents " + ", ".join(f"{key} {value:g}" for key, value in rule.exponents.items())
    return f"includes {rule.includes}" if isinstance(rule, Factor) else "not counted"


def effects_frame(study: Study) -> pd.DataFrame:
    """From the printed number to the headline."""
    return pd.DataFrame(
        [
            {
                "step": one.what,
                "date": label(one.month),
                "log10_total": one.log_total,
                "slope": one.slope,
            }
            for one in study.effects
        ]
    )


def backtest_frame(study: Study) -> pd.DataFrame:
    """Every prediction beside what came."""
    columns = ["model", "cut", "date", "log10_outcome", *(f"log10_{n}" for n in BAND)]
    rows = [
        {
            "model": one.model,
            "cut": label(one.cut),
            "date": label(one.month),
            "log10_outcome": one.outcome,
            **{f"log10_{n}": float(q) for n, q in zip(BAND, one.quantiles, strict=True)},
            "log_score": one.log_score,
            "crps": one.crps,
            "pit": one.pit,
        }
        for one in study.backtest.tried
    ]
    return pd.DataFrame(rows, columns=[*columns, "log_score", "crps", "pit"])


def scores_frame(study: Study) -> pd.DataFrame:
    """A row a model: its scores, and the line's subtracted."""
    rows = [
        {
            "model": one.model,
            "meaning": one.meaning,
            "log_score": one.log_score,
            "crps": one.crps,
            **_over("log_score", one.log_score_over),
            **_over("crps", one.crps_over),
            "inside50": one.inside50,
            "inside95": one.inside95,
            **{f"ahead_{n}": float(q) for n, q in zip(BAND, one.ahead, strict=True)},
        }
        for one in study.backtest.standings
    ]
    return pd.DataFrame(rows)


def _over(score: str, over: tuple[float, float, float]) -> dict[str, float]:
    value, low, high = over
    return {
        f"{score}_over_line": value,
        f"{score}_over_low": low,
        f"{score}_over_high": high,
    }
