"""The check on the method: which predictions are checked, and when two scores agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from harness.errors import UserError
from pocket.check.cases import GRID, Case, cases, on_grid
from pocket.check.outcome import curve_of, interpolated, outcomes, reached, training_spread
from pocket.cli.check_pocket import _check_source
from pocket.recipe import Recipe, steps_of
from tests.thorough import THOROUGH, size

LADDER = tuple(Recipe(steps, seed) for steps in (100, 200, 400, 800) for seed in (0, 1))
STACK = "chain_of_thought"


def estimate(model: str, point: float | None, **changes: Any) -> dict[str, Any]:
    draws = [] if point is None else [point - 0.1, point, point + 0.1]
    fields: dict[str, Any] = {
        "kind": "ceg_rung",
        "model": model,
        "stack": STACK,
        "reference": "base",
    }
    fields["ptes"] = [STACK]  # the greedy base has none
    return {**fields, "point": point, "draws": draws, "reason": "", "status": "refused", **changes}


def found(*entries: dict[str, Any], rungs: Sequence[int] = (200,)) -> Any:
    return cases({"estimates": list(entries)}, LADDER, rungs)


def test_a_prediction_is_the_mean_over_a_rungs_seeds() -> None:
    got = found(estimate("pocket_00200_a", 0.2), estimate("pocket_00200_b", 0.4))
    (case,) = got.checked
    assert case.point == pytest.approx(0.3)
    assert case.predicted == on_grid(200 * 10**0.3)
    assert [(r.steps, r.seed) for r in got.recipes([4, 5])] == [
        (case.predicted, 4),
        (case.predicted, 5),
    ]


def test_the_grid_is_never_far_from_what_was_predicted() -> None:
    for steps in (150, 999, 2345, 9000):
        assert GRID**-0.51 <= on_grid(steps) / steps <= GRID**0.51
        assert on_grid(on_grid(steps)) == on_grid(steps)


def test_what_cannot_be_checked_says_why() -> None:
    beyond = found(estimate("pocket_00200_a", 0.9))
    assert not beyond.checked
    assert "beyond the ladder's top of 800" in beyond.left[0][1]
    same = found(estimate("pocket_00200_a", 0.01))
    assert "the rung itself" in same.left[0][1]
    gone = found(estimate("pocket_00200_a", None, reason="not run"))
    assert gone.left == ((f"{STACK} at 200 steps", "not run"),)


def test_estimates_of_other_models_are_refused() -> None:
    with pytest.raises(UserError, match="no CEG of the pocket ladder"):
        found(estimate("qwen", 0.3))


def records(scores: dict[tuple[str, str], float], items: int, seed: int) -> pd.DataFrame:
    """Independent answers to the same problems, right with a given probability."""
    random = np.random.default_rng(seed)
    frames = [
        pd.DataFrame(
            {
                "model": model,
                "stack": stack,
                "greedy": False,
                "problem": [f"p{n}" for n in range(items)],
                "score": (random.random(items) < share).astype(float),
            }
        )
        for (model, stack), share in scores.items()
    ]
    return pd.concat(frames, ignore_index=True)


def compared(base: float, spread: float, seed: int, items: int = 400) -> Any:
    """A case whose true stack score is .5, with training seeds that scatter by `spread` logits."""
    random = np.random.default_rng([seed, 1])

    def lucky(share: float) -> float:
        logit = np.log(share / (1 - share)) + spread * random.normal()
        return float(1 / (1 + np.exp(-logit)))

    levels = {100: 0.2, 200: 0.35, 400: 0.5, 800: 0.65}
    ladder = {(r.name, "base"): lucky(levels[r.steps]) for r in LADDER}
    ladder |= {(r.name, STACK): lucky(0.5) for r in LADDER if r.steps == 200}
    case = Case(steps=200, stack=STACK, low=0.2, point=0.3, high=0.4, predicted=400)
    trained = {(Recipe(case.predicted, s).name, "base"): lucky(base) for s in (4, 5)}
    (outcome,) = outcomes(
        [case],
        records(ladder, items, seed),
        records(trained, items, seed + 10_000),
        LADDER,
    )
    return outcome


def test_equal_scores_agree_about_as_often_as_the_interval_says() -> None:
    for spread in (0.0, 0.3):
        hits = np.mean([compared(0.5, spread, seed).hit for seed in range(size(200, 50))])
        assert (0.88 if THOROUGH else 0.84) <= hits <= (0.995 if THOROUGH else 1), spread


def test_scores_that_are_far_apart_do_not() -> None:
    assert not any(compared(0.75, 0.1, seed).hit for seed in range(20))
    assert compared(0.75, 0.0, 1).difference > 0.15


def test_the_ladders_own_base_is_read_between_its_rungs() -> None:
    ladder = records({(r.name, "base"): 0.5 for r in LADDER}, 50, 0)
    means = ladder.groupby(ladder["model"].map(steps_of))["score"].mean()
    assert interpolated(ladder, 200) == pytest.approx(means[200])
    between = interpolated(ladder, round((200 * 400) ** 0.5))
    assert between == pytest.approx((means[200] + means[400]) / 2, abs=0.002)


def test_what_the_new_models_came_to_is_read_from_them_alone() -> None:
    steps, means = np.log10([100.0, 200.0, 400.0]), np.array([0.2, 0.4, 0.4])
    assert reached(0.3, steps, means) == pytest.approx(np.log10(100 * 2**0.5))
    assert reached(0.4, steps, means) == pytest.approx(np.log10(200))
    assert np.isnan(reached(0.5, steps, means))
    assert np.isnan(reached(0.1, steps, means))
    falling = pd.DataFrame(
        {"model": ["pocket_00100_e", "pocket_00200_e", "pocket_00400_e"], "score": [0.3, 0.1, 0.5]}
    )
    assert list(curve_of(falling)[1]) == pytest.approx([0.2, 0.2, 0.5])


def test_a_gain_that_the_interval_cannot_tell_from_none_is_told() -> None:
    assert not any(compared(0.5, 0.0, seed).would_hit_by_nothing for seed in range(10))
    wide = [compared(0.5, 1.0, seed).would_hit_by_nothing for seed in range(20)]
    assert np.mean(wide) > 0.5


def test_estimates_of_another_run_are_refused(tmp_path: Path) -> None:
    run = tmp_path / "run"
    _check_source([str(run)], run, tmp_path / "estimates.json")
    with pytest.raises(UserError, match="not of"):
        _check_source([str(tmp_path / "other")], run, tmp_path / "estimates.json")


def test_the_spread_of_training_is_found_from_pairs() -> None:
    random = np.random.default_rng(0)
    many = tuple(Recipe(steps, seed) for steps in range(100, 160) for seed in (0, 1))
    shares = {(r.name, "base"): 1 / (1 + np.exp(-0.4 * random.normal())) for r in many}
    spread, pairs = training_spread(records(shares, 400, 0), many)
    assert spread == pytest.approx(0.4, rel=0.25)
    assert pairs == 60
