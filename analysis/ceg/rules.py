"""Lifland et al.'s two short cuts to a CEG, where no ladder has been measured.

Both return log10 CEG. A CEG from two models is a soft lower bound: had a model with a little less
compute than the larger one done as well, the true CEG would be higher, and papers show the tasks
on which their method does best. Report it with that said (Davidson et al., Lifland et al.'s
footnote 3).
"""

from __future__ import annotations

from math import log10

from harness.errors import UserError


def log_linear_rule(gain: float, per_oom: float) -> float:
    """log10 CEG where the score is locally linear in log compute (Lifland et al.'s HotpotQA).

    Args:
        gain: points of score that the PTE adds.
        per_oom: points of score that ten times the training compute adds.

    Raises:
        UserError: the score does not rise with compute, so that no CEG exists.
    """
    if not per_oom > 0:
        raise UserError(f"the score must rise with compute: {per_oom:g} points an OOM gives no CEG")
    return gain / per_oom


def discrete_rule(gain: float, between: float, compute_ratio: float) -> float:
    """log10 CEG from two models of one family (Lifland et al.'s majority voting).

    The share of the way to the larger model that the PTE goes, as an exponent on the ratio of
    training compute: 7 ^ (9/25) for 9 points of the 25 between two models 7 times apart. A soft
    lower bound once the PTE goes the whole way; between the two it takes the score as linear in
    log compute.

    Args:
        gain: points of score that the PTE adds to the smaller model.
        between: points of score between the smaller and the larger model.
        compute_ratio: training compute of the larger over that of the smaller model.

    Raises:
        UserError: the larger model is not better, or not larger.
    """
    if not compute_ratio > 1:
        raise UserError(f"the larger model must have more compute: a ratio of {compute_ratio:g}")
    return log_linear_rule(gain, between / log10(compute_ratio))
