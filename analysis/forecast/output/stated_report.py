"""Sections of the report on what the user stated, and on the backtest."""

from __future__ import annotations

import pandas as pd

from analysis.forecast.average import WRITEUP_WEIGHTS
from analysis.forecast.budget import Unknown
from analysis.forecast.study import Study
from analysis.pages.page import Section, bullets, paragraphs
from analysis.pages.theme import Chart
from analysis.writeup.months import label

Tables = dict[str, pd.DataFrame]
Charts = dict[str, Chart]


def under(study: Study) -> str:
    """What the headline obeys, as a sentence."""
    told = study.options.stated
    return (
        f"All numbers of the headline are under: {study.limits.said()}; slopes by "
        f"'{told.convention.name}' ({told.convention.meaning}); the table is {study.table_name}."
    )


def stated_section(study: Study, tables: Tables, charts: Charts) -> Section:
    """From the printed number to the headline."""
    told = study.options.stated
    prose = paragraphs(
        "Each step stands on top of those before it; points alone, the total at the last date of "
        "the table in use.",
        _weights(study),
        _shrink(study),
        _reference(study),
    )
    if study.table.changes:
        prose += paragraphs("What became of the write-up's table:") + bullets(study.table.changes)
    if told.file is not None:
        prose += paragraphs(f"Rows are from {told.file[0]}, sha256 {told.file[1]}.")
    return Section(
        "From the printed number to the headline",
        prose,
        charts=[("log10 total CEG after each step", charts["effects"])],
        tables=[
            ("Total and slope after each step", tables["effects"]),
            ("The table in use", tables["table"]),
        ],
    )


def notes(study: Study) -> list[str]:
    """What a reader must know of what was stated, beside the numbers."""
    told = study.options.stated
    result = list(study.trend_notes)
    if told.weights != WRITEUP_WEIGHTS:
        result.append(_weights(study))
    if told.reference is not None or told.compute is not None:
        result.append(_reference(study))
    measured = [one.pte for one in study.costs if one.source.startswith("measured")]
    if measured:
        result.append(f"inference costs are measured of {', '.join(measured)}, else the table's")
    limits = study.limits
    if limits.budget is not None and limits.pricing.unknown is Unknown.EXCLUDED and study.unpriced:
        result.append(
            f"left out under the budget, as their cost is not known: {', '.join(study.unpriced)} "
            "(--unpriced free counts them as costing nothing; a table can give inference)"
        )
    if study.budget_note:
        result.append(f"no totals with inference held constant: {study.budget_note}")
    shrunk = _shrink(study)
    return [*result, shrunk] if shrunk else result


def backtest_section(study: Study, tables: Tables, charts: Charts) -> Section:
    """How the models of growth do on the table's own past."""
    one = study.backtest
    if not one.tried:
        return Section("Backtest", paragraphs(one.verdict))
    return Section(
        "Backtest",
        paragraphs(
            f"Fitted to the rows up to each of {len(one.cuts)} cuts ({label(one.cuts[0])} to "
            f"{label(one.cuts[-1])}) and scored on the total in force at the end of each later "
            f"quarter, {len(one.tried) // len(one.standings)} predictions a model. {one.verdict}",
            "Scores: minus log density (nats) and CRPS (OOM), lower is better. Intervals of the "
            "differences hold which cuts and which dates there are (both drawn anew, in blocks of "
            "three neighbours, which go wrong together); they do not hold that there is one "
            "history. The CEGs are those of the finished table, "
            "which its authors chose knowing what came later, and their uncertainty is left out: "
            "the test is of how the total grows, and is easier than a real forecast.",
            "Two models have diminishing returns: a power of time, and growth that levels off. "
            "Both hold the line as their limit, and are weighed by the fit to the past alone. The "
            f"columns ahead_ are what each model, fitted to all rows, says of "
            f"{label(study.forecast.months[-1])} without cap, budget or reference date.",
        ),
        charts=[
            ("Calibration: on the diagonal, what came lies where predicted", charts["calibration"])
        ],
        tables=[
            ("Scores by model", tables["backtest_scores"]),
            ("Predictions and what came", tables["backtest"]),
        ],
    )


def _weights(study: Study) -> str:
    told = study.options.stated
    kinds = ", ".join(f"{kind} {weight:g}" for kind, weight in told.weights.items())
    reached = sum(row.ceg_rule == "tasks" for row in study.table.rows)
    measured = sum(s.quantity == "ceg" and s.source != "guessed" for s in study.measured.sources)
    return (
        f"Weights of the average task: {kinds}. They reach {measured} measured CEGs and {reached} "
        "rows that give CEGs by task type; other guesses are averages of their source's own."
    )


def _shrink(study: Study) -> str:
    rows = [row for row in study.table.rows if row.published is not None]
    if not rows:
        return ""
    return (
        f"Against selective publication log10 CEG of {len(rows)} rows is shrunk "
        f"(--shrink {study.options.stated.shrink:g}, or the row's own factor); measured values "
        "that take their places are not. Widths stay as they were."
    )


def _reference(study: Study) -> str:
    told = study.options.stated
    words = []
    if told.reference is not None:
        words.append(
            f"The base model is of {label(told.reference)}: PTEs that were there by then count as "
            "part of it, so the total is log10 of all PTEs less log10 of those, in each draw, and "
            "slopes are over dates from then on."
        )
    if told.compute is not None:
        words.append(
            f"The base model has {told.compute:.3g} FLOP of training compute; times the total CEG "
            "that is the training compute it is worth. The table's CEGs do not depend on the base "
            "model's compute, though real ones may."
        )
    return " ".join(words)
