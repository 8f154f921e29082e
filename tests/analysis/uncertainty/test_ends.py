"""Arms at the curve's ceiling: no number is made of where a fit stops, and no other arm hears of
it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import LadderFit, place
from analysis.composability.lattice import lattices
from analysis.composability.pairs import PairRelation, conditionals, pairs
from analysis.contracts.estimate import EstimateStatus
from analysis.contracts.experiment import Experiment
from analysis.luck.gains import runs
from analysis.luck.training import training_luck
from analysis.pipeline import AnalysisSettings, analyse
from analysis.report.formatting import scaled
from analysis.report.luck import NEW_RUN
from analysis.report.summary import terminal
from analysis.simulation import Truth, composed, simulate
from analysis.uncertainty.resample import resample

GAINS = composed({"a": 4.0, "b": 3.0})


def solved(*labels: str, slope: float = 1.0) -> Experiment:
    """An experiment on which some arms are right throughout."""
    measured = simulate(Truth(GAINS, items=200, slope=slope), 1)
    assert measured.scores is not None
    scores = measured.scores.copy()
    scores[[measured.arm(label) for label in labels]] = 1.0
    return replace(measured, scores=scores, means=scores.mean(axis=2))


def fitted(measured: Experiment) -> LadderFit:
    return place(measured, resample(measured, 500))


def test_its_gain_in_logits_is_a_bound() -> None:
    fit = fitted(solved("b"))
    gain = ceg(fit, fit.experiment.arm("b")).predictor
    assert gain.status is EstimateStatus.RIGHT_CENSORED
    assert 3 < gain.low < gain.high == np.inf
    assert scaled(gain).startswith("at least ")


def test_nothing_that_it_is_a_part_of_has_a_number() -> None:
    fit = fitted(solved("b", "a+b"))
    [pair], [lattice] = pairs(fit), lattices(fit)
    assert pair.verdict is PairRelation.UNRESOLVED
    assert pair.interaction.status is pair.exponent.status is EstimateStatus.REFUSED
    alone = [e for e in lattice.effects if e.predictor.status is not EstimateStatus.REFUSED]
    assert [(e.kind, e.ptes) for e in alone] == [("moebius", ("a",))]
    kept = [c for c in conditionals(fit) if c.ceg.status is not EstimateStatus.REFUSED]
    assert [(c.pte, c.context) for c in kept] == [("a", ())]


def test_no_other_arm_hears_of_it() -> None:
    apart, beside = fitted(solved()), fitted(solved("a+b"))
    of = apart.experiment.arm("a")
    own = [np.quantile(fit.departures.deviations[:, of], 0.9) for fit in (apart, beside)]
    assert own[1] == pytest.approx(own[0], rel=0.5)


def test_on_a_ladder_that_falls_it_has_no_ceg() -> None:
    fit = fitted(solved("b", slope=-1.0))
    gain = ceg(fit, fit.experiment.arm("b"))
    assert gain.ceg.status is EstimateStatus.INVERSE_SCALING
    new = runs(fit, (), training_luck(fit)).gains(gain).new_run
    assert new.status is EstimateStatus.INVERSE_SCALING


def test_a_difference_in_points_stays_within_100() -> None:
    measured = simulate(Truth(GAINS, items=1), 2)
    points = ceg(fitted(measured), 1).points
    assert -1 <= points.low < points.high <= 1


def test_a_summary_gives_no_number_beyond_the_ladder() -> None:
    (result,) = analyse([solved("b")], AnalysisSettings(replicates=200))
    row = next(row for row in terminal(result, 9) if row["arm"] == "b")
    assert row["status"] == row[NEW_RUN] == "beyond the ladder"
    assert row["CEG"] == "beyond the ladder" or row["CEG"].startswith("at least")
