"""The range of a gain if cut attempts were right."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from analysis.ceg.cut import CutRange, cut_ranges
from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import LadderFit, place
from analysis.contracts.endings import CellEndings
from analysis.contracts.experiment import Experiment
from analysis.uncertainty.resample import resample
from tests.analysis.ceg.test_estimate import published

BASE, ARM = [0.20, 0.35, 0.55, 0.70], [0.30, 0.48, 0.66, 0.78]


def with_cut(experiment: Experiment, cut: dict[str, list[float]]) -> Experiment:
    """The experiment with these shares of arms cut, all of them wrong."""
    none = [0.0] * len(experiment.rungs)
    shares = np.array([cut.get(arm.label, none) for arm in experiment.arms], float)
    nothing = np.zeros(shares.shape)
    ended = CellEndings(
        cut=shares,
        unread=nothing,
        cut_completions=shares,
        strict=experiment.means,
        upper=experiment.means + shares,
        at_once=nothing * np.nan,
    )
    return replace(experiment, endings=ended)


def fitted(experiment: Experiment) -> LadderFit:
    return place(experiment, resample(experiment, 50, seed=0))


def only(experiment: Experiment) -> tuple[CutRange, float]:
    """The range of the one arm, and its CEG as measured."""
    fit = fitted(experiment)
    gain = ceg(fit, 1)
    (found,) = cut_ranges(fit, [gain])
    return found, gain.ceg.point


def test_nothing_cut_is_no_range() -> None:
    found, point = only(with_cut(published({"base": BASE, "a": ARM}), {}))
    assert found.ceg == pytest.approx((point, point))
    assert found.points == pytest.approx((0.105, 0.105))
    assert (found.cut, found.reference_cut, found.most) == (0.0, 0.0, 0.0)


def test_an_arms_cut_attempts_lift_its_gain_to_that_of_the_better_scores() -> None:
    cut = [0.1, 0.08, 0.05, 0.02]
    found, point = only(with_cut(published({"base": BASE, "a": ARM}), {"a": cut}))
    better = published({"base": BASE, "a": list(np.add(ARM, cut))})
    assert found.ceg == pytest.approx((point, ceg(fitted(better), 1).ceg.point))
    assert found.ceg[1] > point + 0.05
    assert found.points == pytest.approx((0.105, 0.105 + np.mean(cut)))
    assert found.cut == pytest.approx(np.mean(cut))
    assert found.most == 0.1


def test_the_bases_cut_attempts_lower_the_gain() -> None:
    cut = [0.05, 0.05, 0.05, 0.05]
    found, point = only(with_cut(published({"base": BASE, "a": ARM}), {"base": cut}))
    better = published({"base": list(np.add(BASE, cut)), "a": ARM})
    assert found.ceg == pytest.approx((ceg(fitted(better), 1).ceg.point, point))
    assert found.points == pytest.approx((0.055, 0.105))
    assert found.cut == 0.0
    assert found.reference_cut == pytest.approx(0.05)


def test_both_sides_are_in_the_range() -> None:
    cut = {"base": [0.05] * 4, "a": [0.1] * 4}
    found, point = only(with_cut(published({"base": BASE, "a": ARM}), cut))
    assert found.points == pytest.approx((0.055, 0.205))
    assert found.ceg[0] < point < found.ceg[1]
    assert all(low < high for low, high in found.rungs)


def test_without_a_ladder_points_and_logits_have_their_range() -> None:
    experiment = published({"base": BASE[:1], "a": ARM[:1]}, x=np.array([0.0]))
    found, _ = only(with_cut(experiment, {"a": [0.1]}))
    assert found.points == pytest.approx((0.1, 0.2))
    logit = np.log(np.array([0.3, 0.4]) / (1 - np.array([0.3, 0.4]))) - np.log(0.25)
    assert found.predictor == pytest.approx(tuple(logit), abs=1e-4)
    assert isnan(found.ceg[0])


@pytest.mark.parametrize("unknown", ["base", "a"])
def test_where_one_side_is_unknown_there_is_no_range(unknown: str) -> None:
    experiment = published({"base": BASE, "a": ARM, "b": ARM})
    experiment = with_cut(experiment, {"b": [0.1] * 4})
    assert experiment.endings is not None
    cut, upper = experiment.endings.cut.copy(), experiment.endings.upper.copy()
    cut[experiment.arm(unknown), 2] = upper[experiment.arm(unknown), 2] = np.nan
    ended = replace(experiment.endings, cut=cut, upper=upper)
    fit = fitted(replace(experiment, endings=ended))
    a, b = cut_ranges(fit, [ceg(fit, 1), ceg(fit, 2)])
    assert isnan(a.cut)
    assert isnan(a.ceg[1])
    assert isnan(b.ceg[1]) == (unknown == "base")


def test_published_scores_have_none() -> None:
    fit = fitted(published({"base": BASE, "a": ARM}))
    assert cut_ranges(fit, [ceg(fit, 1)]) == ()


def test_over_another_base_than_the_curves_that_one_is_lifted_and_the_curve_stays() -> None:
    experiment = published({"base": BASE, "a": ARM, "other": [0.25, 0.40, 0.60, 0.72]})
    fit = fitted(with_cut(experiment, {"base": [0.1] * 4, "other": [0.05] * 4}))
    gain = ceg(fit, 1, 2)
    (found,) = cut_ranges(fit, [gain])
    assert (found.arm, found.reference) == ("a", "other")
    assert found.reference_cut == pytest.approx(0.05)
    assert found.ceg[1] == pytest.approx(gain.ceg.point)
    lifted = published({"base": BASE, "a": ARM, "other": [0.30, 0.45, 0.65, 0.77]})
    assert found.ceg[0] == pytest.approx(ceg(fitted(lifted), 1, 2).ceg.point)


def test_a_base_that_need_not_rise_bounds_nothing() -> None:
    cut = {"base": [0.6, 0.3, 0.0, 0.0]}
    found, _ = only(with_cut(published({"base": BASE, "a": ARM}), cut))
    assert found.ceg == (-np.inf, np.inf)
