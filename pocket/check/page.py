"""The check as tables, a picture and a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.pages.page import save_charts
from harness.visible import cell_of_csv
from pocket.check.cases import Cases
from pocket.check.curve import BaseCurve
from pocket.check.outcome import AverageCheck, Coverage, RunCheck
from pocket.check.picture import picture
from pocket.recipe import steps_of

PICTURE = "method-check"
PREDICTIONS = "method-check-runs"
"""Name of the table with a row a prediction and new run."""


def rows(averages: Sequence[AverageCheck]) -> list[dict[str, Any]]:
    """A row a case; scores in points."""
    return [
        {
            "rung": each.case.steps,
            "stack": each.case.stack,
            "base": round(100 * each.base, 1),
            "with stack": round(100 * each.with_stack, 1),
            "CEG": round(10**each.case.recipe.point, 2),
            "low": round(10**each.case.recipe.low, 2),
            "high": round(10**each.case.recipe.high, 2),
            "realised": round(10**each.realised, 2),
            "held": "yes" if each.held else "no",
            "predicted steps": round(each.case.predicted),
            "trained": each.case.size,
            "new runs": ", ".join(f"{100 * score:.1f}" for score in each.runs),
        }
        for each in averages
    ]


def run_rows(checks: Sequence[RunCheck]) -> list[dict[str, Any]]:
    """A row a prediction and new run; multiples of the rung's compute."""
    return [
        {
            "model": check.model,
            "stack": check.case.stack,
            "new run": check.run,
            "trained": steps_of(check.run),
            "said": round(10**check.said.point, 3),
            "low": round(10**check.said.low, 3),
            "high": round(10**check.said.high, 3),
            "realised": round(10**check.realised, 3),
            "held": "yes" if check.held else "no",
        }
        for check in checks
    ]


def summary(checks: Sequence[RunCheck], averages: Sequence[AverageCheck]) -> str:
    """What is held of what was said, first of a new run, then of the recipe."""
    new, kept = Coverage.of(checks), sum(each.held for each in averages)
    theory = sum(each.expected for each in averages)
    said = len({(check.model, check.case.stack) for check in checks})
    return (
        f"The interval for a new run holds {new.share:.0%} of what {new.runs} newly trained base "
        f"models came to (95% interval {new.low:.0%} to {new.high:.0%}, counting runs: {said} "
        f"predictions, held {new.predictions} times against a run, are not independent). The "
        f"recipe's own interval, which speaks of the average of all trainings and not of a few, "
        f"holds the mean of the new runs in {kept} of {len(averages)} cases; by theory it would in "
        f"{theory:.0f}."
    )


def by_run(checks: Sequence[RunCheck], curve: BaseCurve) -> list[dict[str, Any]]:
    """A row a new run: how lucky it was, and how much of what was said of it is held."""
    result = []
    for run in sorted({check.run for check in checks}):
        mine = [check for check in checks if check.run == run]
        result.append(
            {
                "new run": run,
                "score": round(100 * mine[0].score, 1),
                "problems": min(check.problems for check in mine),
                "luck": round(mine[0].luck / curve.luck, 1) if curve.luck else 0.0,
                "predictions": len(mine),
                "held": f"{sum(check.held for check in mine) / len(mine):.0%}",
            }
        )
    return result


def write(
    checks: Sequence[RunCheck],
    averages: Sequence[AverageCheck],
    cases: Cases,
    curve: BaseCurve,
    folder: Path,
) -> None:
    """Write `method-check.md`, its tables as CSV, and the picture as SVG and PNG."""
    table, runs = pd.DataFrame(rows(averages)), pd.DataFrame(run_rows(checks))
    table.map(cell_of_csv).to_csv(folder / f"{PICTURE}.csv", index=False)
    runs.map(cell_of_csv).to_csv(folder / f"{PREDICTIONS}.csv", index=False)
    save_charts(folder, {PICTURE: picture(checks, Coverage.of(checks))})
    left = "".join(f"- {what}: {why}\n" for what, why in cases.left)
    (folder / f"{PICTURE}.md").write_text(
        TEXT.format(
            summary=summary(checks, averages),
            luck=curve.luck,
            freedom=curve.freedom,
            runs=_markdown(pd.DataFrame(by_run(checks, curve))),
            table=_markdown(table),
            left=left or "None.\n",
        ),
        encoding="utf-8",
    )


def _markdown(frame: pd.DataFrame) -> str:
    head = f"| {' | '.join(frame.columns)} |\n|{'---|' * len(frame.columns)}\n"
    lines = (" | ".join(map(str, row)) for row in frame.itertuples(index=False))
    return head + "".join(f"| {line} |\n" for line in lines)


TEXT = """\
# Does a CEG predict the base model that it speaks of?

A report says of a rung with a stack how much compute a base model would need, trained anew, to
score the same ([whose gain it is](luck.md)). On the pocket ladder that can be tried: base models of
about that compute were trained with seeds that the ladder does not have, and asked the same
problems.

**{summary}**

![The check](method-check.svg)

Each bar is a prediction, the interval for a new run as a multiple of the compute that was foreseen;
each point is what a new run came to.

## How a new run is held against a prediction

A new run of one size has a score, and the ladder's base models say what an average run of its size
scores. The difference is its luck, in logits: {luck:.2f} on this ladder (one standard deviation,
from {freedom} degrees of freedom). What it came to is the compute at which an average run, with
that luck added, scores what the rung scored with the stack. Between rungs the base scores are
joined by straight lines in logits over log compute, so that the form of curve that the report
fitted has no part in it. New runs are of a few sizes, and a prediction is held against the nearest.

{runs}
`problems` are those that the new run and a rung both have a score for, `luck` is in standard
deviations. A score of 400 problems is known to within 5 points at most (95%), which the intervals
hold for the rung; for the new run it adds to what is seen as luck.

## The recipe's gain

A CEG speaks of the recipe: of the average over trainings. Four runs on the rung and a few new ones
are not that average, and their luck adds to its interval. `realised` is their mean.

{table}
Scores in points, CEG with its 95% interval as the mean over the rung's four models.

Not checked:

{left}
Made by `pte check-pocket`; every prediction with every new run is in `method-check-runs.csv`.
"""
