"""The forecast as tidy tables: one row an observation, for CSV files and plots.

Column names carry the unit: `log10_*` in OOM, `ceg` as a factor, `*_points` in points of score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import pandas as pd

from analysis.forecast.caps import hard_cap, soft_cap
from analysis.forecast.intervals import QUANTILES, Component
from analysis.forecast.measured.moved import Moved
from analysis.forecast.measured.places import Dropped
from analysis.forecast.output.headline import BAND as BAND
from analysis.forecast.output.headline import headline
from analysis.forecast.output.stated_frames import stated_frames, table_frame
from analysis.forecast.study import Study
from analysis.forecast.trends import oracle_rows, rates
from analysis.writeup.months import label
from analysis.writeup.published import reported_cegs, results


def frames(study: Study) -> dict[str, pd.DataFrame]:
    """Every table by the name of its CSV file."""
    return {
        "reproduction": reproduction_frame(study),
        "running_totals": running_frame(study),
        "totals": totals_frame(study),
        "totals_by_m": by_m_frame(study),
        "slopes": slopes_frame(study),
        "jackknife": pd.DataFrame([asdict(one) for one in study.left_out]),
        "sources": sources_frame(study),
        "moved": _told(Moved, study.moved),
        "dropped": _told(Dropped, study.measured.dropped),
        "cegs": pd.DataFrame([asdict(one) for one in reported_cegs()]),
        "trends": trends_frame(study),
        "trend_rates": rates_frame(study),
        "oracle_rows": oracle_frame(),
        "forecast": forecast_frame(study),
        "forecast_headline": ahead_frame(study),
        "caps": caps_frame(study),
        "budgets": budgets_frame(study),
        "headline": pd.DataFrame([asdict(line) for line in headline(study)]),
        "table": table_frame(study),
        **stated_frames(study),
    }


def reproduction_frame(study: Study) -> pd.DataFrame:
    """Computed against printed."""
    return pd.DataFrame([{**asdict(one), "agrees": one.agrees} for one in study.reproduction])


def running_frame(study: Study) -> pd.DataFrame:
    """Running totals of the categories: printed, computed, and with measured values."""
    rows = []
    for category, steps in study.running.items():
        ours = study.running_measured[category]
        for step, measured in zip(steps, ours, strict=True):
            rows.append(
                {
                    "category": category,
                    "pte": step.row.key,
                    "name": step.row.name,
                    "date": label(step.row.month),
                    "ceg": step.row.ceg,
                    "printed": step.row.total if study.table.as_printed else np.nan,
                    "computed": float(10 ** step.total[0]),
                    "with_measured": float(10 ** measured.total[0]),
                    "inferred": step.row.inferred,
                    "note": step.row.note,
                }
            )
    return pd.DataFrame(rows)


def totals_frame(study: Study) -> pd.DataFrame:
    """Total CEG by date: the print's, the points' and the draws' bands."""
    printed = next(one for one in study.by_m if one.m == study.options.m)
    line = study.point_line.at(study.changes)[:, 0]
    points = study.limits.capped(study.point_totals)
    rows = [
        {
            "date": label(date),
            "log10_printed": printed.totals[i],
            "log10_point": points[i],
            "log10_line": line[i],
            **{f"log10_{name}": value for name, value in zip(BAND, study.bands[i], strict=True)},
        }
        for i, date in enumerate(study.changes)
    ]
    return pd.DataFrame(rows)


def by_m_frame(study: Study) -> pd.DataFrame:
    """Total CEG by date and M."""
    return pd.DataFrame(
        [
            {
                "m": one.m,
                "date": label(date),
                "log10_printed": one.totals[i],
                "log10_with_measured": one.with_measured[i],
            }
            for one in study.by_m
            for i, date in enumerate(study.changes)
        ]
    )


def slopes_frame(study: Study) -> pd.DataFrame:
    """Slopes in OOM a year: by M, by convention, and of the draws."""
    rows: list[dict[str, Any]] = []
    for one in study.by_m:
        rows.append({"by": "M", "name": f"{one.m:g}", "slope": one.slope})
        ours = {"by": "M, not rounded, measured values in", "name": f"{one.m:g}"}
        rows.append({**ours, "slope": one.slope_with_measured})
    rows += [{"by": "convention", "name": k, "slope": v} for k, v in study.conventions.items()]
    points = {"by": "points, measured values and M in", "name": f"{study.measured.points.m[0]:g}"}
    rows.append({**points, "slope": float(study.point_line.slope[0])})
    for name, value in zip(BAND, np.quantile(study.slopes, QUANTILES), strict=True):
        rows.append({"by": "draws", "name": name, "slope": float(value)})
    return pd.DataFrame(rows)


