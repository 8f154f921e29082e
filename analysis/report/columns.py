"""What the columns of the tables mean, and how estimates become columns."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np
import pandas as pd

from analysis.contracts.estimate import Estimate, EstimateStatus

Row = dict[str, Any]

DICTIONARY: dict[str, str] = {
    "experiment": "arms x rungs x items of one ladder on one benchmark",
    "benchmark": "benchmark",
    "task_type": "Lifland et al.'s task type",
    "model": "rung: a model of the ladder",
    "family": "model family",
    "stage": "training stage of the rung",
    "training_flop": "training compute of the rung, FLOP; blank where unknown",
    "parameters": "parameters of the rung",
    "on_curve": "whether the rung's compute may stand on a CEG curve",
    "compute_source": "where the training compute comes from",
    "arm": "stack of PTEs, by label",
    "over": "what the gain is over: the base that decodes greedily, or the sampled one; a "
    "selection is given over both, the reference first",
    "ptes": "the stack's PTEs, joined by +",
    "categories": "Lifland et al.'s category of each PTE",
    "score": "mean score over items and replicates, points (0-100); its interval is of this model "
    "(Wilson's, for right or wrong): it holds the items' noise and no luck in training",
    "n": "items behind a score",
    "cut_share": "share of attempts (candidates of pools each) that a token limit cut, and that "
    "count as wrong; over rungs the mean; blank where the records do not tell",
    "base_cut_share": "the same of the base's attempts",
    "score_if_cut_right": "score if all cut attempts were right, points: an upper bound",
    "cut_completion_share": "share of completions that ran into their limit, in all roles: "
    "rationales and steps too, and words after an answer",
    "unread_share": "share of attempts that ended by themselves without an answer that could be "
    "read, and that count as wrong",
    "strict_score": "score if only answers in the form that was asked for counted, points",
    "at_once_share": "of the answers that were read, the share without words before them; blank "
    "where answers follow a cue",
    "base_at_once_share": "the same of the base, on the rung where it is least",
    "ceg_if_cut_right": "CEG, as a multiple, if cut attempts of the arm (high) or of the base "
    "(low) were right",
    "points_if_cut_right": "gain in points if cut attempts of the arm (high) or of the base (low) "
    "were right",
    "flags": "cut: more than 3% of the attempts of the arm or of its base were cut on some rung; "
    "base reasons: below 90% of the base's answers came at once, where chain of thought is "
    "compared with it",
    "inference_multiple_net": "inference FLOP over the base's on the same problems, net of each "
    "attempt's own prefix (a prompt that n samples share counts once), which the definition and "
    "budgets are judged by; over rungs the geometric mean",
    "inference_multiple": "the same gross: every prompt token of every call counted; over "
    "rungs the geometric mean",
    "writeup_multiple": "Lifland et al.'s estimate of inference over the base's, as a range",
    "counting": "what Lifland et al.'s estimate counts, and why the measured one differs",
    "one_time_share": "one-time FLOP as a share of training FLOP; over rungs the largest",
    "definition": "inside or outside Lifland et al.'s definition of a PTE (one-time cost at most "
    "10% of "
    "training, inference at most 100 times the base, net)",
    "form": "shape of the base curve",
    "likelihood": "binomial, beta-binomial, or unweighted least squares",
    "chosen": "whether CEGs are read from this form",
    "parameter_count": "free parameters of the fit",
    "slope": "rise of the linear predictor per OOM of training compute",
    "midpoint_flop": "training FLOP where the linear predictor is 0",
    "floor": "score that the curve leaves from, points",
    "ceiling": "score that the curve rises to, points",
    "aicc": "Akaike's criterion with small-sample correction, rungs as observations; lower is "
    "better",
    "aicc_reason": "why there is no AICc",
    "loo": "leave-one-rung-out error, root mean square, points",
    "dispersion": "Pearson's chi2 over degrees of freedom: 1 where items explain the scatter",
    "log_likelihood": "at the fit, without terms of the data alone",
    "ceg": "compute-equivalent gain, as a multiple of training compute; inf is unbounded. It is "
    "the recipe's: the average over models trained as these were, with no one model's luck in it",
    "this_model_ceg": "the gain of this one trained model on this rung, as a multiple: items' "
    "noise and the slope's are in the interval, no other model's luck is",
    "new_run_ceg": "training compute of a base model trained anew that scores as much, as a "
    "multiple of the rung's; over the ladder of a new model with the stack against a new base "
    "model. The interval holds the luck of training runs",
    "new_run_reason": "why there is no gain against a new training run",
    "log10_ceg": "the same in log10: OOMs of training compute",
    "status": "what the estimate is: interpolated (the equivalent compute of at least half of the "
    "rungs lies on the ladder), right_censored, flat_ladder, refused ...",
    "reason": "why the status is what it is",
    "discrete_at_least": "CEG bound from base rungs alone: the base with that much more compute "
    "scores no better; by rung soft, over the ladder for all rungs together with their scatter; 0 "
    "is no bound",
    "discrete_at_most": "CEG bound from base rungs alone: the base with that much more compute "
    "scores no worse; likewise",
    "log_linear_ceg": "CEG if points were linear in log compute, as a multiple",
    "forms": "CEG over all forms of the curve, smallest (low) and largest (high), as a multiple",
    "parallelism_t": "Student's t of a trend of the arm's gain against compute, over the items' "
    "noise or the rungs' scatter, whichever is larger, with two degrees of freedom less than "
    "rungs; by the form of the curve under which it is least clear",
    "parallelism_p": "its two-sided p: where it is small one CEG over the ladder is rejected",
    "one_ceg": "rejected where that p is below .05: ceg is then a mean over the ladder's rungs, "
    "and the table by compute is to be read",
    "ceg_growth": "what log10 CEG grows by with every OOM of training compute, where one CEG is "
    "rejected",
    "ladder": "family of a ladder, with its training stage where that is not base; all ladders "
    "together count each benchmark once",
    "measure": "what is pooled: CEG, as a multiple (means are of its log), or points of score",
    "benchmark_count": "benchmarks that are pooled",
    "mean": "random-effects mean over benchmarks; its interval is of the average over benchmarks "
    "that there could be (Student's t, Hartung and Knapp)",
    "further": "95% prediction interval of the gain on a benchmark that was not measured",
    "between_benchmarks": "standard deviation of the benchmarks' true gains: a factor for CEG, "
    "else points",
    "heterogeneity": "share of the benchmarks' scatter that their noise does not explain (I "
    "squared), 0 to 1",
    "heterogeneity_p": "p of Cochran's test: how often benchmarks that do not differ would scatter "
    "as much",
    "benchmarks": "the benchmarks that are pooled",
    "not_pooled": "what was measured and is in no mean, with why: its status, or an interval more "
    "than ten times as wide as the median one",
    "models": "rungs of that compute; blank between rungs",
    "logits": "gain over the reference in the linear predictor: logits for the logistic form",
    "points": "gain over the reference in points of score (0-100), mean over common rungs; of the "
    "recipe, as logits and CEG are: the rungs' scatter is in the interval",
    "glm_ceg": "CEG by a generalised linear model of both arms (relative potency), as a multiple; "
    "its interval and p are scaled by the dispersion where that exceeds 1",
    "glm_set": "shape of its Fieller set: interval, half-line, complement or everything",
    "glm_parallelism_p": "two-sided p of the interaction of PTE and compute in that model",
    "glm_dispersion": "Pearson's chi2 over degrees of freedom of that model",
    "larger": "PTE of the pair with the larger gain, by point estimates",
    "smaller": "the other one",
    "verdict": "substitutes, independent or complements where the interval supports it",
    "exponent": "composability exponent c of the smaller: 1 where gains multiply, 0 where it adds "
    "nothing",
    "exponent_reason": "why there is no exponent",
    "interaction_logits": "gain of both less the sum of each, in the linear predictor",
    "interaction_factor": "CEG of both over the product of each: 1 where gains multiply",
    "ceg_smaller_on_larger": "CEG of the smaller on top of the larger, as a multiple",
    "ceg_larger_on_smaller": "CEG of the larger on top of the smaller, as a multiple",
    "p_holm": "two-sided bootstrap p of zero, Holm-adjusted over its kind within the experiment",
    "pte": "the PTE that is added",
    "context": "PTEs of the stack that it is added to",
    "lattice": "the set of PTEs all of whose subsets were measured",
    "kind": "factorial effect, Moebius coefficient or Shapley value",
    "effect_of": "the PTEs whose effect, coefficient or value it is",
    "m": "Lifland et al.'s M over categories: 1 where gains multiply",
    "stacks": "stacks that M was fitted to",
    "residual_logits": "root mean square of what M leaves of these stacks' gains, linear predictor",
    "left_out": "stacks over several categories that could not be used, and why",
    "predicted_stack": "a stack that was not run, of PTEs that were run alone",
    "pairs_apart": "pairs of its PTEs that were never run together: neither how they combine nor "
    "whether a stack may hold both was seen",
    "predicted_logits": "gain over the base in the linear predictor, predicted by the other "
    "stacks; its interval is of what measuring it would show",
    "held": "whether that interval holds what was measured",
    "added_logits": "the gains of the stack's PTEs alone, added up",
    "by_m_logits": "Lifland et al.'s total by one constant M, fitted to the other stacks; blank "
    "where there is no other, or a gain is below 0",
    "budget": "inference budget as a multiple of the base's FLOP",
    "among": "stacks within the budget that the best is the largest of",
    "best_ceg": "CEG of the best, as a multiple, corrected for having been chosen as the largest, "
    "with its interval: median-unbiased, but where three rungs leave the luck of arms open; ceg "
    "beside it is as measured, and reads too high",
    "best_logits": "its gain in the linear predictor, corrected likewise",
    "best_points": "its gain in points of score, corrected likewise",
    "deviation": "standard deviation of the estimate in all",
    "unit": "unit of the deviation",
    "items": "share of the variance that comes from the choice of items",
    "draws": "share that comes from sampled answers; blank where draws cannot be told apart",
    "between_rungs": "share that comes from models departing from curve and constant gain; blank "
    "with one rung",
    "severity": "note, warning, or refused: something asked for is not there",
    "subject": "what a finding is about",
    "message": "what a reader must know, and the mend",
}
"""Meaning of each column, with its unit, by the column's name. NAME_low and NAME_high are the 95%
interval of NAME."""


def meaning(column: str) -> str:
    """What a column holds, intervals' ends included.

    Raises:
        KeyError: nobody has written that down.
    """
    for end, which in (("_low", "lower"), ("_high", "upper")):
        if column.endswith(end):
            return f"{which} end: {DICTIONARY[column.removesuffix(end)]}"
    return DICTIONARY[column]


def multiple(log10: float) -> float:
    """A log10 CEG as a multiple of compute; inf beyond what a float holds."""
    with np.errstate(over="ignore"):
        return float(np.power(10.0, log10))


def plain(name: str, estimate: Estimate, scale: float = 1.0) -> Row:
    """An estimate and its interval as three columns; NaN where it was refused."""
    if estimate.status is EstimateStatus.REFUSED:
        return {name: nan, f"{name}_low": nan, f"{name}_high": nan}
    return {
        name: scale * estimate.point,
        f"{name}_low": scale * estimate.low,
        f"{name}_high": scale * estimate.high,
    }


def raised(name: str, estimate: Estimate) -> Row:
    """A log10 CEG as a multiple: an unbounded interval ends at 0 or at inf."""
    return {key: multiple(value) for key, value in plain(name, estimate).items()}


def between(name: str, low: float, high: float) -> Row:
    """A range of log10 CEGs as multiples."""
    return {f"{name}_low": multiple(low), f"{name}_high": multiple(high)}


def headed(frame: pd.DataFrame) -> pd.DataFrame:
    """A tidy table to be read: blanks in the heads."""
    return frame.rename(columns=lambda name: str(name).replace("_", " "))
