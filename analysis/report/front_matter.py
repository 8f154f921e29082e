"""How the report begins: the answer, what was measured, what a reader must know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
from markupsafe import escape

from analysis.contracts.finding import Severity
from analysis.pages.page import Section, paragraphs
from analysis.report import summary, tables
from analysis.report.columns import headed
from analysis.report.references import reference_sentence
from analysis.result import ExperimentResult

_LABEL = {Severity.REFUSED: "Refused,", Severity.WARNING: "Warning,", Severity.NOTE: "Note,"}


def answers(results: Sequence[ExperimentResult]) -> Iterator[Section]:
    """A short table an experiment."""
    several = len(results) > 1
    prose = (
        "Intervals are 95%. CEG is a multiple of training compute: 2 says that a stack does what "
        "twice the compute would. 'CEG at least' is what base rungs alone support, without a "
        "curve. Cost is inference compute over the base's: "
        "net of each attempt's own prefix, which the definition is judged by, and gross."
    )
    if several:
        yield Section("The answer in short", paragraphs(prose))
    for result in results:
        name = result.experiment.name
        heading = name if several else "The answer in short"
        said = reference_sentence(result.experiment) if result.fit is not None else ""
        own = paragraphs("" if several else prose, said, _without_ladder(result))
        shown = (("Gains, largest first" if result.cegs else "Scores", summary.table(result)),)
        yield Section(heading, own, tables=shown, level=2 if several else 1)


def _without_ladder(result: ExperimentResult) -> str:
    if result.fit is None or result.fit.ladder:
        return ""
    bound = "'CEG at least, by model' compares with the larger model alone, and is soft. "
    return (
        "There is no ladder here (three rungs of known training compute), so no CEG: nothing says "
        "how much training compute a point of score is worth. What can be said: by how much each "
        "stack beats the base on these items (points, logits), what that costs, and how PTEs "
        f"combine, on these models. {bound if summary.several_rungs(result) else ''}What cannot: a "
        "compute-equivalent with an interval, whether gains grow or shrink with scale, how far "
        "these models stand for others. Run the same arms on more models of the family to get "
        "there."
    )


def measured(results: Sequence[ExperimentResult]) -> Section:
    """Experiments and their rungs."""
    rows = []
    for result in results:
        e = result.experiment
        flops = [rung.flop for rung in e.rungs if rung.flop == rung.flop]
        rows.append(
            {
                "experiment": e.name,
                "benchmark": e.benchmark,
                "task type": e.task_type,
                "rungs": len(e.rungs),
                "least training FLOP": min(flops, default=None),
                "most training FLOP": max(flops, default=None),
                "arms": len(e.arms),
                "items": len(e.items) or None,
                "replicates": None if e.replicates is None else e.replicates.shape[2],
                "chance, points": 100 * e.chance,
                "base": "yes" if e.base is not None else "missing",
                "reference": e.reference.words.removeprefix("the "),
            }
        )
    prose = paragraphs(
        "An experiment is one ladder on one benchmark: arms (stacks of PTEs) on rungs (models) on "
        "the same items. Published scores have no items; their intervals rest on the number of "
        "items that the source gives."
    )
    shown = (("Experiments", pd.DataFrame(rows)), ("Rungs", headed(tables.measured(results))))
    return Section("What was measured", prose, tables=shown)


def findings(results: Sequence[ExperimentResult]) -> Section:
    """Every finding, the worst first."""
    result = [(r, f) for r in results for f in r.findings]
    result.sort(key=lambda pair: tables.WORST_FIRST.index(pair[1].severity))
    if not result:
        return Section("What a reader must know", paragraphs("Nothing was left out or flagged."))
    blocks = [
        f'<div class="{f.severity.value}"><p><b>{_LABEL[f.severity]} {escape(_about(r, f.subject))}'
        f":</b> {escape(f.message)}</p></div>"
        for r, f in result
    ]
    return Section("What a reader must know", "".join(blocks))


def _about(result: ExperimentResult, subject: str) -> str:
    name = result.experiment.name
    return name if subject in ("", name) else f"{name}, {subject}"
