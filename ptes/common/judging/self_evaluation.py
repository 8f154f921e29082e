"""How likely a model thinks its own work to be right: the value of a state (Zhou et al. 2024).

The paper has the model write a score after some words; here it is the probability of `yes`, which
any model gives for any text, and which needs no words.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.draw import Draw
from harness.contracts.program import fenced
from harness.contracts.prompt import Prompt
from harness.contracts.sampling import GREEDY, Sampling
from ptes.common.judging.yes_probability import proposal, yes_probability
from ptes.common.shots import judgements
from ptes.common.shots.shown import shown_with

ROLE = "value"
SAMPLING: Mapping[str, Sampling] = {ROLE: GREEDY}
"""The judgement of this role is read from log-likelihoods, which sampling does not touch."""
INSTRUCTION = "Check the work on the problem."
FINISHED = "Is the answer that this work comes to right? Reply yes or no."
OPEN = "Is this unfinished work on the way to the right answer? Reply yes or no."


async def self_evaluation(attempt: Attempt, results: str, draw: Draw) -> float:
    """The model's own probability that its work is right, or will be.

    Args:
        results: what tests said of it, which it is shown; empty where there are none.
    """
    is_open = attempt.status is AttemptStatus.OPEN
    code = attempt.answer if attempt.prompt.header else None
    parts = [
        f"Problem: {attempt.problem.question}",
        f"Work:\n{fenced(code) if code else proposal(attempt)}",
        *([f"Test results:\n{results}"] if results else []),
    ]
    shots = judgements.OPEN if is_open else judgements.FINISHED
    if code and not is_open:
        shots = judgements.PROGRAMS
    prompt = Prompt(
        role=ROLE,
        instruction=INSTRUCTION,
        question=OPEN if is_open else FINISHED,
        transcript=tuple(parts),
        demonstrations=shown_with(attempt, shots),
    )
    return await yes_probability(prompt, draw)
