"""CEG three ways: curve inversion, log-linear, discrete pair; what each says and when."""

from __future__ import annotations

from dataclasses import replace
from math import inf, log10

import numpy as np
import pytest
from scipy.special import expit

from analysis.ceg.budget import StackCost, frontier
from analysis.ceg.discrete import UNBOUNDED, bracket
from analysis.ceg.estimate import Ceg, ceg
from analysis.ceg.ladder import LadderFit, place
from analysis.contracts.estimate import EstimateStatus
from analysis.contracts.experiment import UNIT, Arm, Experiment, Rung
from analysis.curves.form import FORMS
from analysis.uncertainty.resample import resample

X = np.array([-1.0, 0.0, 1.0, 2.0])


def published(
    scores: dict[str, list[float]], counts: float = 2000, x: np.ndarray = X
) -> Experiment:
    """Published scores: no items. Arms in the order given, the base first."""
    rungs = tuple(
        Rung(model=f"m{i}", family="f", stage="base", flop=UNIT * 10**v) for i, v in enumerate(x)
    )
    arms = tuple(Arm(label=n, ptes=() if n == "base" else tuple(n.split("+"))) for n in scores)
    means = np.array(list(scores.values()), float)
    return Experiment(
        name="t",
        benchmark="t",
        task_type="math",
        rungs=rungs,
        arms=arms,
        means=means,
        counts=np.full(means.shape, counts),
    )


def _fit(experiment: Experiment, form: str = "logistic") -> LadderFit:
    return place(experiment, resample(experiment, 2000, seed=0), FORMS[form])


def _curve(gain: float, slope: float = 1.3) -> list[float]:
    return list(expit(-0.5 + slope * (X + gain)))


def test_curve_inversion_gives_the_gain_on_the_ladder_and_on_each_rung() -> None:
    result = ceg(_fit(published({"base": _curve(0.0), "a": _curve(0.6)})), 1)
    assert result.ceg.status is EstimateStatus.INTERPOLATED
    # The prior lets the ceiling come down a little from 1, which the noise-free curve does not ask.
    assert result.ceg.point == pytest.approx(0.6, abs=0.02)
    assert result.ceg.low < 0.6 < result.ceg.high
    assert [r.ceg.point for r in result.rungs[:2]] == pytest.approx([0.6, 0.6], abs=0.03)
    top = result.rungs[-1]
    assert top.ceg.status is EstimateStatus.RIGHT_CENSORED
    assert "at least" in top.ceg.reason
    assert result.parallelism is not None
    assert result.parallelism.p > 0.5


def test_any_stack_over_any_other() -> None:
    fit = _fit(published({"base": _curve(0.0), "a": _curve(0.6), "b": _curve(0.2)}))
    assert ceg(fit, 1, 2).ceg.point == pytest.approx(ceg(fit, 1).ceg.point - ceg(fit, 2).ceg.point)
    assert ceg(fit, 2, 1).ceg.point == pytest.approx(-ceg(fit, 1, 2).ceg.point)
    assert ceg(fit, 2, 1).ceg.status is EstimateStatus.HARMFUL


def test_one_ceg_is_rejected_where_the_gain_grows_with_compute() -> None:
    steeper = list(expit(-0.5 + 2.2 * (X + 0.3)))
    trend = ceg(_fit(published({"base": _curve(0.0), "a": steeper})), 1).parallelism
    assert trend is not None
    assert trend.t > 0
    assert trend.p < 0.02


def test_the_log_linear_rule_is_points_over_points_per_oom() -> None:
    line = published({"base": [0.2, 0.3, 0.4, 0.5], "a": [0.25, 0.35, 0.45, 0.55]})
    result = ceg(_fit(line), 1)
    assert result.log_linear.point == pytest.approx(0.5)
    assert result.points.point == pytest.approx(0.05)


def test_the_range_over_forms_holds_every_form() -> None:
    experiment = published({"base": _curve(0.0), "a": _curve(0.6)})
    others = tuple(_fit(experiment, name) for name in FORMS if name != "logistic")
    result = ceg(_fit(experiment), 1, others=others)
    alone = [ceg(fit, 1).ceg.point for fit in (_fit(experiment), *others)]
    assert result.forms == pytest.approx((min(alone), max(alone)))
    assert result.forms[0] < result.forms[1]


def test_a_gain_beyond_the_ladder_is_an_extrapolation() -> None:
    result = ceg(_fit(published({"base": list(expit(-4 + X)), "a": list(expit(0.5 + X))})), 1)
    assert result.ceg.status is EstimateStatus.RIGHT_CENSORED
    assert result.discrete.low == pytest.approx(3.0)
    assert result.discrete.high == inf


def test_a_base_that_never_scores_bounds_nothing() -> None:
    result = ceg(_fit(published({"base": [0.0] * 4, "a": [0.0, 0.1, 0.2, 0.3]}, counts=100)), 1)
    assert result.ceg.status is EstimateStatus.FLAT_LADDER
    assert not result.ceg.bounded
    assert result.points.point == pytest.approx(0.15)


def test_a_base_at_0_without_a_ladder_has_a_gain_inside_its_interval() -> None:
    one = published({"base": [0.0], "a": [0.05], "same": [0.0]}, counts=100, x=np.array([0.0]))
    fit = _fit(one)
    gain, nothing = ceg(fit, 1).predictor, ceg(fit, 2).predictor
    assert gain.low < gain.point < gain.high
    assert nothing.point == pytest.approx(0.0)
    assert nothing.low < 0 < nothing.high


