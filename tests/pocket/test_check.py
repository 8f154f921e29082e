"""The check on the method: which predictions are checked, and what a new run came to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.cli.main import main
from harness.errors import UserError
from pocket.check.cases import Case, Interval, cases, recipes
from pocket.check.curve import BaseCurve
from pocket.check.outcome import Coverage, average_checks, run_checks
from pocket.check.page import summary
from pocket.check.picture import picture
from pocket.cli.check_pocket import _check_source
from pocket.recipe import Recipe
from tests.thorough import size

LADDER = tuple(Recipe(steps, seed) for steps in (100, 200, 400, 800, 1600) for seed in range(4))
STACK = "chain_of_thought"
SIZES = (300, 500)
SLOPE = 3.0
"""Logits a factor of ten of compute, in the ladders that are made here."""
SHIFT = 0.3
"""log10 CEG of the stack, there."""


def estimate(model: str, point: float | None, **changes: Any) -> dict[str, Any]:
    ends = {"low": None, "high": None} if point is None else {"low": point - 1, "high": point + 1}
    draws = [] if point is None else [point - 0.1, point, point + 0.1]
    fields: dict[str, Any] = {
        "kind": "ceg_rung",
        "model": model,
        "stack": STACK,
        "reference": "base",
        "ptes": [STACK],  # the greedy base has none
        "new_run": {"point": point, **ends, "reason": ""},
    }
    return {**fields, "point": point, **ends, "draws": draws, "reason": "", **changes}


def found(*entries: dict[str, Any], sizes: Sequence[int] = SIZES) -> Any:
    return cases({"estimates": list(entries)}, LADDER, sizes)


def test_a_case_is_a_rung_and_a_prediction_one_of_its_models() -> None:
    got = found(estimate("pocket_00200_a", 0.2), estimate("pocket_00200_b", 0.4))
    (case,) = got.checked
    assert case.recipe.point == pytest.approx(0.3)
    assert case.predicted == pytest.approx(200 * 10**0.3)
    assert case.size == 500  # 399: nearer to 500 than to 300, by ratio
    assert {model: said.low for model, said in case.new_run.items()} == {
        "pocket_00200_a": pytest.approx(-0.8),
        "pocket_00200_b": pytest.approx(-0.6),
    }
    assert got.predictions == 2
    assert [(r.steps, r.seed) for r in recipes(got.sizes, [4, 5])] == [(500, 4), (500, 5)]


def test_what_cannot_be_checked_says_why() -> None:
    beyond = found(estimate("pocket_00200_a", 0.9))
    assert not beyond.checked
    assert "equivalent to 1589 steps, far from any size" in beyond.left[0][1]
    same = found(estimate("pocket_00200_a", 0.01))
    assert "the rung itself" in same.left[0][1]
    gone = found(estimate("pocket_00200_a", None, reason="not run"))
    assert gone.left == ((f"{STACK} at 200 steps", "not run"),)
    open_end = {"point": 0.2, "low": 0.1, "high": None, "reason": ""}
    unbounded = found(estimate("pocket_00200_a", 0.2, new_run=open_end))
    assert "no bounded interval on pocket_00200_a" in unbounded.left[0][1]


def test_estimates_of_other_models_are_refused() -> None:
    with pytest.raises(UserError, match="no CEG of the pocket ladder"):
        found(estimate("qwen", 0.3))


def records(logits: dict[tuple[str, str], float], items: int, seed: int) -> pd.DataFrame:
    """Independent answers to the same problems, right with a given probability."""
    random = np.random.default_rng(seed)
    frames = [
        pd.DataFrame(
            {
                "model": model,
                "stack": stack,
                "greedy": False,
                "problem": [f"p{n}" for n in range(items)],
                "score": (random.random(items) < 1 / (1 + np.exp(-level))).astype(float),
            }
        )
        for (model, stack), level in logits.items()
    ]
    return pd.concat(frames, ignore_index=True)


def level(steps: float) -> float:
    """The logit of an average run: a line in log compute."""
    return SLOPE * float(np.log10(steps / 300))


def world(seed: int, luck: float, runs: int = 2, items: int = 1000) -> Any:
    """Checks on a rung of 200 steps whose stack is worth `SHIFT`, and what they rest on."""
    random = np.random.default_rng([seed, 1])
    own = {recipe: luck * random.normal() for recipe in LADDER}
    ladder = {(r.name, "base"): level(r.steps) + own[r] for r in LADDER}
    mine = [recipe for recipe in LADDER if recipe.steps == 200]
    ladder |= {(r.name, STACK): level(200 * 10**SHIFT) + own[r] for r in mine}
    trained = {
        (Recipe(400, 4 + n).name, "base"): level(400) + luck * random.normal() for n in range(runs)
    }
    ladder_records = records(ladder, items, seed)
    curve = BaseCurve.of(ladder_records)
    # Intervals as wide as they must be: items aside, the luck of the model and of the new run.
    half = 1.96 * luck * np.sqrt(2) / SLOPE
    case = Case(
        steps=200,
        stack=STACK,
        recipe=Interval(low=SHIFT - 0.05, point=SHIFT, high=SHIFT + 0.05),
        new_run={r.name: Interval(low=SHIFT - half, point=SHIFT, high=SHIFT + half) for r in mine},
        size=400,
    )
    checks = run_checks([case], ladder_records, records(trained, items, seed + 10_000), curve)
    return checks, average_checks([case], checks, ladder_records, curve), curve


@cache
def worlds() -> list[Any]:
    """Many of them, as lucky as the pocket ladder's models."""
    return [world(seed, luck=0.3) for seed in range(size(300, 60))]


