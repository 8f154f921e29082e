"""Gains of stacks from the gains of their PTEs alone and of pairs: the model of a prediction.

With d(S) the distance of stack S above the base in the linear predictor,

    d(S) = sum of d(i) over its PTEs + sum of w(ij) over its pairs + what neither knows

Main effects are those of the PTEs alone, as measured. What the larger stacks have beyond them is
fitted by interactions of pairs, shrunk towards 0 as far as leaving stacks out says it helps (ridge
regression, or a normal prior on the interactions). A prediction is then a sum over measured arms,
and the draws of an analysis give its sampling error. What is left is as uncertain as stacks that
were left out show it: interactions of pairs that no stack holds, and those of three or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Stack = tuple[int, ...]
"""PTEs of a stack, as sorted places among those that were measured alone."""

SHRINKAGE = (1e-6, 0.1, 0.3, 1.0, 3.0, 10.0, 1e6)
"""Ridge penalties that are tried, in the units of one stack that holds a pair: from interactions as
measured to none at all."""
TIED = 0.01
"""Squared errors within this share of each other are no reason to prefer a penalty."""
BORROWED = 2
"""Degrees of freedom that the pairs' spread lends to that of larger interactions: those are taken
to be about as large until enough stacks say otherwise."""


@dataclass(frozen=True)
class Spread:
    """A variance of effects that no measured stack determines, as squared deviations."""

    squares: float
    """Sum of squares of what was seen."""
    sampling: float
    """Variance in it that sampling gives, a degree of freedom."""
    degrees: float
    """Degrees of freedom; 0 where nothing was seen."""

    @property
    def variance(self) -> float:
        """Moment estimate, at least 0."""
        return max(0.0, self.squares / self.degrees - self.sampling) if self.degrees else 0.0

    def drawn(self, chi: Array) -> Array:
        """[draw]: variances that would have left as much.

        Args:
            chi: [draw], chi-square variables of `degrees`.
        """
        return np.asarray(np.maximum(0.0, self.squares / chi - self.sampling))


@dataclass(frozen=True)
class Pairwise:
    """The model fitted to the stacks of an experiment."""

    alone: tuple[int, ...]
    """Arms that are each PTE alone."""
    stacks: tuple[tuple[int, Stack], ...]
    """Arm and PTEs of each stack of two or more that it rests on."""
    shrinkage: float
    """The ridge penalty, one of `SHRINKAGE`."""
    pairs: Spread
    """Interactions of pairs."""
    larger: Spread
    """Interactions of three PTEs, each."""
    arms: int

    def weights(self, stack: Stack) -> Array:
        """[arm]: what a prediction is the sum of."""
        own = np.zeros(self.arms)
        own[[self.alone[i] for i in stack]] = 1.0
        if not self.stacks:
            return own
        _, fitted = self._fit
        beyond = fitted @ excess(self.alone, self.stacks, self.arms)
        return np.asarray(own + self._held(stack) @ beyond)

    def unknown(self, stack: Stack) -> tuple[float, int]:
        """How many interactions of pairs a prediction leaves out, and of three PTEs: a pair that
        no stack holds is one whole one, and of a pair that was shrunk a part is left out."""
        if not self.stacks:
            return float(comb(len(stack), 2)), comb(len(stack), 3)
        design, fitted = self._fit
        held = self._held(stack)
        left = held - held @ fitted @ design
        return float((left**2).sum()), comb(len(stack), 3)

    @cached_property
    def _fit(self) -> tuple[Array, Array]:
        """[stack, pair] of the stacks it rests on, [pair, stack] interactions as sums of them."""
        design = _design([s for _, s in self.stacks], self._pairs)
        gram = design.T @ design + self.shrinkage * np.eye(len(self._pairs))
        return design, np.asarray(np.linalg.solve(gram, design.T), float)

    @cached_property
    def _pairs(self) -> list[tuple[int, int]]:
        return _pairs(tuple(range(len(self.alone))))

    def _held(self, stack: Stack) -> Array:
        """[pair]: whether the stack holds it."""
        return np.asarray(_design([stack], self._pairs)[0])


def excess(alone: Sequence[int], stacks: Sequence[tuple[int, Stack]], arms: int) -> Array:
    """[stack, arm]: each stack's gain beyond its PTEs' own, as a sum over arms."""
    rows = np.zeros((len(stacks), arms))
    for row, (arm, stack) in zip(rows, stacks, strict=True):
        row[arm] += 1.0
        for i in stack:
            row[alone[i]] -= 1.0
    return rows


def fit_pairwise(
    alone: tuple[int, ...],
    stacks: Sequence[tuple[int, Stack]],
    shifts: Array,
    covariance: Array,
) -> Pairwise:
    """Fit the model, with the shrinkage that predicts stacks best that are left out.

    Args:
        alone: arms that are each PTE alone.
        stacks: arm and PTEs of each stack of two or more.
        shifts: [arm], distances above the base as measured.
        covariance: [arm, arm], of their sampling errors.
    """
    rows = excess(alone, stacks, len(shifts))
    design = _design([s for _, s in stacks], _pairs(tuple(range(len(alone)))))
    own = [k for k, (_, s) in enumerate(stacks) if len(s) == 2]
    more = [k for k, (_, s) in enumerate(stacks) if len(s) > 2]
    pairs = _spread(rows[own], shifts, covariance)
    shrinkage = _shrinkage(design, rows @ shifts, pairs)
    left = _left_out(design, shrinkage)
    count = np.array([comb(len(stacks[k][1]), 3) for k in more], float)
    missed = pairs.variance * ((left @ design) ** 2).sum(axis=1)
    larger = _spread((left @ rows)[more], shifts, covariance, count, missed[more])
    return Pairwise(
        alone=alone,
        stacks=tuple(stacks),
        shrinkage=shrinkage,
        # Where no pair was run, what added gains miss of larger stacks says how large they may be.
        pairs=pairs if pairs.degrees else larger,
        larger=_lent(larger, pairs),
        arms=len(shifts),
    )


def _shrinkage(design: Array, beyond: Array, pairs: Spread) -> float:
    """The penalty under which stacks that are left out are predicted best.

    Where none of them tells, as where no stack of three was run, it is that of the normal prior
    whose variance the pairs show: their sampling variance over the interactions'.
    """
    errors = np.array([((_left_out(design, each) @ beyond) ** 2).sum() for each in SHRINKAGE])
    best = np.flatnonzero(errors <= errors.min() * (1 + TIED) + 1e-15)
    prior = pairs.sampling / max(pairs.variance, 1e-9) if pairs.degrees else SHRINKAGE[0]
    off = np.abs(np.log(np.array(SHRINKAGE)[best] / max(prior, SHRINKAGE[0])))
    return SHRINKAGE[int(best[np.argmin(off)])]


def _lent(larger: Spread, pairs: Spread) -> Spread:
    """The spread of larger interactions with the degrees that pairs lend it."""
    lent = min(BORROWED, pairs.degrees) if larger.degrees else pairs.degrees
    degrees = larger.degrees + lent
    if not degrees:
        return larger
    of_pairs = pairs.squares / pairs.degrees if lent else 0.0
    sampling = larger.degrees * larger.sampling + lent * pairs.sampling
    return Spread(larger.squares + lent * of_pairs, sampling / degrees, degrees)


def _left_out(design: Array, penalty: float) -> Array:
    """[stack, stack]: each stack's error when the others predict it, as a sum over what stacks have
    beyond their PTEs' own gains."""
    gram = design.T @ design + penalty * np.eye(design.shape[1])
    left = np.eye(len(design)) - design @ np.linalg.solve(gram, design.T)
    return np.asarray(left / np.maximum(np.diag(left), 1e-9)[:, None])


def _spread(
    errors: Array,
    shifts: Array,
    covariance: Array,
    count: Array | float = 1.0,
    missed: Array | float = 0.0,
) -> Spread:
    """The variance of one of `count` effects that each error is the sum of, beside sampling and
    what else it has `missed`."""
    if not len(errors):
        return Spread(0.0, 0.0, 0)
    sampling = np.einsum("ij,jk,ik->i", errors, covariance, errors) + missed
    return Spread(
        float(((errors @ shifts) ** 2 / count).sum()),
        float((sampling / count).mean()),
        len(errors),
    )


def _pairs(stack: Stack) -> list[tuple[int, int]]:
    return list(combinations(stack, 2))


def _design(stacks: Sequence[Stack], pairs: Sequence[tuple[int, int]]) -> Array:
    """[stack, pair]: whether a stack holds a pair."""
    return np.array([[set(pair) <= set(s) for pair in pairs] for s in stacks], float)
