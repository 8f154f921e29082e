"""Stacks that were not run, predicted on lattices of known truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from math import isinf, isnan

import numpy as np
import pytest

from analysis.ceg.ladder import LadderFit, place
from analysis.composability.pairwise import Spread, fit_pairwise
from analysis.composability.predict import predict_stacks
from analysis.composability.prediction import Predictions
from analysis.contracts.estimate import EstimateStatus
from analysis.simulation import Truth, simulate
from analysis.uncertainty.resample import resample
from tests.thorough import size

Names = tuple[str, ...]
REPLICATES = 150


@dataclass(frozen=True)
class Known:
    """A lattice whose log10 CEGs are known: each PTE, pairs, and perhaps three together."""

    gains: Callable[[Iterable[str]], float]
    names: Names

    @classmethod
    def drawn(cls, seed: int, three: float = 0.0, names: str = "abcd") -> Known:
        rng = np.random.default_rng(seed)
        alone = {name: rng.uniform(0.15, 0.6) for name in names}
        pairs = {pair: rng.normal(-0.05, 0.15) for pair in combinations(names, 2)}
        threes = {of: rng.normal(0, three) for of in combinations(names, 3)}

        def gains(stack: Iterable[str]) -> float:
            own = sorted(stack)
            total = sum(alone[name] for name in own)
            total += sum(pairs[pair] for pair in combinations(own, 2))
            return float(total + sum(threes[of] for of in combinations(own, 3)))

        return cls(gains, tuple(names))

    def fit(self, seed: int, run: Iterable[Names], **changed: object) -> LadderFit:
        truth = Truth(
            gains={frozenset(stack): self.gains(stack) for stack in run},
            items=300,
            rung_sd=0.05,
            interaction_sd=0.05,
        )
        experiment = simulate(replace(truth, **changed), seed)  # type: ignore[arg-type]
        return place(experiment, resample(experiment, REPLICATES, seed), seed=seed)

    def stacks(self, *sizes: int) -> list[Names]:
        return [stack for size in sizes for stack in combinations(self.names, size)]


def held(known: Known, predictions: Predictions) -> list[bool]:
    truths = [known.gains(each.stack.split("+")) for each in predictions.stacks]
    return [
        each.ceg.low <= true <= each.ceg.high
        for each, true in zip(predictions.stacks, truths, strict=True)
    ]


@pytest.mark.parametrize(("three", "triples"), [(0.0, 0), (0.0, 2), (0.15, 3)])
def test_intervals_hold_the_truth(three: float, triples: int) -> None:
    found, checked = [], []
    for seed in range(size(150, 10)):
        known = Known.drawn(seed, three)
        run = known.stacks(1, 2) + known.stacks(3)[:triples]
        result = predict_stacks(known.fit(seed, run))
        found += held(known, result)
        checked += [check.held for check in result.checks]
    assert len(found) >= 20
    assert np.mean(found) >= size(93, 85) / 100
    assert np.mean(checked) >= size(93, 85) / 100


def test_pairs_predict_better_than_added_gains_where_pairs_interact() -> None:
    missed = []
    for seed in range(size(60, 6)):
        known = Known.drawn(seed)
        result = predict_stacks(known.fit(seed, known.stacks(1, 2, 3)))
        missed.append([result.error(), result.error("added")])
        assert [each.stack for each in result.stacks] == ["a+b+c+d"]
        assert not isnan(result.error("by_m"))
    own, added = np.mean(missed, axis=0)
    assert own < 0.75 * added


def test_what_pairs_cannot_know_widens_the_interval() -> None:
    halves: dict[float, list[float]] = {0.0: [], 0.8: []}
    for seed in range(6):
        for three, found in halves.items():
            known = Known.drawn(seed, three)
            run = known.stacks(1, 2) + known.stacks(3)[:3]
            results = predict_stacks(known.fit(seed, run)).stacks
            found += [(each.predictor.high - each.predictor.low) / 2 for each in results]
    assert np.mean(halves[0.8]) > 1.5 * np.mean(halves[0.0])


def test_every_unit_is_given_and_one_rung_has_no_ceg() -> None:
    known = Known.drawn(1)
    ladder = predict_stacks(known.fit(1, known.stacks(1, 2)))
    assert len(ladder.stacks) == 5
    for each in ladder.stacks:
        assert each.ceg.low < each.ceg.point < each.ceg.high
        assert -1 < each.points.low < each.points.point < each.points.high < 1
    single = predict_stacks(known.fit(1, known.stacks(1, 2), x=(0.0,)))
    for each in single.stacks:
        assert each.ceg.status is EstimateStatus.REFUSED
        assert "ladder" in each.ceg.reason
        assert each.predictor.bounded
        assert each.points.bounded


def test_pairs_that_never_ran_together_are_named_and_cost_certainty() -> None:
    known = Known.drawn(2)
    run = [*known.stacks(1), ("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
    by_stack = {each.stack: each for each in predict_stacks(known.fit(2, run)).stacks}
    assert by_stack["a+d"].apart == (("a", "d"),)
    assert by_stack["a+b+c"].apart == (("b", "c"),)
    whole = {e.stack: e for e in predict_stacks(known.fit(2, known.stacks(1, 2))).stacks}
    assert by_stack["a+b+c"].predictor.high - by_stack["a+b+c"].predictor.low > (
        whole["a+b+c"].predictor.high - whole["a+b+c"].predictor.low
    )


def test_only_stacks_of_ptes_that_were_run_alone() -> None:
    known = Known.drawn(5)
    run = [("a",), ("b",), ("c",), ("a", "b"), ("b", "d"), ("c", "d")]
    stacks = [each.stack for each in predict_stacks(known.fit(5, run)).stacks]
    assert stacks == ["a+c", "b+c", "a+b+c"]


def test_many_ptes_are_predicted_up_to_three_together() -> None:
    known = Known.drawn(6, names="abcdefgh")
    result = predict_stacks(known.fit(6, [*known.stacks(1), ("a", "b"), ("a", "c")]))
    sizes = [len(each.ptes) for each in result.stacks]
    assert (sizes.count(2), sizes.count(3), max(sizes)) == (26, 56, 3)
    assert result.left_out == 0


def test_refusals_say_why() -> None:
    known = Known.drawn(7)
    one = predict_stacks(known.fit(7, [("a",), ("a", "b")]))
    assert not one.stacks
    assert "fewer than two PTEs" in one.reason
    alone = predict_stacks(known.fit(7, known.stacks(1)))
    assert not alone.stacks
    assert "nothing shows how they combine" in alone.reason
    pair = predict_stacks(known.fit(7, [("a",), ("b",), ("a", "b")]))
    assert pair.reason == ""
    assert not pair.stacks
    assert not pair.checks


def test_a_part_at_the_ceiling_is_refused() -> None:
    known = Known.drawn(8)
    truth = Truth(
        gains={
            **{frozenset(stack): known.gains(stack) for stack in known.stacks(1, 2)},
            frozenset("e"): 30.0,
        },
        items=100,
    )
    experiment = simulate(truth, 8)
    fit = place(experiment, resample(experiment, REPLICATES, 8), seed=8)
    result = {each.stack: each for each in predict_stacks(fit).stacks}
    assert result["a+e"].predictor.status is EstimateStatus.REFUSED
    assert "floor or ceiling" in result["a+e"].ceg.reason
    assert result["a+b+c"].predictor.bounded


def test_scores_without_items_are_predicted_without_an_interval() -> None:
    known = Known.drawn(9)
    fit = known.fit(9, known.stacks(1, 2), x=(0.0,))
    counts = np.full_like(fit.experiment.counts, np.nan)
    bare = replace(fit.experiment, counts=counts, scores=None, items=())
    result = predict_stacks(place(bare, resample(bare, REPLICATES, 0)))
    assert result.stacks
    for each in result.stacks:
        assert isinf(each.predictor.high)
        assert "number of items" in each.predictor.reason


def test_a_lattice_without_noise_is_predicted_as_it_is() -> None:
    alone = (1, 2, 3)
    stacks = [(4, (0, 1)), (5, (0, 2)), (6, (1, 2))]
    shifts = np.array([0.0, 1.0, 2.0, 3.0, 2.5, 4.5, 4.0])
    model = fit_pairwise(alone, stacks, shifts, np.zeros((7, 7)))
    assert model.weights((0, 1, 2)) @ shifts == pytest.approx(6.0 - 0.5 + 0.5 - 1.0, abs=1e-4)
    pairs, threes = model.unknown((0, 1, 2))
    assert pairs == pytest.approx(0, abs=1e-4)
    assert threes == 1
    assert model.pairs.variance == pytest.approx((0.25 + 0.25 + 1) / 3)


def test_a_variance_is_what_sampling_leaves_of_it() -> None:
    assert Spread(4.0, 0.5, 4).variance == 0.5
    assert Spread(1.0, 0.5, 4).variance == 0.0
    assert Spread(0.0, 0.0, 0).variance == 0.0
    drawn = Spread(4.0, 0.5, 4).drawn(np.array([1.0, 4.0, 100.0]))
    assert drawn.tolist() == [3.5, 0.5, 0.0]
