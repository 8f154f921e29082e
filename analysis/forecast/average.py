"""The 'average task': one CEG from the CEGs on several kinds of task.

Lifland et al. weigh five kinds alike and by hand (footnote 4). Here the weights and the convention
are explicit, and what was not measured is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from harness.errors import UserError

Array = NDArray[np.float64]

TASK_TYPES = ("math", "coding", "qa", "commonsense", "aggregations")
"""Lifland et al.'s five; `aggregations` are benchmarks made of many."""

WRITEUP_WEIGHTS: Mapping[str, float] = {kind: 1 / len(TASK_TYPES) for kind in TASK_TYPES}


class AveragingConvention(StrEnum):
    """What the mean is taken of, and what a kind of task that was not measured counts as."""

    ARITHMETIC = "arithmetic"
    """Lifland et al.'s scaling: sum of weight x CEG. Not measured counts as 0, so that 20 on two
    kinds of five is 8; a CEG under 5 on one kind alone comes out below 1, which no PTE deserves."""
    GEOMETRIC = "geometric"
    """Sum of weight x log CEG. Not measured counts as no gain (CEG 1): 20 on two of five is 3.3."""
    GEOMETRIC_MEASURED = "geometric_measured"
    """Geometric mean over the kinds measured, their weights scaled to 1: not measured counts as the
    mean of those that were."""


@dataclass(frozen=True)
class AverageTask:
    """A CEG for the average task, and what went into it."""

    log_ceg: Array
    """log10 CEG, of the shape that was given."""
    weights: Mapping[str, float]
    """Weight of each kind of task, as used."""
    missing: tuple[str, ...]
    """Kinds with a weight that were not measured."""
    convention: AveragingConvention


def average_task(
    log_cegs: Mapping[str, Array | float],
    weights: Mapping[str, float] = WRITEUP_WEIGHTS,
    convention: AveragingConvention = AveragingConvention.ARITHMETIC,
) -> AverageTask:
    """CEG for the average task.

    Args:
        log_cegs: log10 CEG by kind of task, numbers or draws of one shape.
        weights: By kind of task, above 0; scaled to a sum of 1.
        convention: See `AveragingConvention`.

    Raises:
        UserError: no kind that was measured has a weight, or a weight is not above 0.
    """
    if any(not weight > 0 for weight in weights.values()):
        raise UserError(f"the weights of task types must be above 0: {dict(weights)}")
    used = [kind for kind in weights if kind in log_cegs]
    if not used:
        raise UserError(
            f"no task type measured ({', '.join(log_cegs) or 'none'}) has a weight: "
            f"{', '.join(weights)} have"
        )
    counted = used if convention is AveragingConvention.GEOMETRIC_MEASURED else list(weights)
    whole = sum(weights[kind] for kind in counted)
    shares = {kind: weights[kind] / whole for kind in counted}
    if convention is AveragingConvention.ARITHMETIC:
        log_ceg = np.log10(sum(shares[k] * 10 ** np.asarray(log_cegs[k], float) for k in used))
    else:
        log_ceg = np.asarray(sum(shares[k] * np.asarray(log_cegs[k], float) for k in used))
    return AverageTask(
        log_ceg=log_ceg,
        weights=shares,
        missing=tuple(kind for kind in weights if kind not in log_cegs),
        convention=convention,
    )
