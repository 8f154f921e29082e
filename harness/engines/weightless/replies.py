"""What a model might say: read off the prompt's form, the same for the same prompt and draw.

Whatever a prompt asks for is told by its own text: where it ends, how an answer is to be written,
which actions or calls are shown, which function stands open. Now and then the form is missed, as a
model's would be, so that the paths on which a PTE recovers are walked too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2b
from random import Random

from harness.contracts.answer_form import PROGRAM_FORM
from harness.engines.free_text import DIRECT, DIRECT_PROGRAM
from harness.engines.protocol import CompletionRequest
from harness.engines.weightless.answers import answer, asked, phrase
from harness.engines.weightless.programs import assertion, body, outline

MISSES = 0.06
"""Share of actions and answers whose form is missed."""
FINISHES = 0.35
"""Share of steps that end the work."""
CALLS = 0.5
"""Share of texts that open a call where calls are shown."""
SHORT = 64
"""Tokens below which there is room for an answer alone."""

TURN = "<assistant>\n"
"""What a conversation ends with where the model's turn begins."""

_BLOCK = re.compile(r"```python\n(.*?)\n```", re.DOTALL)
_FORMAT = re.compile(r"Write the answer like this: (?P<cue>[^<\n]+?) ?<(?P<form>[^>\n]*)>")
_OFFERED = re.compile(r"^(?P<name>\w+)\[(?P<example>.*)\]: ", re.MULTILINE)
_CALL = re.compile(r"^\[(?P<name>\w+)\((?P<example>.*)\)\]: ", re.MULTILINE)
_STEP = re.compile(r"(?:^|\s)(?P<label>[A-Z][a-z]+):\s*\Z")
"""A label that a step opens with, at the end of a prompt."""

Way = Callable[[str, Random, int], str | None]
"""What is said to a prompt, with so many tokens at most; None where it asks for something else."""


def plausible_reply(request: CompletionRequest, prompt: str) -> str:
    """What to say: the first way whose form the prompt has."""
    material = f"{prompt}|{request.tag.address}|{request.tag.step}|{request.sampling.temperature}"
    random = Random(blake2b(material.encode(), digest_size=8).digest())
    for way in WAYS:
        said = way(prompt, random, request.max_tokens)
        if said is not None:
            return said
    return _words(prompt, random)


def _act(prompt: str, random: Random, most: int) -> str | None:
    """An action that is offered, or the one that ends the work; `Thought:` opens with a thought."""
    step = _STEP.search(prompt)
    offered = list(_OFFERED.finditer(prompt))
    if not offered or not (step or prompt.endswith(TURN)):
        return None
    if step is None:  # a step in a turn of its own
        lead = "Thought: I look at what is known." if "Thought:" in prompt else "\n"
    else:
        lead = " I look at what is known." if step["label"] == "Thought" else ""
    if random.random() < MISSES:
        return f"{lead} I am not sure what to do."
    *tools, end = offered
    lead = f"{lead}\nAction:" if lead else lead
    if not tools or random.random() < FINISHES:
        return f"{lead} {end['name']}[{answer(prompt, end['example'], random)}]"
    tool = random.choice(tools)
    argument = tool["example"] if random.random() < 0.5 else phrase(prompt, random)
    return f"{lead} {tool['name']}[{argument}]"


def _call(prompt: str, random: Random, most: int) -> str | None:
    """A call within the text, as the prompt's manual shows them; left open, for the tool to end."""
    shown = list(_CALL.finditer(prompt))
    if not shown or random.random() >= CALLS:
        return None
    call = random.choice(shown)
    return f" [{call['name']}({call['example']})]"


def _answer(prompt: str, random: Random, most: int) -> str | None:
    """The answer right after its cue, or after a few words where there is room for them."""
    asks = list(_FORMAT.finditer(prompt))
    cue = asks[-1]["cue"].strip() if asks else "The answer is"
    if not asks and not prompt.rstrip().endswith(cue):
        return None
    said = answer(prompt, asks[-1]["form"] if asks else "", random)
    if random.random() < MISSES:
        return " not known."
    if most < SHORT or prompt.rstrip().endswith(cue):
        return f" {said}."
    if DIRECT in asked(prompt):
        return f"{cue} {said}."
    steps = f" First I look at {phrase(prompt, random)}. Then I work it out."
    return f"{steps} {cue} {said}." if random.random() < 0.8 else steps


def _whole_program(prompt: str, random: Random, most: int) -> str | None:
    """A function in a block of code, after a sentence where there may be one."""
    if PROGRAM_FORM not in prompt:
        return None
    *_, header = _BLOCK.findall(prompt) or [""]
    written = body(header, random)
    if written is None or random.random() < MISSES:
        return "It cannot be done."
    lead = "" if DIRECT_PROGRAM in prompt else f"It looks at {phrase(prompt, random)} first.\n"
    return f"{lead}```python\n{header}{written}```"


def _reasoned_program(prompt: str, random: Random, most: int) -> str | None:
    """Words on a function that was shown, up to where its code begins."""
    if "```python" not in asked(prompt) or "def " not in asked(prompt):
        return None
    return f" It looks at {phrase(prompt, random)} first.\n```python\n"


def _words(prompt: str, random: Random) -> str:
    """A sentence or two about what was asked."""
    first, second = phrase(prompt, random), phrase(prompt, random)
    return f" It is about {first}. Look at {second} once more."


def _assertion(prompt: str, random: Random, most: int) -> str | None:
    return assertion(prompt, random)


def _body(prompt: str, random: Random, most: int) -> str | None:
    return body(prompt, random)


def _outline(prompt: str, random: Random, most: int) -> str | None:
    return outline(prompt, random)


WAYS: tuple[Way, ...] = (
    *(_whole_program, _assertion, _body, _outline, _act, _call, _answer, _reasoned_program),
)
