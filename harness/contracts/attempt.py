"""What a solver makes of a problem, step by step, and the pool that selection chooses from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from harness.contracts.address import Address
from harness.contracts.draw import Context, OptionScore
from harness.contracts.problem import Problem
from harness.contracts.prompt import Prompt


class AttemptStatus(StrEnum):
    """How an attempt ended; `open` until it has."""

    OPEN = "open"
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    """The model finished and the benchmark's rule found no answer in its words: graded as wrong."""
    CUT = "cut"
    """The reply ran into its token limit before its end: graded as wrong, and counted apart, since
    it might have been right."""
    OVERFLOW = "overflow"
    """The prompt did not fit the sweep's context window: not graded, counted apart."""
    ERROR = "error"
    """The engine or our own code failed: not graded, counted apart, tried again on resume."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a problem, open or finished. It is immutable, so that a search may go on from any
    step; `dataclasses.replace` and `step` make the next one."""

    problem: Problem
    prompt: Prompt
    address: Address
    context: Context | None = None
    """Tokens so far; None until the first step shows the prompt."""
    response: str = ""
    """What the model has said, and what was written into its turn, cue included."""
    steps: tuple[str, ...] = ()
    """The text that each step added."""
    answer: str | None = None
    """The answer as extracted by the benchmark's one rule."""
    canonical: str | None = None
    """The answer in the form under which equal answers are equal strings."""
    strict: str | None = None
    """The answer where the reply keeps to the form that was asked for; None where it does not."""
    at_once: bool | None = None
    """Whether the answer was given without any words before it; None where that cannot be told,
    as after a cue."""
    finish: str = ""
    """How the last generation ended: `stop` or `length`."""
    cut: bool = False
    """Whether a token limit fell before the answer, or what it rests on, was whole."""
    status: AttemptStatus = AttemptStatus.OPEN
    options: tuple[OptionScore, ...] = ()
    """Scores of the problem's options, where the readout is log-likelihood."""
    state: Mapping[str, Any] = field(default_factory=dict)
    """What tools and policies remember of this attempt, by name; plain data, kept in the record."""
    search: Mapping[str, Any] | None = None
    """What a search explored on the way here (a tree), as plain data, for the record alone."""

    def step(self, text: str, context: Context) -> Attempt:
        """This attempt grown by one step."""
        return replace(
            self, response=self.response + text, context=context, steps=(*self.steps, text)
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finished attempt in the selection pool, with the weight that stages have given it."""

    attempt: Attempt
    weight: float = 1.0
    """A candidate of weight 0 is out; the heaviest is submitted, ties to the first by address."""
