"""Assumptions for the next experiment, from one that was run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from analysis.ceg.ladder import LadderFit, place
from analysis.contracts.experiment import Experiment
from analysis.design.assumptions import normal_rule
from analysis.design.moments import of_lines
from analysis.uncertainty.resample import resample

Array = NDArray[np.float64]

REPLICATES = 500
ARMS = 6
"""Arms that the items' spread is read from: more add little."""
WIDEST = 5.0
"""Largest spread of items that is looked for, in logits."""


@dataclass(frozen=True)
class Fitted:
    """What an experiment says of the numbers that a plan assumes."""

    values: dict[str, float]
    """Values of the fields of `Assumptions`, by their names; what the experiment does not determine
    is left out."""
    span: float
    """OOMs of training compute between the ends of the experiment's ladder; NaN without one."""
    missing: tuple[str, ...]
    """Why a number was left out."""


def fitted(experiment: Experiment, seed: int = 0) -> Fitted:
    """Read slope, base score, the rungs' scatter and the items' spread from an experiment.

    Raises:
        ValueError: the experiment has no base arm.
    """
    fit = place(experiment, resample(experiment, REPLICATES, seed), seed=seed)
    values, missing = _curve(fit)
    spread = _items(experiment)
    if spread is None:
        missing.append("item_sd, item_arm_sd: take two rungs with the items of two arms")
    else:
        values |= dict(zip(("item_sd", "item_arm_sd"), spread, strict=True))
    return Fitted(values, fit.span, tuple(missing))


def _curve(fit: LadderFit) -> tuple[dict[str, float], list[str]]:
    """Chance, base score, slope, and scatter of rungs and arms."""
    scores = fit.experiment.means[fit.base, fit.on]
    values = {"chance": fit.experiment.chance, "base": float(np.mean(scores))}
    if not fit.ladder:
        return values, ["slope, rung_sd, interaction_sd: take a ladder of three rungs"]
    missing = []
    middle = (fit.x.min() + fit.x.max()) / 2
    values["base"] = float(fit.curves.curve().score(middle))
    if fit.point.slope[0] > 0:
        values["slope"] = float(fit.point.slope[0])
    else:
        missing.append("slope: the base does not rise with compute")
    arms = [s for s in fit.arm_scatter if s is not None and s.degrees > 0]
    # Each is the difference of two arms, and so holds the effect of either.
    own = np.mean([(s.observed - s.sampling) / s.leverage / 2 for s in arms]) if arms else 0.0
    values["interaction_sd"] = float(np.sqrt(max(0.0, own)))
    about = fit.base_scatter.deviation if fit.base_scatter else 0.0
    values["rung_sd"] = float(np.sqrt(max(0.0, about**2 - values["interaction_sd"] ** 2)))
    return values, missing


def _items(experiment: Experiment) -> tuple[float, float] | None:
    """item_sd and item_arm_sd that give the covariance of scores between different rungs.

    Attempts on different rungs share no draws, so what they have in common is the items': within
    an arm both parts of their difficulty, between arms the common one alone.
    """
    arms = [
        number
        for number, means in enumerate(experiment.means)
        if not experiment.arms[number].greedy
        and (means > experiment.chance).all()
        and (means < 1).all()
    ][:ARMS]
    if experiment.scores is None or len(arms) < 2 or len(experiment.rungs) < 2:
        return None
    scores, floor = experiment.scores[arms], experiment.chance
    count, rungs, items = scores.shape
    means = scores.mean(axis=2)
    seen = np.asarray(np.cov(scores.reshape(-1, items)), float).reshape((count, rungs) * 2)
    within, between = _common(seen)

    def whole(spread: float) -> float:
        lines = _lines(means, floor, spread)
        return _common(of_lines(lines, floor, spread, 0.0).between)[0] - within

    spread = _root(whole, WIDEST)
    lines = _lines(means, floor, spread)

    def shared(common: float) -> float:
        apart = np.sqrt(max(0.0, spread**2 - common**2))
        return _common(of_lines(lines, floor, common, float(apart)).between)[1] - between

    common = _root(shared, spread)
    return common, float(np.sqrt(max(0.0, spread**2 - common**2)))


def _common(covariance: Array) -> tuple[float, float]:
    """Mean covariance between different rungs, within an arm and between two."""
    arms, rungs = covariance.shape[:2]
    pairs = list(combinations(range(rungs), 2))
    within = [covariance[a, r, a, q] for a in range(arms) for r, q in pairs]
    between = [covariance[a, r, b, q] for a, b in permutations(range(arms), 2) for r, q in pairs]
    return float(np.mean(within)), float(np.mean(between))


def _lines(means: Array, floor: float, spread: float) -> Array:
    """Logits of the median item that give mean scores."""
    nodes, weights = normal_rule()
    lines = np.linspace(-30, 30, 1201)
    rise = special.expit(lines[:, None] + spread * nodes) @ weights
    return np.interp((means - floor) / (1 - floor), rise, lines)


def _root(function: Callable[[float], float], highest: float) -> float:
    """Where a rising function crosses zero, or the end of the range that is nearer to it."""
    if function(0.0) >= 0:
        return 0.0
    if function(highest) <= 0:
        return highest
    return float(optimize.brentq(function, 0.0, highest, xtol=1e-4))
