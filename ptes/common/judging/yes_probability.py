"""A judgement read from log-likelihoods: the probability of `yes` against `no`."""

from __future__ import annotations

from scipy.special import expit

from harness.contracts.attempt import Attempt
from harness.contracts.draw import Draw
from harness.contracts.prompt import Prompt

VERDICTS = (" yes", " no")


async def yes_probability(prompt: Prompt, draw: Draw) -> float:
    """The probability that the prompt's role says yes to it rather than no."""
    yes, no = await draw.score(draw.show(prompt), VERDICTS)
    return float(expit(yes.logprob - no.logprob))


def proposal(attempt: Attempt) -> str:
    """What the attempt said; where an option was chosen by its likelihood, with that option."""
    if not attempt.options or attempt.answer is None:
        return attempt.response.strip()
    chosen = attempt.options[ord(attempt.answer) - ord("A")]
    return f"{attempt.response.strip()} {chosen.text.strip()}"