def sources_frame(study: Study) -> pd.DataFrame:
    """Where each number of the model comes from."""
    rows = [
        {k: ", ".join(v) if isinstance(v, tuple) else v for k, v in asdict(one).items()}
        for one in study.measured.sources
    ]
    return pd.DataFrame(rows)


def _told(kind: type[Any], rows: Sequence[Any]) -> pd.DataFrame:
    """Dataclasses as rows, with their columns where there are none."""
    return pd.DataFrame([asdict(one) for one in rows], columns=[f.name for f in fields(kind)])


def trends_frame(study: Study) -> pd.DataFrame:
    """The three trends, in equivalent compute and in points."""
    return pd.DataFrame(
        [
            {
                "dating": how.value,
                "trend": point.trend.value,
                "held": point.held,
                "date": label(point.month),
                "model": point.model,
                "ptes": " + ".join(point.ptes),
                "score_points": 100 * point.score,
                "log10_equivalent_flop": point.x + 21,
                "log10_ceg": point.gain,
                "benchmark": point.benchmark,
                "origin": point.origin,
            }
            for how, points in study.trends.items()
            for point in points
        ]
    )


def rates_frame(study: Study) -> pd.DataFrame:
    """Growth of each trend, first point to last."""
    return pd.DataFrame(
        [
            {"dating": how.value, **asdict(rate)}
            for how, points in study.trends.items()
            for rate in rates(points)
        ]
    )


def oracle_frame() -> pd.DataFrame:
    """HumanEval rows that need an oracle: upper bounds, in no trend."""
    return pd.DataFrame(
        [
            {
                "model": row.model,
                "ptes": " + ".join(row.ptes),
                "k": row.k,
                "date": label(row.evaluated),
                "score_points_at_most": 100 * row.score,
            }
            for row in oracle_rows(results())
        ]
    )


def forecast_frame(study: Study) -> pd.DataFrame:
    """Bands of log10 total CEG over future dates, by component, and with the cap applied."""
    rows = []
    for component, bands in study.forecast.bands.items():
        for cap, values in _capped(study, bands):
            for i, date in enumerate(study.forecast.months):
                band = {f"log10_{n}": v for n, v in zip(BAND, values[i], strict=True)}
                rows.append({"component": component.value, "cap": cap, "date": label(date), **band})
    return pd.DataFrame(rows)


def ahead_frame(study: Study) -> pd.DataFrame:
    """The same under the limits of the headline alone."""
    return pd.DataFrame(
        [
            {
                "component": component.value,
                "date": label(date),
                **{f"log10_{n}": v for n, v in zip(BAND, values, strict=True)},
            }
            for component in study.forecast.bands
            for date, values in zip(study.forecast.months, study.ahead(component), strict=True)
        ]
    )


def _capped(study: Study, bands: Any) -> Iterator[tuple[str, Any]]:
    """Quantiles pass through a cap, since both caps rise with what they cap."""
    yield "none", bands
    if study.options.cap is not None:
        yield "hard", hard_cap(bands, study.options.cap)
        yield "soft", soft_cap(bands, study.options.cap)


def caps_frame(study: Study) -> pd.DataFrame:
    """What the cap does to the median of the draws, so far and as forecast."""
    medians = study.forecast.bands[Component.BOTH][:, 2]
    so_far = np.median(study.totals, axis=1)
    rows: list[Mapping[str, Any]] = []
    for kind, months, values in (
        ("so far", study.changes, so_far),
        ("median forecast", study.forecast.months, medians),
    ):
        hard, soft = hard_cap(values, study.cap), soft_cap(values, study.cap)
        for i, date in enumerate(months):
            rows.append(
                {
                    "of": kind,
                    "date": label(date),
                    "cap_ooms": study.cap,
                    "log10_uncapped": values[i],
                    "log10_hard": hard[i],
                    "log10_soft": soft[i],
                }
            )
    return pd.DataFrame(rows)


def budgets_frame(study: Study) -> pd.DataFrame:
    """The best set by date under each budget."""
    columns = ["budget", "unknown_multipliers", "date", "log10_ceg", "multiplier", "ptes", "slope"]
    rows = [
        {
            "budget": case.name,
            "unknown_multipliers": case.unknown.value,
            "date": label(choice.month),
            "log10_ceg": choice.log_ceg,
            "multiplier": choice.multiplier,
            "ptes": ", ".join(choice.ptes),
            "slope": case.slope,
        }
        for case in study.budgets
        for choice in case.choices
    ]
    return pd.DataFrame(rows, columns=columns)
