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
        held = _pairs(tuple(range(len(self.alone))))
        own = np.zeros(self.arms)
        own[[self.alone[i] for i in stack]] = 1.0
        if not self.stacks:
            return own
        design = _design([s for _, s in self.stacks], held)
        target = _design([stack], held)[0]
        fitted = np.linalg.solve(
            design.T @ design + self.shrinkage * np.eye(len(held)), design.T
        )  # [pair, stack]
        return np.asarray(own + (target @ fitted) @ excess(self.alone, self.stacks, self.arms))

    def unknown(self, stack: Stack) -> tuple[int, int]:
        """Pairs of a stack that no measured stack holds, and its interactions of three."""
        held = {pair for _, one in self.stacks for pair in _pairs(one)}
        return len(set(_pairs(stack)) - held), comb(len(stack), 3)


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
    tried = [_left_out(design, rows, penalty) for penalty in SHRINKAGE]
    errors = [float(((e @ shifts) ** 2).sum()) for e in tried]
    best = int(np.argmin(np.round(errors, 12)))
    own = [k for k, (_, s) in enumerate(stacks) if len(s) == 2]
    pairs = _spread(rows[own], shifts, covariance, np.ones(len(own)))
    more = [k for k, (_, s) in enumerate(stacks) if len(s) > 2]
    count = np.array([comb(len(stacks[k][1]), 3) for k in more], float)
    larger = _spread(tried[best][more], shifts, covariance, count)
    lent = min(BORROWED, pairs.degrees) if larger.degrees else pairs.degrees
    degrees = larger.degrees + lent
    whole = larger.squares + lent * (pairs.squares / pairs.degrees if pairs.degrees else 0.0)
    sampling = larger.degrees * larger.sampling + lent * pairs.sampling
    if not pairs.degrees:  # no pair was run: what additive gains miss says how large they may be
        pairs = larger
    return Pairwise(
        alone=alone,
        stacks=tuple(stacks),
        shrinkage=SHRINKAGE[best],
        pairs=pairs,
        larger=Spread(whole, sampling / degrees if degrees else 0.0, degrees),
        arms=len(shifts),
    )


def _left_out(design: Array, rows: Array, penalty: float) -> Array:
    """[stack, arm]: each stack's error when the others predict it, as a sum over arms."""
    gram = design.T @ design + penalty * np.eye(design.shape[1])
    hat = design @ np.linalg.solve(gram, design.T)
    left = np.eye(len(design)) - hat
    return np.asarray(left @ rows / np.maximum(np.diag(left), 1e-9)[:, None])


def _spread(errors: Array, shifts: Array, covariance: Array, count: Array) -> Spread:
    """The variance of one of `count` effects that each error is the sum of."""
    if not len(errors):
        return Spread(0.0, 0.0, 0)
    sampling = np.einsum("ij,jk,ik->i", errors, covariance, errors)
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
