"""Answers of a form that is told in words, made of what the question holds."""

from __future__ import annotations

import re
from random import Random

_OPENINGS = ("Question:", "<user>")
"""What stands before the question, in plain prompts and in conversations."""
_OPTION = re.compile(r"^\(([A-Z])\) ", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_]{4,}")


def asked(prompt: str) -> str:
    """The prompt from its last question on."""
    return prompt[max(0, *(prompt.rfind(opening) for opening in _OPENINGS)) :]


def answer(prompt: str, form: str, random: Random) -> str:
    """An answer of this form; few different ones to a question, so that votes can agree."""
    question, message = asked(prompt), form.casefold()
    if "yes or no" in message and random.random() < (1.0 if message == "yes or no" else 0.5):
        return random.choice(("yes", "no"))
    options = _OPTION.findall(question)
    if options or "letter" in message:
        letters: list[str] = sorted(set(options)) or list("ABCD")
        return f"({random.choice(letters)})"
    numbers: list[str] = _NUMBER.findall(question)
    if "expression" in message:
        return _expression(numbers or ["1", "2"], random)
    if "number" in message or (not message and numbers):
        return _number(numbers, random)
    return phrase(prompt, random)


def phrase(prompt: str, random: Random) -> str:
    """A word of the question, its names before others."""
    words: list[str] = _WORD.findall(asked(prompt))[:60]
    names = [word for word in words[1:] if word[0].isupper()]
    return random.choice(names or words or ["this"])


def _number(numbers: list[str], random: Random) -> str:
    """One of the question's numbers, or a sum, difference or product of two."""
    if len(numbers) < 2:
        return random.choice([*numbers, "1", "2"])
    one, other = (int(float(each)) for each in random.sample(numbers[:6], 2))
    return str(random.choice((one + other, abs(one - other), one * other, one)))


def _expression(numbers: list[str], random: Random) -> str:
    """The question's numbers, each once, joined by signs."""
    left, *rest = random.sample(numbers[:4], len(numbers[:4]))
    for each in rest:
        left = f"({left} {random.choice('+-*')} {each})"
    return left
