"""What a stack is expected to cost a problem, and how the inference budget is allotted."""

from __future__ import annotations

from dataclasses import replace

from harness.contracts.benchmark import Readout, Task
from harness.contracts.estimate import Estimate, tokens_of
from harness.contracts.pte import Slot
from harness.models.spec import ModelSpec
from harness.stack import Stack

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
    """The stack on one problem, its PTEs taken in slot order."""
    total = replace(base_estimate(task), pool=stack.pool)
    for slot in Slot:
        for pte in stack.filling(slot):
            total = pte.estimate(total, task)
    return total


def allot(
    stack: Stack, task: Task, model: ModelSpec, cap: float | None
) -> tuple[Stack, str | None]:
    """The stack with its pool cut down to the inference budget, and a note where it was.

    `cap` is how many times the base's inference FLOP a stack may take; None is no cap.
    """
    if cap is None:
        return stack, None
    price = model.flop_per_token
    base = base_estimate(task).flop(price)
    asked = estimate(stack, task).flop(price) / base
    if asked <= cap:
        return stack, None
    pool = max(1, int(stack.pool * cap / asked))
    cut = Stack.of(pte.with_samples(pool) for pte in stack.ptes)
    left = estimate(cut, task).flop(price) / base
    over = f"{asked:.0f}x the base, the budget is {cap:g}x"
    if cut.pool == stack.pool:
        return stack, f"{over}: a pool of {stack.pool} cannot be cut"
    note = f"pool {stack.pool} -> {cut.pool}: {over}"
    return cut, note if left <= cap else f"{note}; {left:.0f}x are left"
