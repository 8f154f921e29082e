"""The report's middle: topic by topic, experiment by experiment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.pages.page import Section, bullets, paragraphs
from analysis.pages.theme import Chart
from analysis.report import gain_tables, over_benchmarks, tables
from analysis.report.columns import headed
from analysis.report.plots import (
    basics,
    by_compute,
    combining,
    costs,
    gains,
    ladder,
    predicting,
)
from analysis.report.plots import pooled as meta
from analysis.report.plots.figure import Figure, drawn
from analysis.report.predicted import predicted_stacks, prediction_check, told
from analysis.report.writeup_costs import writeup_costs
from analysis.result import ExperimentResult

DrawFigure = Callable[[ExperimentResult], Figure]
BY_COMPUTE = gain_tables.cegs_by_compute
KNOWN = ["experiment", "benchmark", "task_type", "ptes"]
"""Columns that say nothing new below an experiment's own heading."""
OF_LADDERS = (BY_COMPUTE, gain_tables.cegs_by_rung, tables.frontier)
"""Tables that hold nothing but refusals without a ladder."""


@dataclass(frozen=True)
class Topic:
    """A section, with a part for every experiment."""

    heading: str
    prose: tuple[str, ...]
    figures: tuple[DrawFigure, ...] = ()
    tabled: tuple[tuple[str, tables.MakeTable], ...] = ()
    told: Callable[[ExperimentResult], str] = lambda result: ""
    """A sentence on one experiment; empty for none."""


TOPICS = (
    Topic(
        "Raw performance",
        ("Scores as they are, without a curve and without a model of compute.",),
        (basics.raw,),
        (("Scores", tables.scores),),
    ),
    Topic(
        "Base curve",
        (
            "How the base's score rises with training compute. All CEGs are read off this curve. "
            "AICc and leave-one-out error say how well each form suits; with few rungs several "
            "often suit about equally, and the range of CEG over forms matters more.",
        ),
        (ladder.ladder,),
        (("Forms of the base curve, best first", tables.curves),),
    ),
    Topic(
        "CEG",
        ("Gains in units of training compute, with everything that speaks for or against them.",),
        (by_compute.by_compute, gains.by_arm, gains.by_rung),
        (
            ("CEG over the base, whole ladder", gain_tables.cegs),
            ("CEG over the base as a function of compute, where one CEG is rejected", BY_COMPUTE),
            ("CEG over the base, on each rung", gain_tables.cegs_by_rung),
        ),
    ),
    Topic(
        "How they combine",
        (
            "Pairs, and larger sets where every subset was measured. Interactions are differences "
            "in the linear predictor (logits), which need no ladder.",
        ),
        (combining.exponents, combining.interactions, combining.shapley),
        (
            ("Pairs", tables.pairs),
            ("What each PTE adds to each stack", gain_tables.conditionals),
            ("Factorial effects, Moebius coefficients, Shapley values", tables.effects),
            ("M over categories", tables.totals),
        ),
    ),
    Topic(
        "Stacks that were not run",
        (
            "Predicted from those that were: the gains of PTEs alone, the interactions of pairs, "
            "and a part that neither knows, as uncertain as stacks that are left out show it. "
            "Only of PTEs that were run alone. Whether the harness composes a stack is not known "
            "here: 'pte plan' says so.",
        ),
        (predicting.predicted,),
        (
            ("Predicted stacks", predicted_stacks),
            ("Stacks that were run, each predicted from the others", prediction_check),
        ),
        lambda result: told(result.predictions),
    ),
    Topic(
        "Gain against cost",
        (
            "The largest gain within a budget is chosen by its own estimate, and so is read too "
            "high by it: 'best' is corrected for that, and 'ceg' is as measured.",
        ),
        (costs.cost,),
        (
            ("Largest CEG within an inference budget", tables.frontier),
            ("Inference cost as measured, and as Lifland et al. have it", writeup_costs),
        ),
    ),
    Topic(
        "Where the uncertainty comes from",
        (
            "What to buy more of: items if items dominate, replicates if draws do, further rungs "
            "of the same family if rungs do.",
        ),
        (basics.variance,),
        (("Shares of the variance", tables.variance),),
    ),
)


def sections(
    topic: Topic,
    results: Sequence[ExperimentResult],
    names: Sequence[str],
    charts: dict[str, Chart],
) -> Iterator[Section]:
    """The sections of one topic; its charts are put into `charts` under the names of their
    files."""
    several = len(results) > 1
    if several:
        yield Section(topic.heading, paragraphs(*topic.prose))
    for result, name in zip(results, names, strict=True):
        figures = [drawn(draw, result) for draw in topic.figures]
        for figure in figures:
            if figure.chart is not None:
                charts[f"{name}-{figure.name}"] = figure.chart
        ladder = result.fit is not None and result.fit.ladder
        shown = [
            _trimmed(caption, make([result]))
            for caption, make in topic.tabled
            if ladder or make not in OF_LADDERS
        ]
        yield Section(
            result.experiment.name if several else topic.heading,
            paragraphs(*(() if several else topic.prose), *filter(None, [topic.told(result)]))
            + _missing(figures),
            tuple((f.caption, f.chart) for f in figures if f.chart is not None),
            tuple((caption, frame) for caption, frame in shown if len(frame)),
            level=2 if several else 1,
        )


def across(results: Sequence[ExperimentResult], charts: dict[str, Chart]) -> Section:
    """Lifland et al.'s appendix: by PTE, by task type, by benchmark."""
    across = (gains.by_pte, gains.by_task_type, gains.by_benchmark)
    figures = [drawn(draw, results) for draw in across]
    shown = [f for f in figures if f.chart is not None]
    charts.update({f.name: f.chart for f in shown})
    return Section(
        "CEG across experiments",
        _missing(figures),
        tuple((f.caption, f.chart) for f in shown),
    )


def pooled(results: Sequence[ExperimentResult], charts: dict[str, Chart]) -> Iterator[Section]:
    """Gains over benchmarks; nothing where no arm was measured on several."""
    frame = over_benchmarks.over_benchmarks(results)
    if frame.empty:
        return
    figure = drawn(meta.pooled, results)
    if figure.chart is not None:
        charts[figure.name] = figure.chart
    yield Section(
        "Over benchmarks",
        paragraphs(over_benchmarks.PROSE, *over_benchmarks.told(results)) + _missing([figure]),
        ((figure.caption, figure.chart),) if figure.chart is not None else (),
        (("Mean gain, and that of a further benchmark", headed(frame)),),
    )


def _missing(figures: Sequence[Figure]) -> str:
    return bullets(
        [f"No {f.name.replace('-', ' ')} plot: {f.reason}" for f in figures if f.chart is None]
    )


def _trimmed(caption: str, frame: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Without columns that say nothing here; a reason that all rows share goes to the caption."""
    frame = frame.drop(columns=KNOWN, errors="ignore")
    frame = frame.drop(columns=[c for c in frame if frame[c].isin(["", None]).all()])
    frame = frame.dropna(axis="columns", how="all")
    if len(frame) > 1 and "reason" in frame and frame["reason"].nunique() == 1:
        caption = f"{caption} (CEG {frame['status'].iloc[0]}: {frame['reason'].iloc[0]})"
        frame = frame.drop(columns="reason")
    return caption, headed(frame)
