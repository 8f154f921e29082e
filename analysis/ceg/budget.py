"""Gain against cost: the best stack under a fixed inference budget, and Lifland et al.'s
definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan, nan

import numpy as np

from analysis.ceg.estimate import Ceg
from analysis.ceg.winner import Choice, corrected
from analysis.contracts.estimate import Estimate
from analysis.contracts.experiment import Experiment
from harness.records.summary import INFERENCE_LIMIT, ONE_TIME_LIMIT

BUDGETS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Inference budgets as multiples of the base's FLOP."""


@dataclass(frozen=True)
class StackCost:
    """What a stack costs, and whether it is a PTE by Lifland et al.'s definition."""

    arm: str
    multiple: float
    """Inference FLOP over the base's, gross: geometric mean over rungs; NaN where unknown."""
    one_time: float
    """Largest one-time cost over rungs, as a share of training compute; NaN where unknown."""
    definition: str
    """inside, outside (inference), outside (one-time), or what is unknown."""
    oracle: bool = False
    """Whether a hidden target was looked at."""
    net: float = nan
    """Inference FLOP over the base's net of each attempt's own prefix, which counts once; NaN where
    unknown."""

    @property
    def judged(self) -> float:
        """What budgets and the definition are held against: net, or gross where that alone is
        known, which is never less."""
        return self.multiple if isnan(self.net) else self.net


@dataclass(frozen=True)
class Largest:
    """The largest of several gains, as measured and corrected for having been chosen."""

    measured: Ceg
    """The gain of the stack that was chosen, by the estimate that it was chosen by: too large on
    average."""
    among: int
    """Stacks that it is the largest of."""
    ceg: Estimate
    """log10 CEG, corrected (`winner`)."""
    predictor: Estimate
    """Difference in the linear predictor (logits), corrected."""
    points: Estimate
    """Difference in score, in [-1, 1], corrected."""


@dataclass(frozen=True)
class Best:
    """The stack of the largest gain that fits a budget."""

    budget: float
    price: StackCost
    largest: Largest


def stack_cost(experiment: Experiment, arm: int) -> StackCost:
    """What an arm costs against the base, over the rungs where both were run."""
    named = experiment.arms[arm]
    multiple = _over_rungs(experiment.multiples, arm, geometric=True)
    one_time = _over_rungs(experiment.one_time, arm, geometric=False)
    net = _over_rungs(experiment.net_multiples, arm, geometric=True)
    definition = _definition(multiple if isnan(net) else net, one_time)
    return StackCost(
        arm=named.label,
        multiple=multiple,
        one_time=one_time,
        definition=definition,
        oracle=named.oracle,
        net=net,
    )


def frontier(
    prices: Sequence[StackCost], cegs: Sequence[Ceg], budgets: Sequence[float] = BUDGETS
) -> tuple[Best, ...]:
    """For each budget the stack with the largest gain among those that fit it, if one gains.

    Gains are compared in units of the predictor (logits), which orders as CEG does and is there
    without a ladder. Stacks outside Lifland et al.'s definition, of unknown cost, or that look at a
    hidden target do not compete. What the best of many gains is corrected for its having been
    chosen by its own estimate.
    """
    by_arm = {found.arm: found for found in cegs}
    known = [p for p in prices if p.definition == "inside" and not p.oracle and p.arm in by_arm]
    results = []
    for budget in budgets:
        inside = {p.arm: p for p in known if p.judged <= budget * 1.005}
        best = largest([by_arm[arm] for arm in inside], above=0.0)
        if best is not None:
            results.append(Best(budget, inside[best.measured.arm], best))
    return tuple(results)


def largest(cegs: Sequence[Ceg], above: float = -inf) -> Largest | None:
    """The largest gain of several over one base, corrected; None where there is none.

    Args:
        cegs: gains to choose from, by the predictor.
        above: what a gain must exceed to be chosen, in units of the predictor; that it does is
            corrected for too.
    """
    there = [each for each in cegs if not isnan(each.predictor.point)]
    best = max(there, key=lambda each: each.predictor.point, default=None)
    if best is None or best.predictor.point <= above:
        return None
    choice = _choice(there, above)
    if choice is None:
        return Largest(best, len(there), best.ceg, best.predictor, best.points)
    ceg, predictor, points = corrected(
        (best.ceg, best.predictor, best.points), best.predictor, choice
    )
    return Largest(best, len(there), ceg, predictor, points)


def _choice(among: Sequence[Ceg], above: float) -> Choice | None:
    """How the best was chosen; None where there was nothing to choose, or no draws tell."""
    if any(each.predictor.draws is None for each in among) or len(among) + isfinite(above) < 2:
        return None
    points, draws = [each.predictor.point for each in among], [each.scattered for each in among]
    if isfinite(above):  # a candidate that is known exactly
        points.append(above)
        draws.append(np.full(len(draws[0]), above))
    return Choice(np.array(points), np.stack(draws, axis=1), int(np.argmax(points)))


def _over_rungs(values: np.ndarray | None, arm: int, geometric: bool) -> float:
    if values is None or np.isnan(values[arm]).all():
        return float("nan")
    seen = values[arm][~np.isnan(values[arm])]
    return float(np.exp(np.log(seen).mean()) if geometric else seen.max())


def _definition(multiple: float, one_time: float) -> str:
    """Lifland et al., "Definitions": one-time at most 10% of training, inference at most 100x,
    net."""
    if multiple > INFERENCE_LIMIT:
        return "outside (inference)"
    if one_time > ONE_TIME_LIMIT:
        return "outside (one-time)"
    unknown = [n for n, v in (("inference", multiple), ("one-time", one_time)) if isnan(v)]
    return f"{' and '.join(unknown)} cost unknown" if unknown else "inside"
