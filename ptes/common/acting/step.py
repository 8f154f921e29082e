"""One step as a model writes it: its words up to an action, and the tokens that they take."""

from __future__ import annotations

from dataclasses import dataclass

from harness.contracts.benchmark import FreeReply
from harness.contracts.draw import Context, Draw
from harness.solvers.free import said_aloud, think
from ptes.common.acting.actions import STOPS, Action, first_action


@dataclass(frozen=True, slots=True)
class ActingStep:
    """What was said in a step."""

    said: str
    """Text from the step's lead to the end of its action; what the model wrote beyond that is
    dropped, since there is one action a step."""
    context: Context
    """The tokens of the attempt so far, the step's own included."""
    action: Action | None
    """The action of the step; None where none can be read."""


async def write_step(
    before: Context, lead: str, tokens: int, draw: Draw, free: FreeReply | None
) -> ActingStep:
    """Have the model write a step after `lead`, which the context ends in.

    Args:
        before: the tokens so far.
        lead: how the step opens; empty where it is a turn of its own.
        tokens: limit of a step.
        draw: where it is drawn.
        free: limits of replies where steps are turns: the model may think first.
    """
    ended = None
    if free is not None:
        before, ended = await think(before, free, draw)
    reply = ended or await draw.complete(before, tokens, STOPS)
    text = reply.text if free is None else said_aloud(reply.text, before, free, draw)
    said = f"{lead}{text}"
    action = first_action(said)
    if text == reply.text and (action is None or action.end == len(said)):
        return ActingStep(said, reply.context, action)
    if action is None:
        return ActingStep(said, draw.extend(before, text), None)
    kept = said[: action.end]
    return ActingStep(kept, draw.extend(before, kept[len(lead) :]), action)
