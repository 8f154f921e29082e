"""What the report says of stacks that were not run."""

from __future__ import annotations

from math import nan

import pytest

from analysis.composability.prediction import NOTHING, PredictionCheck, Predictions
from analysis.contracts.estimate import Estimate
from analysis.report.plots.predicting import predicted
from analysis.report.predicted import predicted_stacks, prediction_check, told
from analysis.report.quantities import quantities
from analysis.result import ExperimentResult

Results = tuple[ExperimentResult, ...]


def test_stacks_that_were_not_run_are_tabled_with_what_is_not_known(results: Results) -> None:
    frame = predicted_stacks(results[:1])
    assert list(frame["predicted_stack"]) == ["verbose+vote", "few_shot+verbose+vote"]
    assert list(frame["pairs_apart"]) == ["verbose with vote"] * 2
    assert (frame["ceg_low"] < frame["ceg"]).all()
    assert (frame["logits_low"] < frame["logits"]).all()
    assert frame["points"].abs().max() < 100


def test_without_a_ladder_logits_and_points_are_left(results: Results) -> None:
    frame = predicted_stacks(results[1:2])
    assert frame["ceg"].isna().all()
    assert frame["reason"].str.contains("a ladder takes three").all()
    assert frame[["logits", "points"]].notna().all(axis=None)


def test_stacks_that_were_run_are_checked(results: Results) -> None:
    frame = prediction_check(results[:1])
    assert set(frame["arm"]) == {"few_shot+verbose", "few_shot+vote"}
    assert set(frame["held"]) <= {"yes", "no"}
    assert frame[["logits", "predicted_logits", "added_logits"]].notna().all(axis=None)


def test_estimates_have_ids_that_say_what_they_are_of(results: Results) -> None:
    ids = {named.id: named for named, _ in quantities(results[0]) if "predicted" in named.kind}
    assert set(ids) == {
        f"{name}{unit}"
        for stack in ("verbose+vote", "few_shot+verbose+vote")
        for name, unit in (
            (f"predicted_ceg/{stack}", ""),
            (f"predicted_difference/{stack}", "/logit"),
            (f"predicted_difference/{stack}", "/points"),
        )
    }
    named = ids["predicted_ceg/verbose+vote"]
    assert named.ptes == ("verbose", "vote")
    assert named.stack is None


def check(measured: float, point: float) -> PredictionCheck:
    return PredictionCheck(
        "a+b",
        Estimate(point=measured, low=measured - 1, high=measured + 1),
        Estimate(point=point, low=point - 0.3, high=point + 0.3),
        added=measured + 0.4,
        by_m=nan,
    )


def test_the_sentence_says_how_well_it_does(results: Results) -> None:
    stacks = results[0].predictions.stacks
    text = told(Predictions(stacks[:1], (check(1.0, 1.2), check(1.0, 0.4))))
    assert text.startswith("1 stack that was not run is predicted. Of 2 that were run")
    assert "error 0.45 logits (0.4 by adding gains), 1 of 2 within" in text
    assert told(Predictions(stacks, ())).startswith("2 stacks that were not run are predicted;")
    assert told(Predictions((), (check(1.0, 1.0),))).startswith("No stack of the PTEs is missing.")
    assert told(NOTHING) == ""
    refused = Predictions((), (), reason="because")
    assert told(refused) == "Stacks that were not run are not predicted: because."


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_figure_has_a_point_a_stack(results: Results, place: int) -> None:
    assert predicted(results[place]).chart is not None
