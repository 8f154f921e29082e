"""A judgement read from log-likelihoods: the probability of yes against no.

Models write the words in ways of their own, with a capital after a chat template, with a space
before it after plain text: all of them are counted. How much of the reply they are is in the
record.
"""

from __future__ import annotations

from harness.contracts.attempt import Attempt
from harness.contracts.draw import Draw
from harness.contracts.prompt import Prompt

_BEFORE = ("", " ")
YES = tuple(f"{before}{word}" for before in _BEFORE for word in ("yes", "Yes", "YES"))
NO = tuple(f"{before}{word}" for before in _BEFORE for word in ("no", "No", "NO"))
"""Ways in which a reply begins."""


async def yes_probability(prompt: Prompt, draw: Draw) -> float:
    """The probability that the prompt's role says yes to it rather than no."""
    judgement = await draw.judge(draw.show(prompt), YES, NO)
    return judgement.share


def proposal(attempt: Attempt) -> str:
    """What the attempt said; where an option was chosen by its likelihood, with that option."""
    if not attempt.options or attempt.answer is None:
        return attempt.response.strip()
    chosen = attempt.options[ord(attempt.answer) - ord("A")]
    return f"{attempt.response.strip()} {chosen.text.strip()}"
