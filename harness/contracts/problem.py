"""What a solver may see of a benchmark's item, and the worked examples it may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.contracts.passage import Passage
from harness.identity import described_as


@described_as("exemplar")
@dataclass(frozen=True, slots=True)
class Exemplar:
    """A solved question that may be shown to the model; never from the split that is graded."""

    question: str
    """The question, written as the benchmark writes its own."""
    forms: Mapping[str, str]
    """The solution by name of form: `answer` (the bare answer, always there), `rationale` (the
    reasoning that leads to it, without the answer cue), `trajectory` (lines of thoughts and actions
    without observations, up to the action that gives the answer), `calls` (a rationale with calls
    of tools in it, without results). What a tool comes to is said by the tool of the stack, when
    its use is shown."""
    passages: tuple[Passage, ...] = ()
    """What a search in a trajectory finds; empty where it is the benchmark's own corpus."""

    @property
    def answer(self) -> str:
        return self.forms["answer"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One item as a solver sees it: no target, no hidden test (law 3)."""

    id: str
    """Unique within its benchmark and stable across loads, shards and limits."""
    question: str
    """The text of the question, options included where the readout shows them."""
    options: tuple[str, ...] = ()
    """The texts that a log-likelihood readout scores; empty where the answer is generated."""
    visible: Mapping[str, Any] = field(default_factory=dict)
    """Further material that a solver may legally use, by name (a signature, example tests)."""


@dataclass(frozen=True, slots=True)
class Item:
    """A problem with what its grader needs. Only the run holds items; solvers get `problem`."""

    problem: Problem
    target: Any
    chance: float = 0.0
    """Expected score of a guess: 1 / options where an option is chosen, however it is read, and 1 /
    answers where all answers are of a small known set."""
