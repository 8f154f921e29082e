"""What few items leave open: no interval of nothing, no verdict from five that agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import LadderFit, place
from analysis.composability.lattice import lattices
from analysis.composability.pairs import PairRelation, conditionals, pairs
from analysis.contracts.estimate import Estimate
from analysis.contracts.experiment import Experiment
from analysis.simulation import Truth, composed, simulate
from analysis.uncertainty.resample import resample

GAINS = composed({"a": 1.0, "b": 1.0})
LADDER = (-1.0, 0.0, 1.0)
X = {"a ladder": LADDER, "one rung": (0.0,)}


def agreeing(items: int, x: tuple[float, ...], value: float | None = None) -> Experiment:
    """Base, a, b and a+b with the same scores on every item: half right, or one value."""
    measured = simulate(Truth(GAINS, x=x, items=items), 0)
    assert measured.scores is not None
    share = (np.arange(items) + 0.5) / items
    own = np.array([(share < 0.5 + 0.25 * at).astype(float) for at in x])
    own = own if value is None else np.full_like(own, value)
    scores = np.broadcast_to(own, measured.scores.shape).copy()
    return replace(measured, scores=scores, means=scores.mean(axis=2))


def fitted(measured: Experiment) -> LadderFit:
    return place(measured, resample(measured, 1500))


def everything(fit: LadderFit) -> list[Estimate]:
    """All that has an interval of its own and is not refused."""
    gain, (pair,), (lattice,) = ceg(fit, 1), pairs(fit), lattices(fit)
    found = [gain.points, gain.predictor, pair.interaction]
    found += [effect.predictor for effect in lattice.effects]
    found += [each.predictor for each in conditionals(fit)]
    if fit.ladder:
        found += [gain.ceg, gain.log_linear, pair.interaction_ceg]
        found += [on.ceg for on in gain.rungs]
        found += [effect.ceg for effect in lattice.effects]
    return found


@pytest.mark.parametrize("where", X)
@pytest.mark.parametrize("items", [5, 20])
def test_no_interval_is_nothing_and_no_verdict_is_given(items: int, where: str) -> None:
    fit = fitted(agreeing(items, X[where]))
    for estimate in everything(fit):
        assert estimate.low < -1e-4
        assert estimate.high > 1e-4
    assert pairs(fit)[0].verdict is PairRelation.UNRESOLVED


@pytest.mark.parametrize("items", [5, 20, 100, 500])
def test_arms_that_agree_differ_by_what_the_rule_of_three_leaves(items: int) -> None:
    points = ceg(fitted(agreeing(items, (0.0,))), 1).points
    share = 1 - 0.05 ** (1 / items)
    assert points.high == pytest.approx(share, rel=0.25)
    assert points.low == pytest.approx(-share, rel=0.25)


def test_many_items_that_agree_do_say_that_pairs_are_independent() -> None:
    assert pairs(fitted(agreeing(500, LADDER)))[0].verdict is PairRelation.INDEPENDENT


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_cells_of_one_value_are_open_too(value: float) -> None:
    fit = fitted(agreeing(10, (0.0,), value))
    for estimate in everything(fit):
        assert estimate.low < 0 < estimate.high
    means = resample(agreeing(10, (0.0,), value), 500).means
    assert means.std() > 0.02
    assert ((means >= 0) & (means <= 1)).all()


def test_one_item_that_differs_leaves_the_sign_open() -> None:
    measured = agreeing(10, (0.0,))
    assert measured.scores is not None
    scores = measured.scores.copy()
    scores[1, 0, 9] = 1 - scores[1, 0, 9]
    points = ceg(fitted(replace(measured, scores=scores, means=scores.mean(axis=2))), 1).points
    assert points.point == pytest.approx(0.1)
    assert points.low < 0
    assert points.high > 0.25


def test_where_500_items_differ_it_widens_nothing() -> None:
    measured = simulate(Truth(GAINS, x=(0.0,), items=500), 1)
    assert measured.scores is not None
    plain = measured.scores[1, 0] - measured.scores[0, 0]
    drawn = ceg(fitted(measured), 1).points.draws
    assert drawn is not None
    assert drawn.std() == pytest.approx(plain.std() / np.sqrt(500), rel=0.05)
