"""Factorial effects, Möbius coefficients and Shapley values on complete sub-lattices.

A set of PTEs is a complete sub-lattice where every subset of it was measured. On it v(S) is the
gain of stack S over the base (in units of the predictor, or in log10 CEG), and all summaries are
linear in v:

- Möbius coefficients m(S) = sum over T within S of (-1)^(|S| - |T|) v(T): what S adds beyond all
  its parts (Grabisch 1997);
- Shapley values phi(i) = sum over S with i of m(S) / |S|: i's average share (Shapley 1953);
- 2^k factorial effects: contrasts over 2^(k-1), so that a main effect is the mean difference that
  a PTE makes over all settings of the others (Box, Hunter and Hunter 1978, chapter 10).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests

from analysis.ceg.ladder import AT_END, LadderFit
from analysis.ceg.ratio import ratio
from analysis.composability.pairs import two_sided
from analysis.contracts.estimate import Estimate, percentile, refused
from analysis.contracts.experiment import Part

Array = NDArray[np.float64]

MOST = 10
"""PTEs of a lattice: 1,024 stacks."""


@dataclass(frozen=True)
class LatticeEffect:
    """One summary of a lattice."""

    kind: str
    """factorial, moebius or shapley."""
    ptes: tuple[str, ...]
    predictor: Estimate
    """Size of the effect in units of the linear predictor (logits)."""
    ceg: Estimate
    """Size of the effect in log10 CEG."""
    p: float
    """Two-sided bootstrap p of zero, Holm-adjusted over the effects of its kind."""


@dataclass(frozen=True)
class Lattice:
    """A set of PTEs all of whose subsets were measured, with its effects."""

    ptes: tuple[str, ...]
    effects: tuple[LatticeEffect, ...]


def lattices(fit: LadderFit) -> tuple[Lattice, ...]:
    """The effects on each largest complete sub-lattice of two PTEs or more."""
    name = fit.experiment.piece
    return tuple(Lattice(tuple(map(name, parts)), _effects(fit, parts)) for parts in complete(fit))


def complete(fit: LadderFit) -> tuple[tuple[Part, ...], ...]:
    """The largest sets of PTEs all of whose subsets were measured, in no other set of them."""
    arms, run = fit.experiment.arms, ~np.isnan(fit.point.shifts[0])
    order = {part: None for arm in arms for part in arm.parts}
    measured = {
        frozenset(arm.parts)
        for index, arm in enumerate(arms)
        if run[index] and len(arm.parts) <= MOST and fit.experiment.stack(arm.parts) == index
    }
    whole = {frozenset[Part]()} & measured
    for names in sorted(measured - whole, key=len):
        if all(names - {name} in whole for name in names):
            whole.add(names)
    largest = [s for s in whole if len(s) > 1 and not any(s < other for other in whole)]
    return tuple(
        tuple(name for name in order if name in names)
        for names in sorted(largest, key=lambda names: (-len(names), sorted(names)))
    )


@lru_cache
def moebius_matrix(size: int) -> Array:
    """[subset, subset]: Möbius coefficients from values; subsets as bit masks."""
    matrix = np.array([[1.0]])
    for _ in range(size):
        matrix = np.block([[matrix, np.zeros_like(matrix)], [-matrix, matrix]])
    return matrix


@lru_cache
def shapley_matrix(size: int) -> Array:
    """[player, subset]: Shapley values from values."""
    masks = np.arange(2**size)
    order = np.array([int(mask).bit_count() for mask in masks])
    member = (masks[None, :] >> np.arange(size)[:, None]) & 1
    return np.asarray((member / np.maximum(order, 1)) @ moebius_matrix(size))


@lru_cache
def factorial_matrix(size: int) -> Array:
    """[effect, subset]: 2^k effects from values, Yates's contrasts over 2^(k-1)."""
    matrix = np.array([[1.0]])
    for _ in range(size):
        matrix = np.block([[matrix, matrix], [-matrix, matrix]])
    return np.asarray(matrix / 2 ** (size - 1))


def _effects(fit: LadderFit, parts: tuple[Part, ...]) -> tuple[LatticeEffect, ...]:
    within = [
        tuple(part for bit, part in enumerate(parts) if mask >> bit & 1)
        for mask in range(2 ** len(parts))
    ]
    arms = np.array([fit.experiment.stack(some) for some in within], np.intp)
    endless = np.array([fit.at_end(int(arm)) for arm in arms])
    subsets = [tuple(map(fit.experiment.piece, some)) for some in within]
    point = fit.point.shifts[0, arms]
    in_predictor, in_ceg = fit.total.shifts[:, arms], fit.across[:, arms]
    size = len(parts)
    kinds: tuple[tuple[str, Array, list[tuple[str, ...]]], ...] = (
        ("factorial", factorial_matrix(size)[1:], subsets[1:]),
        ("moebius", moebius_matrix(size)[1:], subsets[1:]),
        ("shapley", shapley_matrix(size), [(fit.experiment.piece(part),) for part in parts]),
    )
    return tuple(
        effect
        for kind, matrix, names in kinds
        for effect in _of_kind(
            fit=fit,
            kind=kind,
            names=names,
            endless=(matrix[:, endless] != 0).any(axis=1),
            point=matrix @ point,
            in_predictor=in_predictor @ matrix.T,
            in_ceg=in_ceg @ matrix.T,
        )
    )


def _of_kind(
    *,
    fit: LadderFit,
    kind: str,
    names: list[tuple[str, ...]],
    endless: NDArray[np.bool_],
    point: Array,
    in_predictor: Array,
    in_ceg: Array,
) -> list[LatticeEffect]:
    none = refused(AT_END)
    raw = [1.0 if endless[i] else two_sided(in_predictor[:, i]) for i in range(len(names))]
    adjusted = multipletests(raw, method="holm")[1]
    return [
        LatticeEffect(
            kind,
            ptes,
            none if endless[i] else percentile(float(point[i]), in_predictor[:, i]),
            none if endless[i] else ratio(fit, float(point[i]), in_ceg[:, i]),
            float(adjusted[i]),
        )
        for i, ptes in enumerate(names)
    ]
