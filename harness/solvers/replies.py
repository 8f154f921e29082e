"""What of a model's words is its answer: one rule for all arms and benchmarks."""

from __future__ import annotations

import re


def own_words(text: str) -> str:
    """A reply up to where the model invents another exercise or turn."""
    return text


def after_cue(text: str, cue: str) -> str:
    """What follows the last cue on its line, if it is a word or a number.

    The line is all that the base has for its answer, so a rationale gets no more. A model may
    correct itself, so the last cue counts; it may also run into its token limit while it repeats
    the cue, and has then said its answer after an earlier one.
    """
    said = [part.partition("\n")[0] for part in text.split(cue)[1:]]
    return next((line for line in reversed(said) if re.search(r"\w", line)), "")
