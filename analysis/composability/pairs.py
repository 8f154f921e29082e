"""Two PTEs together: exponent, interaction, conditional CEG, and what the interval supports.

Lifland et al. combine two PTEs as larger x smaller^c. So c = (log CEG(A+B) - log CEG(larger)) /
log CEG(smaller): 1 where gains multiply, 0 where the smaller adds nothing, above 1 where they help
each other. On a base curve the slope cancels: c is known as well without a ladder. Where the
smaller CEG is not clearly above 1 the exponent divides by what may be zero and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests

from analysis.ceg.fieller import bootstrap_set
from analysis.ceg.ladder import AT_END, LadderFit
from analysis.ceg.ratio import ratio
from analysis.contracts.estimate import LEVEL, Estimate, percentile, quantiles, refused

Array = NDArray[np.float64]

MARGIN = 0.2
"""Interactions within this many logits either way count as none."""


class PairRelation(StrEnum):
    """What two PTEs are to each other, as far as the interval says."""

    SUBSTITUTES = "substitutes"
    """Together clearly less than the sum of their gains in log."""
    INDEPENDENT = "independent"
    """The interaction lies clearly within the margin: gains multiply."""
    COMPLEMENTS = "complements"
    """Together clearly more than the sum of their gains in log."""
    UNRESOLVED = "unresolved"
    """The interval allows more than one relation."""


@dataclass(frozen=True)
class Pair:
    """Two PTEs on one experiment, with nothing else in the stack, over its reference."""

    larger: str
    smaller: str
    """What the arms are called that are each alone, decoded as the reference. Which is the larger
    goes by the point estimate, and stays so in every replicate."""
    exponent: Estimate
    """Composability exponent c of the smaller."""
    interaction: Estimate
    """d(A+B) - d(A) - d(B) in units of the predictor (logits)."""
    interaction_ceg: Estimate
    """The interaction d(A+B) - d(A) - d(B) in log10 CEG."""
    smaller_given_larger: Estimate
    """Conditional CEG(smaller | larger), log10."""
    larger_given_smaller: Estimate
    """Conditional CEG(larger | smaller), log10."""
    p: float
    """Two-sided bootstrap p of no interaction, Holm-adjusted over the experiment's pairs."""
    verdict: PairRelation


@dataclass(frozen=True)
class Conditional:
    """What one PTE adds to a stack that was measured without it."""

    pte: str
    """Label of the arm that is it alone, or its name."""
    context: tuple[str, ...]
    """PTEs of the stack without this one, each by the label of the arm that is it alone, or its
    name; empty for the base."""
    stack: str
    """What the stack with the PTE is called."""
    ceg: Estimate
    """log10 CEG of the stack with it over the stack without."""
    predictor: Estimate
    """Gain of the stack with it over the stack without, in units of the linear predictor
    (logits)."""


def pairs(fit: LadderFit, margin: float = MARGIN) -> tuple[Pair, ...]:
    """Every pair whose four stacks (neither, each, both) were measured.

    Args:
        fit: the experiment on its base curve.
        margin: half-width of what counts as no interaction, in logits.
    """
    experiment = fit.experiment
    singles = [i for i, arm in enumerate(experiment.arms) if len(arm.ptes) == 1]
    singles = [i for i in singles if experiment.stack(experiment.arms[i].parts) == i]
    results = []
    for first, second in combinations(singles, 2):
        both = experiment.stack((*experiment.arms[first].parts, *experiment.arms[second].parts))
        if both is not None and not _missing(fit, (first, second, both)):
            results.append(_pair(fit, first, second, both))
    return _judged(results, margin * fit.form.per_logit)


def conditionals(fit: LadderFit) -> tuple[Conditional, ...]:
    """What each PTE adds to each measured stack, wherever the stack with it was measured too."""
    experiment, result = fit.experiment, []
    for index, arm in enumerate(experiment.arms):
        if experiment.stack(arm.parts) != index:
            continue
        for part in arm.parts:
            context = tuple(other for other in arm.parts if other != part)
            without = experiment.stack(context)
            if without is None or _missing(fit, (index, without)):
                continue
            estimate, predictor = _difference(fit, {index: 1, without: -1})
            names = tuple(map(experiment.piece, context))
            pte = experiment.piece(part)
            stack = experiment.called(index)
            result.append(Conditional(pte, names, stack, estimate, predictor))
    return tuple(result)


