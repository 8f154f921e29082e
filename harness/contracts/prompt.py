"""A prompt by its parts; `harness.engines.rendering` makes text of it, once."""

from __future__ import annotations

from dataclasses import dataclass

from harness.contracts.problem import Exemplar

SOLVE = "solve"
"""The role of prompts that ask for an answer; the only role that prompt PTEs touch."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A role's work on something else, shown before its own and under the same question."""

    transcript: tuple[str, ...]
    """What the role was shown, as `Prompt.transcript`."""
    reply: str
    """What was rightly said."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is to be shown, by part. Prompt PTEs edit fields, never strings."""

    question: str
    instruction: str = ""
    role: str = SOLVE
    """Who is asked to speak: `solve`, or a role of its own such as `judge` or `reflect`."""
    exemplars: tuple[Exemplar, ...] = ()
    form: str = "answer"
    """Which form of each exemplar is shown (see `Exemplar.forms`)."""
    reasoning: str | None = None
    """How the model is asked to reason before it answers; None asks for the answer at once."""
    free: bool = False
    """Whether the model answers in a turn of its own; nothing then opens its reply."""
    direct: bool = True
    """Whether a model that answers in a turn of its own is told to answer at once, where it is not
    asked to reason."""
    opening: str = ""
    """Words that the reply begins with where the model is asked to reason (`Let's think ...`)."""
    answer_format: str = ""
    """What an answer looks like, in words (`a number`)."""
    cue: str = ""
    """The words that come right before an answer; empty where nothing is to be extracted."""
    notes: tuple[str, ...] = ()
    """Material put before the question: retrieved passages, reflections on earlier attempts."""
    header: str = ""
    """Code of the function that is asked for; empty where words are. The reply continues it word
    for word, or where the model answers in a turn of its own writes the function as a whole. The
    question is then code as well, and exemplars are a header and a body."""
    transcript: tuple[str, ...] = ()
    """What has been said so far, where a role is shown somebody else's attempt."""
    demonstrations: tuple[Demonstration, ...] = ()
    """Work of the role's on other attempts; for roles of a PTE's own that are asked for words."""
