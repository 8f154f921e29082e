"""What a whole reply says: the answer by the form that was asked for, or wherever else it stands.

It sees the reply alone: neither the arm nor the target.
"""

from __future__ import annotations

from harness.contracts.benchmark import Reading, Task
from harness.contracts.program import FunctionStub, ProgramReading
from harness.solvers.replies import after_cue, own_words

SOON = 3
"""Words before an answer in words that still count as an answer at once (`Sure, it is`)."""
SOON_PROGRAM = 20
"""Words before a program that still do: a sentence that says what comes."""


def read_answer(task: Task, text: str) -> tuple[str | None, str | None]:
    """The answer in the text after the cue, and its canonical form."""
    answer = task.extract(text)
    return answer, None if answer is None else task.canonical(answer)


def extracted(task: Task, text: str) -> str | None:
    """The answer in the text after the cue, as it is written there."""
    return task.extract(text)


def found_in_reply(task: Task, text: str) -> str | None:
    """The answer in a reply, as it is written there."""
    return _strict_and_any(task, own_words(text))[1]


def as_written(answer: str | None) -> str | None:
    """What stands for the canonical form of an answer that cannot be brought into one: its text
    without white space, so that it is equal to none but the same words."""
    return None if answer is None else "".join(answer.split())


def read_reply(task: Task, text: str, stub: FunctionStub | None = None) -> Reading:
    """Read a reply.

    Args:
        task: the benchmark's rules.
        text: what the model said in a turn of its own, after its thoughts.
        stub: the function that was asked for, where the answer is a program.
    """
    if stub is not None:
        return _read_whole_program(task, text, stub)
    own = own_words(text)
    strict, answer = _strict_and_any(task, own)
    canonical = None if answer is None else task.canonical(answer)
    return Reading(answer, canonical, strict, _words_before(own, task.cue, answer))


def _strict_and_any(task: Task, own: str) -> tuple[str | None, str | None]:
    """The answer in the form that was asked for, and the one in that form or in any other."""
    strict = task.extract(after_cue(own, task.cue))
    if strict is not None or task.lenient is None:
        return strict, strict
    return None, task.lenient(own)


def read_program(
    task: Task, text: str, stub: FunctionStub
) -> tuple[ProgramReading | None, str | None]:
    """The program in a text, and its canonical form.

    Args:
        task: the benchmark's rules.
        text: the function's header and what the model wrote after it, or a whole reply.
        stub: the function that was asked for.

    Raises:
        ValueError: the benchmark's answers are no programs.
    """
    if task.extract_program is None:
        raise ValueError(f"answers to {task.name} are no programs")
    reading = task.extract_program(text, stub)
    return reading, None if reading is None else task.canonical(reading.program)


def _read_whole_program(task: Task, text: str, stub: FunctionStub) -> Reading:
    """A reply that holds a program; it keeps to the form where that is a closed block of code."""
    reading, canonical = read_program(task, text, stub)
    if reading is None:
        return Reading(None, None, None, len(text.split()))
    strict = reading.program if reading.block else None
    return Reading(reading.program, canonical, strict, len(text[: reading.start].split()))


def answered_at_once(task: Task, reading: Reading) -> bool:
    """Whether an answer was given without reasoning before it, as far as the reply shows."""
    return reading.before <= (SOON if task.cue else SOON_PROGRAM)


def _words_before(text: str, cue: str, answer: str | None) -> int:
    """Words before the first cue, else before the answer; all words where neither is found."""
    place = text.casefold().find(cue.casefold())
    if place < 0 and answer is not None:
        place = text.find(answer)
    return len((text if place < 0 else text[:place]).split())
