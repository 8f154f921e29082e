"""Exponents, interactions and verdicts of pairs: known truth, symmetry, refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from math import log10

import numpy as np
import pytest
from scipy.special import expit

from analysis.ceg.ladder import LadderFit, place
from analysis.composability.pairs import PairRelation, conditionals, pairs
from analysis.contracts.estimate import EstimateStatus
from analysis.contracts.experiment import Arm, Experiment, Rung
from analysis.curves.form import LINEAR
from analysis.simulation.draws import simulate
from analysis.simulation.truth import Truth, composed
from analysis.uncertainty.resample import resample

PAIR = frozenset({"a", "b"})


def _truth(exponent: float, **settings: float) -> Truth:
    gains = composed({"a": 6.0, "b": 4.0}, {PAIR: exponent})
    return replace(Truth(gains, items=3000, slope=1.2, item_arm_sd=0.2), **settings)  # type: ignore[arg-type]


def _fit(experiment: Experiment) -> LadderFit:
    return place(experiment, resample(experiment, 800, seed=0))


@pytest.mark.parametrize(
    ("exponent", "verdict"),
    [
        (0.2, PairRelation.SUBSTITUTES),
        (1.0, PairRelation.INDEPENDENT),
        (1.8, PairRelation.COMPLEMENTS),
    ],
)
def test_the_exponent_and_the_verdict_are_the_truths(
    exponent: float, verdict: PairRelation
) -> None:
    (pair,) = pairs(_fit(simulate(_truth(exponent), seed=1)), margin=0.25)
    assert (pair.larger, pair.smaller) == ("a", "b")
    assert pair.exponent.low <= exponent <= pair.exponent.high
    assert pair.interaction_ceg.low <= (exponent - 1) * log10(4) <= pair.interaction_ceg.high
    assert pair.smaller_given_larger.low <= exponent * log10(4) <= pair.smaller_given_larger.high
    assert pair.verdict is verdict


def test_few_items_resolve_nothing() -> None:
    (pair,) = pairs(_fit(simulate(_truth(0.8, items=60), seed=1)))
    assert pair.verdict is PairRelation.UNRESOLVED


def test_the_larger_is_the_same_whichever_comes_first() -> None:
    experiment = simulate(_truth(0.5), seed=2)
    order = [0, 2, 1, 3]
    assert experiment.scores is not None
    swapped = replace(
        experiment,
        arms=tuple(experiment.arms[i] for i in order),
        means=experiment.means[order],
        counts=experiment.counts[order],
        scores=experiment.scores[order],
    )
    (one,), (other,) = pairs(_fit(experiment)), pairs(_fit(swapped))
    assert (one.larger, one.smaller) == (other.larger, other.smaller)
    assert one.exponent.point == pytest.approx(other.exponent.point)
    assert one.interaction.point == pytest.approx(other.interaction.point)


def test_an_exponent_over_nothing_is_refused() -> None:
    gains = composed({"a": 6.0, "b": 1.0}, {})
    (pair,) = pairs(_fit(simulate(Truth(gains, items=400), seed=1)))
    assert pair.exponent.status is EstimateStatus.REFUSED
    assert "b, the smaller" in pair.exponent.reason
    assert np.isnan(pair.exponent.point)
    assert pair.interaction.bounded


def test_conditional_gains_add_up_exactly() -> None:
    fit = _fit(simulate(_truth(0.5), seed=1))
    gains = {(c.pte, c.context): c.ceg for c in conditionals(fit)}
    assert set(gains) == {("a", ()), ("b", ()), ("a", ("b",)), ("b", ("a",))}
    both = gains["a", ()].point + gains["b", ("a",)].point
    assert both == pytest.approx(gains["b", ()].point + gains["a", ("b",)].point)


def test_without_a_ladder_the_exponent_is_there_and_the_ceg_is_not() -> None:
    truth = _truth(0.5, x=(0.0,))  # type: ignore[arg-type]
    (pair,) = pairs(_fit(simulate(truth, seed=1)))
    assert pair.exponent.bounded
    assert pair.interaction.bounded
    assert pair.interaction_ceg.status is EstimateStatus.REFUSED


def test_a_pair_takes_all_four_stacks() -> None:
    gains = composed({"a": 6.0, "b": 4.0})
    del gains[PAIR]
    assert pairs(_fit(simulate(Truth(gains, items=100), seed=1))) == ()


def _published(arms: dict[str, tuple[list[object], list[float]]], x: list[float]) -> Experiment:
    """Arms by label: their PTEs with parameters, and their scores."""
    rungs = tuple(
        Rung(model=f"m{i}", family="f", stage="base", flop=1e21 * 10**v) for i, v in enumerate(x)
    )
    made = tuple(
        Arm(label=label, ptes=tuple(str(part[0]) for part in parts), config=json.dumps(parts))  # type: ignore[index]
        for label, (parts, _) in arms.items()
    )
    means = np.array([scores for _, scores in arms.values()])
    return Experiment(
        name="t",
        benchmark="t",
        task_type="math",
        rungs=rungs,
        arms=made,
        means=means,
        counts=np.full(means.shape, 3000.0),
    )


def test_two_settings_of_one_pte_are_two_ptes() -> None:
    """Five votes and forty are told apart by their parameters, whichever comes first."""
    x = [-1.0, 0.0, 1.0]

    def at(gain: float) -> list[float]:
        return [float(expit(-0.5 + 1.3 * v + gain)) for v in x]

    many, few, cot = ["vote", {"n": 40}], ["vote", {"n": 5}], ["cot", {}]
    fit = _fit(
        _published(
            {
                "base": ([], at(0.0)),
                "vote[n=40]": ([many], at(1.0)),
                "vote[n=5]": ([few], at(0.4)),
                "cot": ([cot], at(0.6)),
                "vote[n=5]+cot": ([few, cot], at(1.0)),
            },
            x,
        )
    )
    (pair,) = pairs(fit)
    assert (pair.larger, pair.smaller) == ("cot", "vote[n=5]")
    assert pair.exponent.point == pytest.approx(1.0, abs=0.05)
    given = {(c.pte, c.context): c.predictor.point for c in conditionals(fit)}
    assert given["cot", ("vote[n=5]",)] == pytest.approx(0.6, abs=0.03)
    assert ("cot", ("vote[n=40]",)) not in given


def test_the_margin_is_in_logits_whatever_the_form() -> None:
    """0.2 logits are 5 points in the middle: a straight line must not take 20 points for none."""
    scores = {"base": 0.4, "a": 0.5, "b": 0.5, "a+b": 0.5}
    arms = {
        n: ([[p, {}] for p in n.split("+")] if n != "base" else [], [s]) for n, s in scores.items()
    }
    experiment = _published(arms, [0.0])  # type: ignore[arg-type]
    resampled = resample(experiment, 800, seed=0)
    (pair,) = pairs(place(experiment, resampled, LINEAR))
    assert pair.verdict is PairRelation.SUBSTITUTES


def test_nothing_is_concluded_where_nothing_is_known_of_the_sampling() -> None:
    experiment = simulate(_truth(0.2, x=(0.0,)), seed=1)  # type: ignore[arg-type]
    bare = replace(experiment, scores=None, counts=np.full(experiment.means.shape, np.nan))
    (pair,) = pairs(_fit(bare))
    assert pair.verdict is PairRelation.UNRESOLVED
    assert pair.exponent.status is EstimateStatus.REFUSED
    assert not pair.interaction.bounded
    assert pair.p == 1
