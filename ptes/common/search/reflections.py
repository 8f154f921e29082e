"""What a model says of its own failed attempt, and how it is shown to the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.contracts.attempt import Attempt
from harness.contracts.draw import Draw
from harness.contracts.program import FENCE, fenced
from harness.contracts.prompt import Prompt
from harness.contracts.sampling import Sampling
from ptes.common.judging.yes_probability import proposal
from ptes.common.shots import reflections as examples
from ptes.common.shots.shown import shown_with

ROLE = "reflect"
SAMPLING: Mapping[str, Sampling] = {ROLE: Sampling(0.7)}
TOKENS = 150
"""Token limit of a reflection."""
PROGRAM = "A program fails some of its tests. Find out why."
PROGRAM_QUESTION = (
    "In a few sentences, what is wrong with the program, and what should the next one do "
    "differently? Write no code."
)
ANSWER = "An attempt at a question has failed. Find out why."
ANSWER_QUESTION = (
    "In a few sentences, what is wrong with the attempt, and what should the next one do "
    "differently?"
)
ADVICE = "What to do differently:"


async def reflect(attempt: Attempt, report: str, draw: Draw) -> str:
    """What the model says of an attempt of its own that failed, given what was found."""
    reply = await draw.complete(draw.show(_prompt(attempt, report)), TOKENS, (FENCE,))
    return reply.text.strip()


def _prompt(attempt: Attempt, report: str) -> Prompt:
    if attempt.prompt.header:
        tested = (fenced(_program(attempt)), f"Test results:\n{report}")
        shots = shown_with(attempt, examples.PROGRAMS)
        return Prompt(PROGRAM_QUESTION, PROGRAM, role=ROLE, transcript=tested, demonstrations=shots)
    shown = (f"Question: {attempt.problem.question}", f"Attempt:\n{proposal(attempt)}", report)
    shots = shown_with(attempt, examples.ANSWERS)
    return Prompt(ANSWER_QUESTION, ANSWER, role=ROLE, transcript=shown, demonstrations=shots)


def notes(attempt: Attempt, report: str, lessons: Sequence[str]) -> tuple[str, ...]:
    """What the next attempt is shown of a failed one and of what was learnt so far.

    Of words only the answer is shown: a whole trajectory would fill the window.
    """
    said = _advice(lessons)
    if attempt.prompt.header:
        return (
            f"An earlier program, which is wrong:\n{fenced(_program(attempt))}",
            f"Its test results:\n{report}",
            *said,
        )
    return (f"An earlier answer: {attempt.answer or 'none'}. {report}", *said)


def replace_advice(noted: Sequence[str], lessons: Sequence[str]) -> tuple[str, ...]:
    """The notes of an attempt that goes on and has not failed itself, with what was learnt in place
    of what was learnt before."""
    kept = (note for note in noted if not note.startswith(ADVICE))
    return (*kept, *_advice(lessons))


def _advice(lessons: Sequence[str]) -> tuple[str, ...]:
    said = "\n".join(lesson for lesson in lessons if lesson)
    return (f"{ADVICE}\n{said}",)


def _program(attempt: Attempt) -> str:
    return attempt.answer or attempt.prompt.header