def _missing(fit: LadderFit, arms: Sequence[int]) -> bool:
    return bool(np.isnan(fit.point.shifts[0, list(arms)]).any())


def _difference(fit: LadderFit, signs: dict[int, int]) -> tuple[Estimate, Estimate]:
    """A signed sum of arms, in log10 CEG and in units of the predictor; refused where one of them
    has no finite gain."""
    if fit.at_end(*signs):
        return refused(AT_END), refused(AT_END)
    arms, sign = list(signs), np.array(list(signs.values()), float)
    point = float(fit.point.shifts[0, arms] @ sign)
    in_ceg, in_predictor = (shifts[:, arms] @ sign for shifts in (fit.across, fit.total.shifts))
    return ratio(fit, point, in_ceg), percentile(point, in_predictor)


def _pair(fit: LadderFit, first: int, second: int, both: int) -> Pair:
    point = fit.point.shifts[0]
    large, small = (first, second) if point[first] >= point[second] else (second, first)
    in_ceg, in_predictor = _difference(fit, {both: 1, large: -1, small: -1})
    return Pair(
        larger=fit.experiment.called(large),
        smaller=fit.experiment.called(small),
        exponent=_exponent(fit, large, small, both),
        interaction=in_predictor,
        interaction_ceg=in_ceg,
        smaller_given_larger=_difference(fit, {both: 1, large: -1})[0],
        larger_given_smaller=_difference(fit, {both: 1, small: -1})[0],
        p=two_sided(in_predictor.draws),
        verdict=PairRelation.UNRESOLVED,
    )


def _exponent(fit: LadderFit, large: int, small: int, both: int) -> Estimate:
    draws = fit.across
    low, high = quantiles(draws[:, small])
    name = fit.experiment.called(small)
    if low <= 0 <= high:
        return refused(f"the CEG of {name}, the smaller, is not clearly other than 1")
    if high < 0:
        return refused(f"{name}, the smaller, is harmful: an exponent has no meaning")
    if fit.at_end(large, small, both):
        return refused(AT_END)
    point = fit.point.shifts[0]
    added = draws[:, both] - draws[:, large]
    ends = bootstrap_set(added, draws[:, small], LEVEL)
    value = float((point[both] - point[large]) / point[small])
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = added / draws[:, small]
    return Estimate(point=value, low=float(ends[0]), high=float(ends[1]), draws=shares)


def two_sided(draws: Array | None) -> float:
    """Two-sided p of zero from bootstrap draws, never below what their number can show; 1 where
    nothing is known of the sampling."""
    if draws is None or np.isnan(draws).all():
        return 1.0
    tail = min((draws <= 0).mean(), (draws >= 0).mean())
    return float(min(1.0, max(2 * tail, 2 / (len(draws) + 1))))


def _judged(result: list[Pair], margin: float) -> tuple[Pair, ...]:
    """Holm's adjustment over the pairs, then the verdict that each supports."""
    if not result:
        return ()
    raw = [pair.p for pair in result]
    # The library collects garbage at every call, which one p by itself is not worth.
    adjusted = multipletests(raw, method="holm")[1] if len(raw) > 1 else raw
    return tuple(
        replace(pair, p=float(p), verdict=_verdict(pair, float(p), margin))
        for pair, p in zip(result, adjusted, strict=True)
    )


def _verdict(pair: Pair, p: float, margin: float) -> PairRelation:
    low, high = pair.interaction.low, pair.interaction.high
    if -margin < low and high < margin:
        return PairRelation.INDEPENDENT
    if p < 1 - LEVEL and high < 0:
        return PairRelation.SUBSTITUTES
    if p < 1 - LEVEL and low > 0:
        return PairRelation.COMPLEMENTS
    return PairRelation.UNRESOLVED
