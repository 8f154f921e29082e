"""The forecast as one page: what was computed, from what, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from analysis.forecast.output.stated_report import backtest_section, stated_section, under
from analysis.forecast.study import Compared, Study
from analysis.pages.page import Section, bullets, paragraphs
from analysis.pages.theme import Chart
from analysis.writeup.months import label

Tables = dict[str, pd.DataFrame]
Charts = dict[str, Chart]


def sections(study: Study, tables: Tables, charts: Charts) -> list[Section]:
    """Every section of the page, in the order of reading."""
    return [
        _summary(study, tables, charts),
        stated_section(study, tables, charts),
        _slopes(study, tables, charts),
        _forecast(study, tables, charts),
        backtest_section(study, tables, charts),
        _budgets(study, tables, charts),
        _sources(study, tables, charts),
        _trends(study, tables, charts),
        _single_benchmarks(tables, charts),
        _table(tables, charts),
        _reproduction(study, tables),
        _methods(study),
    ]


def at_m(study: Study) -> Compared:
    """Totals and slope at the user's M."""
    return next(one for one in study.by_m if one.m == study.options.m)


def _summary(study: Study, tables: Tables, charts: Charts) -> Section:
    one, last = at_m(study), label(study.changes[-1])
    low, _, median, _, high = np.quantile(study.slopes, [0.025, 0.25, 0.5, 0.75, 0.975])
    measured = sum(s.source != "guessed" for s in study.measured.sources)
    end = study.ahead()[-1]
    table = "the printed table" if study.table.as_printed else study.table_name
    return Section(
        "Total CEG over time",
        bullets(study.first_lines)
        + paragraphs(
            f"With M = {one.m:g} {table} gives a total CEG of "
            f"{10 ** one.totals[-1]:,.0f} in {last}, growing by {one.slope:.2f} OOM a year (no "
            "cap, no budget).",
            under(study),
            f"{'With the measured values in, unrounded,' if measured else 'Unrounded,'} the slope "
            f"is {study.point_line.slope[0]:.2f}; "
            "with distributions in place of points "
            f"{median:.2f} (95%: {low:.2f} to {high:.2f}) OOM a year.",
            f"In {label(study.forecast.months[-1])} the forecast is {end[2]:.1f} OOM "
            f"(50%: {end[1]:.1f} to {end[3]:.1f}; 95%: {end[0]:.1f} to {end[4]:.1f}).",
            f"{measured} of {len(study.measured.sources)} numbers of the model are measured; the "
            "rest are guesses: the write-up's, or the user's.",
        ),
        charts=[
            (
                f"Total CEG so far, and to {label(study.forecast.months[-1])}: medians, and the "
                "central 50% and 95% of the draws",
                charts["forecast"],
            ),
            (
                "Total CEG by date: print, line of best fit, draws (50% and 95%)",
                charts["total_ceg"],
            ),
            ("Total CEG by date for each composability M", charts["total_ceg_by_m"]),
        ],
        tables=[
            ("The headline, and under which cap and budget it is", tables["headline"]),
            ("Total CEG by date, log10", tables["totals"]),
        ],
    )


def _slopes(study: Study, tables: Tables, charts: Charts) -> Section:
    values = list(study.conventions.values())
    left = [one.slope for one in study.left_out]
    return Section(
        "How firm the slope is",
        paragraphs(
            f"Other reasonable conventions give {min(values):.2f} to {max(values):.2f} OOM a year, "
            f"leaving one thing out {min(left):.2f} to {max(left):.2f}. No standard error is "
            "given: each total holds the ones before it, so the points are not independent.",
        ),
        charts=[("Slope by convention, and with one thing left out", charts["slopes"])],
        tables=[("Slopes", tables["slopes"]), ("One thing left out", tables["jackknife"])],
    )


def _forecast(study: Study, tables: Tables, charts: Charts) -> Section:
    last = tables["forecast"]["date"].max()
    capped = (
        f"applied to the headline and its chart, as a {'soft' if study.limits.soft else 'hard'} one"
        if study.options.cap
        else "Lifland et al.'s example, not applied"
    )
    return Section(
        "Forecast",
        paragraphs(
            "Two things are uncertain: what the PTEs so far are worth (parameters), and what comes "
            "next (innovations: historical pairs of gap and jump, drawn again with replacement). "
            "Both take it that the coming years resemble those of the table, which ends in "
            f"{label(study.changes[-1])}.",
            f"One base model cannot be improved without end. The cap shown is {study.cap:g} OOM "
            f"({capped}): hard, where growth stops at it, and soft, cap x (1 - exp(-L / cap)). "
            "Lifland et al.'s example is 4, from GPT-2 to a model of GPT-4's class.",
        ),
        charts=[
            (f"Bands at {last} by what they are made of", charts["forecast_components"]),
            ("Diminishing returns", charts["caps"]),
        ],
        tables=[(f"Bands at {last}", _at(tables["forecast"], last))],
    )


def _budgets(study: Study, tables: Tables, charts: Charts) -> Section:
    if not study.budgets:
        return Section("PTE compute held constant", paragraphs(f"Not here: {study.budget_note}."))
    growing = next(case for case in study.budgets if case.budget == inf)
    budgets = [case for case in study.budgets if case.budget < inf]
    levels = ", ".join(f"{x:g}x" for x in dict.fromkeys(case.budget for case in budgets))
    measured = [one.pte for one in study.costs if one.source.startswith("measured")]
    return Section(
        "PTE compute held constant",
        paragraphs(
            "The total of all PTEs whose cost is known takes "
            f"{growing.choices[-1].multiplier:.2g} times the base's inference, if multipliers "
            f"multiply. Under a constant budget ({levels} of the base's inference) the best set of "
            "PTEs that fits is taken at each date, without a cap and over no PTE at all.",
            "Costs are measured, net of what an attempt shares with itself where the file says so, "
            f"of {', '.join(measured)}; the others are those of the table."
            if measured
            else "All costs are those of the table; none is measured.",
            f"No cost is known of {', '.join(study.unpriced)}. They are left out, or, as the "
            "other extreme, counted as free."
            if study.unpriced
            else "",
        ),
        charts=[("Total CEG under a constant and a growing budget", charts["budgets"])],
        tables=[("Best set by date", tables["budgets"]), ("Costs", tables["costs"])],
    )


