"""How prompts of the readout `free` are written: the model answers in a turn of its own.

The last user turn holds the instruction, how to work, the form of the answer and the question. The
form is one line, the same in every arm; what an arm changes is the line before it: the base is told
to answer at once, chain of thought to reason first, and `plain` says neither. Solved examples come
before as turns; a trajectory is one turn a step, its observations being the user's.
"""

from __future__ import annotations

from harness.contracts.answer_form import answer_form
from harness.contracts.problem import Exemplar
from harness.contracts.program import fenced
from harness.contracts.prompt import Prompt
from harness.engines import program_text, words_text
from harness.engines.conversations import Message

DIRECT = "Answer at once, without any explanation."
"""How the base is told to work."""
DIRECT_PROGRAM = "Write the code alone, without any explanation."
SAID = ("Thought:", "Action:")
OBSERVED = "Observation:"
"""How the lines of a trajectory begin that the model says, and that it is shown."""


def turns(prompt: Prompt) -> list[Message]:
    """The conversation up to where the model's own turn begins."""
    shown = [turn for exemplar in prompt.exemplars for turn in _solved(exemplar, prompt)]
    question = fenced(prompt.question) if prompt.header else prompt.question
    last = [*prompt.notes, *prompt.transcript, _instruction(prompt), question]
    return [*shown, {"role": "user", "content": "\n\n".join(filter(None, last))}]


def _instruction(prompt: Prompt) -> str:
    return " ".join(filter(None, (prompt.instruction, _manner(prompt), answer_form(prompt))))


def _manner(prompt: Prompt) -> str:
    if prompt.reasoning is not None:
        return prompt.reasoning
    if not prompt.direct:
        return ""
    return DIRECT_PROGRAM if prompt.header else DIRECT


def _solved(exemplar: Exemplar, prompt: Prompt) -> list[Message]:
    """An exemplar's turns."""
    if prompt.header:
        question, reply = fenced(exemplar.question), program_text.solution(exemplar, prompt)
    else:
        question, reply = exemplar.question, words_text.solution(exemplar, prompt)
    said: list[Message] = [{"role": "user", "content": question}]
    role = "assistant"
    for part in _steps(reply) if prompt.form == "trajectory" else [reply]:
        said.append({"role": role, "content": part})
        role = "user" if role == "assistant" else "assistant"
    return said


def _steps(trajectory: str) -> list[str]:
    """A trajectory by turns: what was said, and what came of it, in turn."""
    turns: list[list[str]] = [[]]
    observed = False
    for line in trajectory.strip().splitlines():
        begins = line.startswith(OBSERVED) if not observed else line.startswith(SAID)
        if begins:
            turns.append([])
            observed = not observed
        turns[-1].append(line)
    return ["\n".join(lines) for lines in turns]
