"""What a stack is expected to cost a problem, and how the inference budget is allotted."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

from harness.contracts.benchmark import Readout, Task
from harness.contracts.estimate import Estimate, tokens_of
from harness.models.spec import ModelSpec
from harness.stack import Stack, parameters

OPTIONS = 4
"""Options that a log-likelihood readout scores."""
FRAME = 40
"""Tokens that rendering adds: a chat template's turns, or labels."""


def base_estimate(task: Task) -> Estimate:
    """The base run on one problem."""
    shown = FRAME + task.question_tokens + tokens_of(task.instruction + task.cue)
    options = OPTIONS if task.readout is Readout.LOGLIKELIHOOD else 0
    return Estimate(shown=shown, answer=task.answer_tokens, options=options)


def estimate(stack: Stack, task: Task) -> Estimate:
    """The stack on one problem, each of its PTEs once, in canonical order."""
    total = replace(base_estimate(task), pool=stack.pool)
    for pte in stack.ptes:
        total = pte.estimate(total, task)
    return total


def allot(
    stack: Stack, task: Task, model: ModelSpec, cap: float | None
) -> tuple[Stack, str | None]:
    """The stack with its pool and its PTEs' trials cut to the inference budget, and a note if so.

    `cap` is how many times the base's inference FLOP a stack may take; None is no cap. Pool and
    trials multiply, so each is cut by the same root of what has to go; the pool then takes what
    rounding has left.
    """

    def times(of: Stack) -> float:
        return multiple(estimate(of, task), model, base_estimate(task), model)

    if cap is None or (asked := times(stack)) <= cap:
        return stack, None
    share = (cap / asked) ** (1 / max(1, _factors(stack)))
    fewer = Stack.of(pte.with_share(share) for pte in stack.ptes)
    pool = max(1, int(fewer.pool * cap / max(cap, times(fewer))))
    cut = Stack.of(pte.with_samples(pool) for pte in fewer.ptes)
    over = f"{asked:.0f}x the base, the budget is {cap:g}x"
    changes = [f"pool {stack.pool} -> {cut.pool}"] if cut.pool != stack.pool else []
    changes += _changes(stack, fewer)
    if not changes:
        return stack, f"{over}: a pool of {stack.pool} cannot be cut"
    note, left = f"{', '.join(changes)}: {over}", times(cut)
    return cut, note if left <= cap else f"{note}; {left:.0f}x are left"


def multiple(cost: Estimate, speaker: ModelSpec, base: Estimate, model: ModelSpec) -> float:
    """How many times the base's inference FLOP a stack takes; tokens where a size is not known."""
    ours, theirs = cost.flop(speaker.flop_per_token), base.flop(model.flop_per_token)
    return cost.tokens / base.tokens if isnan(ours + theirs) else ours / theirs


def _factors(stack: Stack) -> int:
    """How many of the numbers that can be cut multiply one another."""
    return (stack.pool > 1) + sum(pte.with_share(0.0) != pte for pte in stack.ptes)


def _changes(before: Stack, after: Stack) -> list[str]:
    """Parameters that were cut, as `pte.name old -> new`."""
    return [
        f"{one.name}.{name} {value} -> {parameters(other)[name]}"
        for one, other in zip(before.ptes, after.ptes, strict=True)
        for name, value in parameters(one).items()
        if parameters(other)[name] != value
    ]