def _sources(study: Study, tables: Tables, charts: Charts) -> Section:
    unused = [f"{name}: {why}" for name, why in study.measured.unused]
    prose = paragraphs("Grey ticks are the guesses; points are what the forecast uses.")
    if unused:
        prose += paragraphs("Measured and not used, and why:") + bullets(unused)
    return Section(
        "Measured and guessed",
        prose,
        charts=[("Each number of the model", charts["sources"])],
        tables=[
            ("Sources", tables["sources"]),
            *(
                (name, tables[key])
                for name, key in (
                    ("What moves the slope: each measured number put in alone", "moved"),
                    ("Measured and dropped", "dropped"),
                )
                if len(tables[key])
            ),
        ],
    )


def _trends(study: Study, tables: Tables, charts: Charts) -> Section:
    shown = sorted(set(tables["trends"]["benchmark"])) if len(tables["trends"]) else ["none"]
    origin = sorted(set(tables["trends"]["origin"])) if len(tables["trends"]) else ["none"]
    return Section(
        "Models, PTEs and both",
        paragraphs(
            f"{', '.join(shown)} (results: {', '.join(origin)}), running best by date of "
            "evaluation, in points and in the training compute that the sigmoid of models without "
            "PTEs needs for the same score. Results with several attempts need someone who knows "
            "the right one: they are upper bounds, and in no trend.",
        )
        + bullets(study.trend_notes),
        charts=[("The three trends", charts["trends"])],
        tables=[
            ("Growth from the first point to the last", tables["trend_rates"]),
            ("Points", tables["trends"]),
            ("Upper bounds (best of k)", tables["oracle_rows"]),
        ],
    )


def _single_benchmarks(tables: Tables, charts: Charts) -> Section:
    return Section(
        "CEG on single benchmarks",
        paragraphs(
            "As printed, or computed from printed scores. They are soft lower bounds on the tasks "
            "that papers chose to show.",
        ),
        charts=[
            ("By PTE", charts["ceg_by_pte"]),
            ("By kind of task, where there are three results or more", charts["ceg_by_task_type"]),
            ("By benchmark, where there are three results or more", charts["ceg_by_benchmark"]),
        ],
        tables=[("CEGs", tables["cegs"])],
    )


def _table(tables: Tables, charts: Charts) -> Section:
    return Section(
        "The table behind it",
        charts=[("Running totals by category", charts["categories"])],
        tables=[
            ("Running totals", tables["running_totals"].drop(columns="note")),
            ("Notes", tables["running_totals"][["name", "note"]]),
        ],
    )


def _reproduction(study: Study, tables: Tables) -> Section:
    agree = sum(one.agrees for one in study.reproduction)
    off = [
        f"{one.section}, {one.quantity}: {one.computed:.4g}, printed {one.printed:g}"
        for one in study.reproduction
        if not one.agrees
    ]
    return Section(
        "Reproduced against printed",
        paragraphs(f"{agree} of {len(study.reproduction)} printed numbers come out. Not:")
        + bullets(off),
        tables=[("Computed and printed", tables["reproduction"])],
    )


def _methods(study: Study) -> Section:
    options, source = study.options, study.table.source
    file = options.file
    return Section(
        "Methods and provenance",
        paragraphs(
            f"Table: {_origin(source)}"
            "Within a category, running total = larger x smaller ^ exponent. Across categories, "
            "total = product of C_i ^ (M ^ i), sorted from high to low. One row is missing in "
            "print and inferred; it is labelled.",
            "Draws: log-normal CEGs with a standard deviation of half the log10 CEG, between .1 "
            "and .3 OOM, or of the printed range over benchmarks (taken as 90%, over the root of "
            "five kinds of task) where that is wider; beta exponents of concentration 6; a beta "
            "for M with 90% between about .3 and .8. In a draw in which a PTE's "
            "CEG is below 1 it is left out, so the median of the draws lies above the "
            "points: sorting the categories and leaving harm out both favour the higher.",
            "Measured numbers fill the rows that PTEs say they are, on benchmarks whose kind of "
            "task has a weight, toys only where named. They are the recipe's average gains, "
            "pooled as "
            "random effects over benchmarks (Paule and Mandel; Hartung and Knapp), with what kinds "
            "of task and families that lie apart add. What is known by a bound alone is censored. "
            "How benchmarks differ where one was measured is taken from the ranges over single "
            "benchmarks that the table prints.",
            f"{options.draws} draws, seed {options.seed}, M = {options.m:g}; "
            + (
                f"estimates from {file.name}, sha256 {file.sha256}."
                if file
                else "nothing measured."
            ),
            "For other tools, beside this page: forecast.json; draws.parquet or draws.json, in "
            "which row n of everything is one world; quantiles.csv; cdf.json for question "
            "platforms; forecast.squiggle.",
        ),
    )


def _origin(source: Mapping[str, Any]) -> str:
    if not source:
        return "the user's own, from no other. "
    return f"{source['title']} ({', '.join(source['authors'])}; {source['organisation']}). "


def _at(frame: pd.DataFrame, date: str) -> pd.DataFrame:
    return frame[frame["date"] == date]
