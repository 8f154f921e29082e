"""The half-widths that a design will show, by the delta method: instant, and checked by simulation.

Sampling: the covariance of the mean scores over items and draws (`moments`), carried through the
linearised estimator (`linear`). A ceiling that is truly 1 rests on its bound in half of all
experiments and costs precision in the other half: both covariances are averaged. Rungs: what
`uncertainty.rungs` may estimate of their effects (`effects`). Ratios have Fieller's set, so a
half-width is infinite where a slope or a CEG cannot be told from none.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf, isfinite, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.fieller import fieller
from analysis.ceg.residuals import FEWEST
from analysis.design.assumptions import FIRST, Design, DesignAssumptions, truth
from analysis.design.effects import NORMAL, RungEffect, excess
from analysis.design.linear import Linear, curve, linearise
from analysis.design.moments import moments

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Widths:
    """Half-widths of 95% intervals: half the distance between their ends."""

    ceg: float
    """Half-width of the first PTE's log10 CEG; NaN without a ladder, infinite where no end is in
    sight."""
    exponent: float
    """Half-width of the composability exponent; infinite where the smaller CEG is not clearly above
    1."""
    interaction: float
    """Half-width of the interaction of the two PTEs, logits of the mean score."""

    def of(self, target: str) -> float:
        """The half-width of a target, by its name: ceg, exponent or interaction."""
        return float(asdict(self)[target])


def predict(design: Design, assumptions: DesignAssumptions) -> Widths:
    """Expected half-widths: the median over experiments of this design.

    Args:
        design: what would be run.
        assumptions: what is taken to be true.
    """
    known = truth(design, assumptions)
    arms = [frozenset(arm.ptes) for arm in known.arms]
    unit = np.eye(len(arms) + 1)
    pick, slope = dict(zip(arms, unit, strict=False)), unit[-1]
    large, small = (pick[frozenset({name})] for name in (assumptions.larger, assumptions.smaller))
    both, first = pick[frozenset.union(*arms)], pick[frozenset({FIRST})]
    values = np.append(assumptions.slope * known.shifts, assumptions.slope)
    model = _model(design, assumptions, values)
    return Widths(
        model.ratio(first, slope) if len(design.x) >= FEWEST else nan,
        model.ratio(both - large, small),
        model.ratio(both - large - small, None),
    )


@dataclass(frozen=True, kw_only=True)
class _Model:
    """Values and covariances of the estimates: the arms' shifts, then the slope."""

    values: Array
    sampling: Array
    """[estimate, estimate]: over items and draws."""
    per_arm_effect: Array
    """[estimate, estimate]: per unit variance of the arms' effects on rungs."""
    per_rung_effect: float
    """Variance of the slope per unit variance of the rungs' effects."""
    arm: RungEffect
    """The random effect of an arm on a rung."""
    rung: RungEffect
    """The random effect of a rung about the base's curve."""

    def ratio(self, top: Array, bottom: Array | None) -> float:
        """Median half-width of one sum of estimates over another, or of the first alone.

        The estimates of the effects scatter from experiment to experiment: the median is over
        their quantiles, those of the arms and those of the rungs.
        """
        under = np.zeros_like(top) if bottom is None else bottom
        ratio = float(top @ self.values / (under @ self.values)) if bottom is not None else 0.0
        whole = top - ratio * under
        results = []
        for arm in self.arm.estimates(len(self.values) - 2):
            for rung in self.rung.estimates() if under[-1] else (0.0,):
                spread = self.sampling + arm * self.per_arm_effect
                spread[-1, -1] += rung * self.per_rung_effect
                variance = float(whole @ spread @ whole)
                own = float(whole @ self.per_arm_effect @ whole) * arm
                curves = ratio**2 * under[-1] * rung * self.per_rung_effect
                more = excess(own, variance, self.arm.degrees)
                more += excess(curves, variance, self.rung.degrees)
                critical = sqrt(NORMAL**2 + more / variance)
                if bottom is None:
                    results.append(critical * sqrt(variance))
                else:
                    results.append(self._half(top, bottom, spread, critical))
        return float(np.median(results))

    def _half(self, top: Array, bottom: Array, spread: Array, critical: float) -> float:
        """Half the length of Fieller's set."""
        over, under = float(top @ self.values), float(bottom @ self.values)
        below, across = float(bottom @ spread @ bottom), float(top @ spread @ bottom)
        result = fieller(
            d=over,
            b=under,
            var_d=float(top @ spread @ top),
            var_b=below,
            cov=across,
            critical=critical,
        )
        half = (result.high - result.low) / 2
        return half if isfinite(half) else inf


def _model(design: Design, assumptions: DesignAssumptions, values: Array) -> _Model:
    known = moments(design.x, assumptions)
    shape = curve(design.x, known, assumptions.chance)
    steep = shape.steep.ravel()
    scores = known.covariance(design.items, design.draws).reshape(len(steep), -1)
    scores = scores / np.outer(steep, steep)
    variants = [linearise(shape, design.items, free) for free in (False, True)]
    sampling = np.mean([_rows(v) @ scores @ _rows(v).T for v in variants], axis=0)
    arm, rung = _effects(assumptions, scores, variants[0].shares)
    own = _own(variants[0].shares)
    return _Model(
        values=values,
        sampling=sampling,
        per_arm_effect=own @ own.T,
        per_rung_effect=_leverage(shape.x, variants[0].shares[0]),
        arm=arm,
        rung=rung,
    )


def _rows(linear: Linear) -> Array:
    """[estimate, arm and rung]."""
    arms = len(linear.shares)
    return np.vstack([linear.shifts.reshape(arms, -1), linear.slope.reshape(1, -1)])


def _own(shares: Array) -> Array:
    """[estimate, arm and rung]: how shifts answer to an arm's own effect, and to the base's."""
    arms, rungs = shares.shape
    rows = np.zeros((arms + 1, arms, rungs))
    for arm in range(1, arms):
        rows[arm, arm], rows[arm, 0] = shares[arm], -shares[arm]
    return rows.reshape(arms + 1, -1)


def _leverage(x: Array, share: Array) -> float:
    """Variance of a weighted least squares slope per unit variance on every rung."""
    off = x - share @ x
    spread = float(share @ off**2)
    return float(((share * off) ** 2).sum()) / spread**2 if spread else 0.0


def _effects(
    assumptions: DesignAssumptions, scores: Array, shares: Array
) -> tuple[RungEffect, RungEffect]:
    """The arms' effect on rungs and the rungs' own, beside what sampling adds on a rung."""
    arms, rungs = shares.shape
    cube = scores.reshape(arms, rungs, arms, rungs)
    alone = np.einsum("arar->ar", cube)
    shared = np.einsum("rar->ar", cube[0])
    between = (shares * (alone + alone[0] - 2 * shared)).sum(axis=1)[1:].mean()
    about = float(shares[0] @ alone[0])
    own = assumptions.interaction_sd**2
    return (
        RungEffect(own, float(between) / 2, rungs - 1),
        RungEffect(assumptions.rung_sd**2 + own, about, rungs - 2),
    )
