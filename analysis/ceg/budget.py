"""Gain against cost: the best stack under a fixed inference budget, and the seed's definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from analysis.ceg.estimate import Ceg
from analysis.contracts.experiment import Experiment
from harness.records.summary import INFERENCE_LIMIT, ONE_TIME_LIMIT

BUDGETS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Inference budgets as multiples of the base's FLOP."""


@dataclass(frozen=True)
class Price:
    """What a stack costs, and whether it is a PTE by the seed's definition."""

    arm: str
    multiple: float
    """Inference FLOP over the base's: geometric mean over rungs; NaN where unknown."""
    one_time: float
    """Largest one-time cost over rungs, as a share of training compute; NaN where unknown."""
    definition: str
    """inside, outside (inference), outside (one-time), or what is unknown."""


@dataclass(frozen=True)
class Best:
    """The stack of the largest gain that fits a budget."""

    budget: float
    price: Price
    ceg: Ceg


def price(experiment: Experiment, arm: int) -> Price:
    """What an arm costs against the base, over the rungs where both were run."""
    label = experiment.arms[arm].label
    multiple = _over_rungs(experiment.multiples, arm, geometric=True)
    one_time = _over_rungs(experiment.one_time, arm, geometric=False)
    return Price(label, multiple, one_time, _definition(multiple, one_time))


def frontier(
    prices: Sequence[Price], cegs: Sequence[Ceg], budgets: Sequence[float] = BUDGETS
) -> tuple[Best, ...]:
    """For each budget the stack with the largest gain among those that fit it, if there is one:
    by CEG, or by the predictor (logits) where there is no ladder.

    Stacks outside the seed's definition, or of unknown cost, do not compete. The best of many is
    chosen by its own estimate, so its CEG is read somewhat too high (the winner's curse).
    """
    by_arm = {c.arm: c for c in cegs}
    known = [p for p in prices if p.definition == "inside" and p.arm in by_arm]
    known = [p for p in known if not isnan(_gain(by_arm[p.arm]))]
    found = []
    for budget in budgets:
        inside = [p for p in known if p.multiple <= budget * 1.005]
        if inside:
            best = max(inside, key=lambda p: _gain(by_arm[p.arm]))
            found.append(Best(budget, best, by_arm[best.arm]))
    return tuple(found)


def _gain(found: Ceg) -> float:
    return found.predictor.point if isnan(found.ceg.point) else found.ceg.point


def _over_rungs(values: np.ndarray | None, arm: int, geometric: bool) -> float:
    if values is None or np.isnan(values[arm]).all():
        return float("nan")
    seen = values[arm][~np.isnan(values[arm])]
    return float(np.exp(np.log(seen).mean()) if geometric else seen.max())


def _definition(multiple: float, one_time: float) -> str:
    """The seed, "Definitions": one-time at most 10% of training, inference at most 100x."""
    if multiple > INFERENCE_LIMIT:
        return "outside (inference)"
    if one_time > ONE_TIME_LIMIT:
        return "outside (one-time)"
    unknown = [n for n, v in (("inference", multiple), ("one-time", one_time)) if isnan(v)]
    return f"{' and '.join(unknown)} cost unknown" if unknown else "inside"
