"""Which arms a sweep runs with greedy decoding, beside the sampled ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from harness.contracts.benchmark import Task
from harness.models.spec import ModelSpec
from harness.stack import Stack

GreedyArms = Literal["all", "base", "none"]
"""`all`: every stack that does not live by sampling; `base`: the base alone; `none`."""


def decodings(stack: Stack, greedy: GreedyArms, sampled: bool) -> tuple[bool, ...]:
    """Whether each arm of a stack decodes greedily by its label: the sweep's own arm first.

    Args:
        stack: the stack.
        greedy: which stacks are to have an arm that decodes greedily.
        sampled: whether the sweep samples, and its models may decode greedily; where not, there is
            one decoding.
    """
    wanted = greedy == "all" or (greedy == "base" and not stack.ptes)
    return (False, True) if sampled and wanted and not stack.needs_sampling else (False,)


def must_sample(task: Task, models: Iterable[ModelSpec]) -> str | None:
    """Why nothing is decoded greedily on a benchmark, or None where it may be.

    All rungs of a benchmark have the same arms, so one model that must sample decides for all.
    """
    if task.free is not None and task.free.thinking_tokens is not None:
        return "its models think before they answer, and thoughts are sampled"
    named = dict.fromkeys(model.name for model in models if model.needs_sampling)
    return f"{', '.join(named)} must sample (needs_sampling)" if named else None
