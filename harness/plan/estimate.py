"""What a stack is expected to cost a problem, and how the inference budget is allotted."""

from __future__ import annotations

from dataclasses import replace

from harness.contracts.benchmark import Readout, Task
from harness.contracts.estimate import Estimate, tokens_of
from harness.contracts.pte import Slot
from harness.stack import Stack

OPTIONS = 4
"""Options that a log-likelihood readout scores, for estimates."""


def base_estimate(task: Task) -> Estimate:
    """Upper bound of the base run on one problem."""
    prompt = task.question_tokens + tokens_of(task.instruction + task.cue)
    if task.readout is Readout.LOGLIKELIHOOD:
        return Estimate(OPTIONS, prompt * OPTIONS, 0.0)
    return Estimate(1, prompt, task.answer_tokens)


def estimate(stack: Stack, task: Task) -> Estimate:
    """Upper bound of the stack on one problem: one attempt, its search, then the pool."""
    total = base_estimate(task)
    for slot in (Slot.PROMPT, Slot.TOOLS, Slot.POLICY, Slot.SEARCH):
        for pte in stack.filling(slot):
            total = pte.estimate(total, task)
    single = total
    for pte in stack.filling(Slot.SELECTION):
        single = pte.estimate(single, task)
    return replace(single.times(stack.pool), pool=stack.pool)


def allot(stack: Stack, task: Task, base: Estimate, cap: float | None) -> tuple[Stack, str | None]:
    """The stack with its pool cut down to the inference budget, and a note where it was.

    `cap` is how many times the base's tokens a stack may take; None is no cap.
    """
    if cap is None or stack.pool == 1:
        return stack, None
    asked = estimate(stack, task).tokens / base.tokens
    if asked <= cap:
        return stack, None
    pool = max(1, int(stack.pool * cap / asked))
    cut = Stack.of(pte.with_samples(pool) for pte in stack.ptes)
    note = f"pool {stack.pool} -> {cut.pool}: {asked:.0f}x the base, the budget is {cap:g}x"
    return cut, note
