"""One curve, and where arms stand above it, in thousands of replicates at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.curves.fitted import Curves
from analysis.curves.form import LINEAR, Form
from analysis.curves.joint import TINY, chunks, fit_joint

__all__ = ["MOST", "fit_many", "shift_many"]

Array = NDArray[np.float64]

MOST = 15.0
"""Largest shift of a predictor that a fit returns: an arm at floor or ceiling has no finite one."""


def fit_many(form: Form, x: Array, scores: Array, counts: Array, chance: float) -> Curves:
    """Fit a curve to each row of scores: a ladder of one arm.

    Args:
        form: the curve's shape.
        x: [rung], log10(FLOP / 1e21).
        scores: [replicate, rung], in [0, 1].
        counts: [rung], items behind each score.
        chance: expected score of a guess.
    """
    return fit_joint(form, x, scores[:, None], counts[None], chance=chance, base=0)


def shift_many(curves: Curves, predictors: Array, scores: Array, counts: Array) -> Array:
    """How far each arm stands above given predictors, one number over all its rungs.

    The maximum likelihood estimate of d in score = curve(predictor + d), [replicate, arm]; at most
    `MOST` either way, which an arm at floor or ceiling everywhere reaches.

    Args:
        curves: form, floor and ceiling of each replicate.
        predictors: [replicate, rung] of the reference, from the base's curve or its own scores.
        scores: [replicate, arm, rung]; NaN where an arm was not run.
        counts: [arm, rung], items behind each score; ignored where the score is NaN.
    """
    form = curves.form
    floor, height = (each[:, None, None] for each in (curves.floor, curves.ceiling - curves.floor))
    there = ~np.isnan(scores)
    weight = np.where(there[:1], counts, 0.0)
    if form is LINEAR:  # a line is not held to [0, 1]: its shift is a mean
        off = np.where(there, (scores - floor) / height - predictors[:, None, :], 0.0)
        shift = (weight * off).sum(axis=2) / np.maximum(weight.sum(axis=2), TINY)
        return np.asarray(np.where(there.any(axis=2), shift, np.nan))
    seen = np.where(there, scores, 0.0)
    parts = [
        _shifted(form, (floor[rows], height[rows]), predictors[rows], seen[rows], weight)
        for rows in chunks(len(scores))
    ]
    return np.where(there.any(axis=2), np.concatenate(parts), np.nan)


def _shifted(
    form: Form, ends: tuple[Array, Array], predictors: Array, scores: Array, weight: Array
) -> Array:
    """`shift_many` of a few replicates; `ends` are their floors and heights."""
    floor, height = ends
    shift = np.zeros(scores.shape[:2])
    for _ in range(60):
        eta = np.clip(predictors[:, None, :] + shift[:, :, None], -35, 35)
        mean = np.clip(floor + height * form.rise(eta), TINY, 1 - TINY)
        steep = height * form.derivative(eta)
        share = weight * steep / (mean * (1 - mean))
        gradient = (share * (scores - mean)).sum(axis=2)
        information = (share * steep).sum(axis=2) + TINY
        step = np.clip(gradient / information, -1.0, 1.0)
        new = np.clip(shift + step, -MOST, MOST)
        moved = float(np.max(np.abs(new - shift), initial=0.0))
        shift = new
        if moved < 1e-7:
            break
    return np.asarray(shift)
