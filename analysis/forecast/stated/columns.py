"""What a row of a user's table may say, in words: text alone, so that the help loads nothing."""

from __future__ import annotations

from collections.abc import Mapping

COLUMNS: Mapping[str, str] = {
    "key": "name of the PTE, unique; that of a row of the write-up changes this row",
    "name": "its name in tables and plots (default: the key)",
    "category": "tools, prompting, scaffolding, solution_choice, data, or one of your own",
    "date": "month from which it is there, such as 2024-06",
    "drop": "true leaves the row out",
    "ceg": "CEG for the average task",
    "low": "5% point of the CEG; with high, and the CEG itself their geometric mean if not given",
    "high": "95% point of the CEG",
    "point": "true: the CEG is that number, without a spread",
    "tasks": "by task type its CEG, or the figures of a rule, or a list of these: log10 averaged "
    "by --weights; a type not named counts as CEG 1",
    "ceg_rule": "how the CEG follows from the source: see below",
    "gain": "points that the PTE adds (log_linear, discrete)",
    "per_oom": "points that ten times the training compute adds (log_linear)",
    "between": "points between the smaller and the larger model (discrete)",
    "ratio": "training compute of the larger over that of the smaller model (discrete)",
    "base_score": "pass@1 of the base on HumanEval, in points (humaneval)",
    "score": "pass@1 with the PTE, in points (humaneval)",
    "exponent": "running total = larger x smaller ^ exponent, 0 to 2",
    "exponents": "by PTE of the category: total = CEG x product of CEG ^ exponent over these",
    "includes": "PTE whose CEG is inside this one: total x own CEG / its CEG",
    "counted": "false keeps the row out of the totals",
    "requires": "PTEs of the category without which it cannot be used",
    "inference": "inference as a multiple of the base's, one number or low and high",
    "one_time": "one-time cost as a share of training compute, one number or low and high",
    "shrink": "factor on log10 CEG of this row, in place of --shrink",
    "source": "what the figures are cited from: paper and table",
    "note": "anything else",
}
"""What a row may say, and what it means."""

CEG_RULES: Mapping[str, str] = {
    "stated": "the source prints the CEG (ceg, or low and high)",
    "judgement": "ours, from the source; the note says why",
    "tasks": "by task type, averaged by --weights (tasks)",
    "log_linear": "10 ^ (gain / per_oom)",
    "discrete": "ratio ^ (gain / between): two models without the PTE; a soft lower bound",
    "humaneval": "through the write-up's HumanEval sigmoid",
}
"""How a CEG may follow from its source, and what it means."""
