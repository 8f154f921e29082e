"""How a written solution is put before a reward model, and where in it the model judges.

Plain, the question is asked as any prompt is (`Question: ... Answer:`) and the solution goes on
with it; under a chat template the question is the user's turn and the solution the assistant's. A
process model finds its tag after each step. The question is encoded by itself, so that all
solutions of a problem begin with the same tokens.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from harness.contracts.prompt import Prompt
from harness.engines.conversations import Message
from harness.engines.tokenizer import Tokenizer
from harness.engines.words_text import plain
from harness.errors import EngineError
from harness.models.reward_head import RewardHead


@dataclass(frozen=True, slots=True)
class JudgedText:
    """A solution as a reward model is shown it."""

    ids: array[int]
    at: array[int]
    """Places in `ids` at which it is judged."""
    question: int
    """Leading ids that the question takes, which all its solutions share."""
    shown: str
    """The question's text, for people."""


def judged_text(
    tokenizer: Tokenizer, chat: bool, head: RewardHead, prompt: Prompt, steps: Sequence[str]
) -> JudgedText:
    """The question of `prompt` with a solution in steps.

    Raises:
        EngineError: there is nothing to judge, or the tag is none of the tokenizer's.
    """
    if not any(step.strip() for step in steps):
        raise EngineError("there is no written solution to judge")
    before, after, shown = _question(tokenizer, chat, head, prompt)
    lead = "" if chat else " "
    ids = array("I", before)
    at: list[int] = []
    if head.kind == "outcome":
        ids += tokenizer.encode(f"{lead}{''.join(steps)}")
    else:
        tag = tokenizer.encode(head.step or "")
        if not tag:
            raise EngineError(f"the step tag {head.step!r} has no tokens in this model's tokenizer")
        for number, step in enumerate(steps, start=1):
            opening = head.opens.replace("{n}", str(number))
            before_it = lead if number == 1 else head.between
            ids += tokenizer.encode(f"{before_it}{opening}{_untagged(step, head)}")
            ids += tag
            at.append(len(ids) - 1)
    ids += after
    return JudgedText(ids, array("I", at or [len(ids) - 1]), len(before), shown)


def _question(
    tokenizer: Tokenizer, chat: bool, head: RewardHead, prompt: Prompt
) -> tuple[array[int], array[int], str]:
    """Ids before and after the solution, and the text before it."""
    end = tokenizer.encode(head.end) if head.end else array("I")
    if not chat:
        text = plain(prompt)
        if head.asked is not None:
            text = head.asked.replace("{question}", prompt.question)
        return tokenizer.encode(text, start=True), end, text
    turns: list[Message] = [{"role": "user", "content": prompt.question}]
    if head.system is not None:
        turns.insert(0, {"role": "system", "content": head.system})
    before, after = tokenizer.answered(turns)
    text = "\n".join(f"[{turn['role']}] {turn['content']}" for turn in turns)
    return before, end + after, text


def _untagged(step: str, head: RewardHead) -> str:
    """A step without tags of its own: one that a model wrote is not one to judge it at."""
    tag = (head.step or "").strip()
    return step.replace(tag, "") if tag else step