def test_what_a_new_run_came_to_is_the_compute_at_which_it_would_score_as_much() -> None:
    checks, _, _ = world(1, luck=0.0, items=20_000)
    assert len(checks) == 4 * 2
    assert all(check.realised == pytest.approx(SHIFT, abs=0.03) for check in checks)
    assert all(check.luck == pytest.approx(0.0, abs=0.07) for check in checks)


def test_a_lucky_run_needs_less_and_an_unlucky_one_more() -> None:
    checks, _, _ = world(2, luck=0.5, runs=4, items=4_000)
    by_run = pd.DataFrame(
        [{"run": c.run, "luck": c.luck, "realised": c.realised} for c in checks]
    ).groupby("run")
    means = by_run.mean().sort_values("luck")
    assert list(means["realised"]) == sorted(means["realised"], reverse=True)


def test_intervals_as_wide_as_luck_hold_as_much_as_they_say() -> None:
    held = [Coverage.of(checks).share for checks, *_ in worlds()]
    assert 0.9 < np.mean(held) < 0.985


def test_the_average_of_a_few_runs_is_held_as_often_as_theory_says() -> None:
    averages = [averages[0] for _, averages, _ in worlds()]
    theory = sum(each.expected for each in averages)
    # The interval of +-.05 was not estimated: the point itself is the truth.
    luck = [each.error for each in averages]
    truth = sum(2 * _normal(0.05 / error) - 1 for error in luck)
    held = sum(each.held for each in averages)
    assert abs(held - truth) < 3 * np.sqrt(len(averages)) / 2
    assert theory < truth  # where it was estimated it is held less often


def _normal(z: float) -> float:
    from scipy.stats import norm

    return float(norm.cdf(z))


def test_luck_is_read_from_runs_of_one_rung_without_the_items_part() -> None:
    random = np.random.default_rng(0)
    many = [Recipe(steps, seed) for steps in range(200, 260) for seed in range(4)]
    for true in (0.0, 0.4):
        levels = {(r.name, "base"): 0.3 + true * random.normal() for r in many}
        curve = BaseCurve.of(records(levels, 400, 0))
        assert curve.luck == pytest.approx(true, abs=0.06)
        assert curve.freedom == 3 * 60


def test_the_base_curve_goes_through_its_rungs_and_on_beyond_them() -> None:
    exact = {(Recipe(s, 0).name, "base"): level(s) for s in (100, 200, 400)}
    curve = BaseCurve.of(records(exact, 200_000, 0))
    for steps in (100, 150, 300, 800):
        assert curve.at(steps) == pytest.approx(level(steps), abs=0.05)
        assert curve.reached(level(steps)) == pytest.approx(np.log10(steps), abs=0.02)
    assert curve.slope(200) == pytest.approx(SLOPE, rel=0.05)


def test_a_falling_rung_does_not_bend_the_curve_back() -> None:
    levels = {(Recipe(s, 0).name, "base"): x for s, x in ((100, -1.0), (200, -2.0), (400, 1.0))}
    curve = BaseCurve.of(records(levels, 20_000, 0))
    assert curve.logits == pytest.approx([-1.5, 1.0], abs=0.05)
    assert curve.steps == pytest.approx([np.log10(np.sqrt(100 * 200)), np.log10(400)])


def test_coverage_counts_runs_and_not_predictions() -> None:
    checks, averages, _ = world(3, luck=0.3)
    coverage = Coverage.of(checks)
    assert (coverage.runs, coverage.predictions) == (2, 8)
    assert coverage.high - coverage.low > 0.5  # two runs say little
    text = summary(checks, averages)
    assert "counting runs" in text
    assert "4 predictions, held 8 times" in text
    assert "2 new runs" in str(picture(checks, coverage).to_dict())


def test_estimates_of_another_run_are_refused(tmp_path: Path) -> None:
    run = tmp_path / "run"
    _check_source([str(run)], run, tmp_path / "estimates.json")
    with pytest.raises(UserError, match="not of"):
        _check_source([str(tmp_path / "other")], run, tmp_path / "estimates.json")


def test_a_size_that_is_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-pocket", "runs/none", "--sizes", "0"]) == 2
    assert "--sizes 0: give at least 1" in capsys.readouterr().err
