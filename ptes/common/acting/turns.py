"""How steps follow one another: within one text, or each in a turn of its own.

A model that goes on with a text has its next step opened for it, and what an action came to
written in. One that answers in turns (readout `free`) says its step as it will, and is told what
came of it.
"""

from __future__ import annotations

from harness.contracts.attempt import Attempt
from harness.contracts.draw import Context, Draw
from harness.contracts.prompt import Prompt
from ptes.common.acting.actions import OBSERVATION


def step_context(prompt: Prompt, attempt: Attempt, lead: str, draw: Draw) -> Context:
    """The tokens after which the next step is written.

    Without tokens the prompt is shown, and what the attempt has said and seen so far after it.

    Args:
        prompt: what the policy shows, its own instructions included.
        attempt: under way.
        lead: how a step opens where one follows another in one text.
    """
    if not prompt.free:
        if attempt.context is not None:
            return draw.extend(attempt.context, lead)
        return draw.show(prompt, f"{attempt.response}{lead}")
    if attempt.context is not None:
        return attempt.context
    context = draw.show(prompt)
    for step in attempt.steps:
        said, _, seen = step.partition(f"\n{OBSERVATION}")
        context = draw.tell(draw.extend(context, said), f"{OBSERVATION}{seen}")
    return context


def observed(context: Context, seen: str, prompt: Prompt, draw: Draw) -> tuple[str, Context]:
    """What an action came to, as the attempt's text has it, and the tokens with it."""
    shown = f"{OBSERVATION} {seen.strip()}"
    if prompt.free:
        return f"\n{shown}", draw.tell(context, shown)
    return f"\n{shown}", draw.extend(context, f"\n{shown}")
