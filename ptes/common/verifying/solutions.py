"""A finished attempt as a verifier is shown it, and as whoever trains one should show it.

The question is put bare, without the exemplars, notes and orders that the solver had: what is
judged is the solution. Words are what the model said after its thoughts; of a program, the code.
"""

from __future__ import annotations

import re

from harness.contracts.attempt import Attempt
from harness.contracts.draw import Draw
from harness.contracts.program import fenced
from harness.contracts.prompt import SOLVE, Prompt
from harness.contracts.thoughts import after_thoughts
from ptes.common.judging.yes_probability import proposal

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)")


def question_of(attempt: Attempt, role: str) -> Prompt:
    """The attempt's question, put to a verifier in its role."""
    asked = attempt.problem.question
    return Prompt(fenced(asked) if attempt.prompt.header else asked, role=role)


def solution_of(attempt: Attempt, draw: Draw) -> str:
    """What the attempt wrote; empty where that is nothing."""
    if attempt.prompt.header and attempt.answer is not None:
        return fenced(attempt.answer)
    said = proposal(attempt)
    reply = after_thoughts(said, draw.thoughts(SOLVE)) if attempt.prompt.free else said
    return (reply or "").strip()


def steps_of(solution: str) -> tuple[str, ...]:
    """The steps of a solution: its paragraphs; where it has one, its lines; else its sentences."""
    for cut in (re.split(r"\n\s*\n", solution), solution.splitlines(), _SENTENCE.split(solution)):
        steps = tuple(step.strip() for step in cut if step.strip())
        if len(steps) > 1:
            return steps
    return steps