def test_below_chance_without_a_ladder_logits_are_plain() -> None:
    one = published({"base": [0.2], "a": [0.3]}, counts=400, x=np.array([0.0]))
    result = ceg(_fit(replace(one, chance=0.25)), 1)
    assert result.predictor.point == pytest.approx(np.log(0.3 / 0.7 / (0.2 / 0.8)))


def test_discrete_bounds_bracket_and_respect_a_dent() -> None:
    fit = _fit(published({"base": [0.1, 0.3, 0.2, 0.6], "a": [0.25, 0.35, 0.7, 0.05]}))
    # .25 at x=-1: base .1 here, .3 one OOM up breaks the lower run; only .6 is surely above
    assert bracket(fit, 1, 0).low == pytest.approx(0.0)
    assert bracket(fit, 1, 0).high == pytest.approx(3.0)
    assert bracket(fit, 1, 2).low == pytest.approx(1.0)
    assert bracket(fit, 1, 2).high == inf
    assert bracket(fit, 1, 3).low == -inf


def test_an_arm_on_some_rungs_is_compared_on_these() -> None:
    part = [np.nan, *_curve(0.6)[1:3], np.nan]
    result = ceg(_fit(published({"base": _curve(0.0), "a": part})), 1)
    assert result.ceg.point == pytest.approx(0.6, abs=0.03)
    assert [r.ceg.status for r in result.rungs].count(EstimateStatus.REFUSED) == 2


def test_two_rungs_give_bounds_and_logits_and_no_curve() -> None:
    short = published({"base": [0.2, 0.5], "a": [0.5, 0.7]}, x=np.array([0.0, 1.0]))
    result = ceg(_fit(short), 1)
    assert result.ceg.status is EstimateStatus.REFUSED
    assert "2 rungs" in result.ceg.reason
    assert result.rungs[0].discrete.low == pytest.approx(1.0)  # 50 against 50 points: soft
    assert result.discrete == UNBOUNDED  # nothing tells how much rungs scatter
    assert result.predictor.bounded
    assert result.points.point == pytest.approx(0.25)


def test_rungs_without_valid_compute_do_not_stand_on_the_curve() -> None:
    experiment = published({"base": _curve(0.0), "a": _curve(0.6)})
    distilled = replace(experiment.rungs[1], valid=False)
    changed = replace(experiment, rungs=(experiment.rungs[0], distilled, *experiment.rungs[2:]))
    fit = _fit(changed)
    assert list(fit.on) == [0, 2, 3]
    assert ceg(fit, 1).ceg.point == pytest.approx(0.6, abs=0.03)


def test_an_arm_on_the_top_rung_alone_is_an_extrapolation() -> None:
    top = [np.nan] * 3 + [_curve(0.6)[3]]
    result = ceg(_fit(published({"base": _curve(0.0), "a": top})), 1)
    assert result.ceg.status is EstimateStatus.RIGHT_CENSORED


def test_few_scores_without_counts_have_no_interval() -> None:
    three = published({"base": [0.2, 0.4, 0.6], "a": [0.4, 0.6, 0.8]}, np.nan, X[:3])
    result = ceg(_fit(three), 1)
    assert np.isfinite(result.ceg.point)
    assert not result.ceg.bounded
    assert "no number of items" in result.ceg.reason
    assert not result.points.bounded


def test_a_score_of_0_of_unknown_count_is_not_a_quarter() -> None:
    zero = published({"base": [0.0, 0.1, 0.3, 0.6], "a": [0.0, 0.2, 0.5, 0.75]}, np.nan)
    near = published({"base": [0.001, 0.1, 0.3, 0.6], "a": [0.001, 0.2, 0.5, 0.75]}, np.nan)
    assert ceg(_fit(zero), 1).ceg.point == pytest.approx(ceg(_fit(near), 1).ceg.point, abs=0.05)


def test_the_frontier_takes_what_gains_and_nothing_else() -> None:
    fit = _fit(published({"base": [0.6, 0.5, 0.4, 0.3], "bad": [0.4, 0.3, 0.2, 0.1]}))
    known = ceg(fit, 1)
    assert known.ceg.status is EstimateStatus.INVERSE_SCALING
    assert frontier((StackCost("bad", 1.0, 0.0, "inside"),), (known,)) == ()
    good = _fit(published({"base": _curve(0.0), "a": _curve(0.3), "oracle": _curve(0.9)}))
    prices = (
        StackCost("a", 3.0, 0.0, "inside"),
        StackCost("oracle", 1.0, 0.0, "inside", oracle=True),
    )
    result = frontier(prices, (ceg(good, 1), ceg(good, 2)))
    assert {best.price.arm for best in result} == {"a"}
    assert min(best.budget for best in result) == 5


def test_scores_without_counts_take_their_interval_from_the_rungs() -> None:
    rng = np.random.default_rng(0)
    noisy = {
        n: list(np.array(_curve(g)) + rng.normal(0, 0.03, 4)) for n, g in (("base", 0), ("a", 0.6))
    }
    result: Ceg = ceg(_fit(published(noisy, counts=np.nan)), 1)
    assert result.ceg.low < result.ceg.point < result.ceg.high


def test_the_verifier_on_gsm8k_beats_a_model_29_times_larger() -> None:
    """Cobbe et al. 2021: 6B with a verifier 39.04, 175B without 34.72; compute as parameters."""
    x = np.array([0.0, log10(175 / 6)])
    fit = _fit(published({"base": [0.2168, 0.3472], "verifier": [0.3904, 0.5625]}, 1319, x))
    result = ceg(fit, 1)
    assert 10 ** result.rungs[0].discrete.low > 26
    assert result.ceg.status is EstimateStatus.REFUSED
