"""Floor and ceiling of all arms together: one arm is the single fit, many see the same ends."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.curves.batch import fit_many
from analysis.curves.form import FORMS, LOGISTIC
from analysis.curves.joint import fit_joint

X = np.array([-1.0, -0.3, 0.5, 1.2, 2.0])
BENT = [name for name in FORMS if name != "log-linear"]


def truth(gain: float, ceiling: float, chance: float = 0.0) -> np.ndarray:
    return np.asarray(chance + (ceiling - chance) / (1 + np.exp(0.5 - 1.3 * (X + gain))))


def drawn(means: np.ndarray, items: int, replicates: int, seed: int = 0) -> np.ndarray:
    """[replicate, arm, rung] binomial scores."""
    rng = np.random.default_rng(seed)
    return rng.binomial(items, means, (replicates, *means.shape)) / items


@pytest.mark.parametrize("name", BENT)
@pytest.mark.parametrize("chance", [0.0, 0.25])
def test_one_arm_gives_the_curve_of_its_own_fit(name: str, chance: float) -> None:
    scores = drawn(truth(0.0, 0.95, chance)[None], 200, 20, seed=1)
    counts = np.full((1, 5), 200.0)
    alone = fit_many(FORMS[name], X, scores[:, 0], counts[0], chance)
    joint = fit_joint(FORMS[name], X, scores, counts, chance=chance, base=0)
    for index in range(len(scores)):
        assert joint.curve(index).score(X) == pytest.approx(alone.curve(index).score(X), abs=1e-3)


def test_arms_above_the_base_tell_where_the_ceiling_is() -> None:
    means = np.stack([truth(gain, 0.88) for gain in np.linspace(0, 2.0, 6)])
    scores, counts = drawn(means, 400, 200), np.full((6, 5), 400.0)
    joint = fit_joint(LOGISTIC, X, scores, counts, chance=0.0, base=0)
    alone = fit_many(LOGISTIC, X, scores[:, 0], counts[0], 0.0)
    assert joint.ceiling.mean() == pytest.approx(0.88, abs=0.01)
    assert joint.slope.mean() == pytest.approx(1.3, abs=0.05)
    assert abs(alone.slope.mean() - 1.3) > 2 * abs(joint.slope.mean() - 1.3)


def test_the_ceiling_is_no_lower_than_what_an_arm_reaches() -> None:
    """A base that levels off below its arm, which no shift under the base's ceiling would reach."""
    base, arm = [0.4, 0.6, 0.68, 0.71, 0.72], [0.6, 0.75, 0.80, 0.82, 0.82]
    scores, counts = np.array([[base, arm]]), np.full((2, 5), 1000.0)
    assert fit_joint(LOGISTIC, X, scores, counts, chance=0.0, base=0).ceiling[0] > 0.815
    assert fit_many(LOGISTIC, X, scores[:, 0], counts[0], 0.0).ceiling[0] < 0.8


def test_an_arm_whose_gain_grows_does_not_bend_the_bases_line() -> None:
    steeper = 0.95 / (1 + np.exp(0.5 - 2.6 * X))
    scores = drawn(np.stack([truth(0.0, 0.95), steeper]), 2000, 100)
    joint = fit_joint(LOGISTIC, X, scores, np.full((2, 5), 2000.0), chance=0.0, base=0)
    assert joint.slope.mean() == pytest.approx(1.3, abs=0.05)


@pytest.mark.parametrize("kept", [(2,), (0, 4), (1, 2, 3)])
def test_arms_on_some_rungs_and_not_run_ones_do_no_harm(kept: tuple[int, ...]) -> None:
    means = np.stack([truth(0.0, 0.95), truth(0.6, 0.95), truth(0.6, 0.95)])
    scores, counts = drawn(means, 400, 20), np.full((3, 5), 400.0)
    scores[:, 1, [rung for rung in range(5) if rung not in kept]] = np.nan
    scores[:, 2] = np.nan
    joint = fit_joint(LOGISTIC, X, scores, counts, chance=0.0, base=0)
    alone = fit_many(LOGISTIC, X, scores[:, 0], counts[0], 0.0)
    assert np.isfinite([joint.intercept, joint.slope, joint.floor, joint.ceiling]).all()
    assert joint.slope == pytest.approx(alone.slope, abs=0.25)


@pytest.mark.parametrize("name", FORMS)
def test_the_fit_of_one_replicate_does_not_depend_on_the_others(name: str) -> None:
    """Few items give replicates whose scores no curve rises through; they lead no other astray."""
    scores = drawn(truth(0.0, 0.95)[None], 200, 10)
    counts = np.full((1, 5), 200.0)
    extreme = np.array([[[0.0, 0, 0, 1, 1]], [[0.0] * 5], [[1.0] * 5], [[0.9, 0.7, 0.4, 0.2, 0.1]]])
    alone = fit_joint(FORMS[name], X, scores, counts, chance=0.0, base=0)
    among = fit_joint(FORMS[name], X, np.concatenate([extreme, scores]), counts, chance=0.0, base=0)
    assert among.predictors(X)[4:] == pytest.approx(alone.predictors(X), abs=2e-3)


def test_a_straight_line_is_each_arms_own() -> None:
    means = np.stack([0.1 + 0.1 * X, 0.3 + 0.2 * X, np.full(5, 0.999)]).clip(0, 1)
    scores, counts = drawn(means, 100, 50), np.full((3, 5), 100.0)
    joint = fit_joint(FORMS["log-linear"], X, scores, counts, chance=0.0, base=0)
    alone = fit_many(FORMS["log-linear"], X, scores[:, 0], counts[0], 0.0)
    assert joint.slope == pytest.approx(alone.slope, abs=1e-5)
