"""What a rehearsal asks of a PTE: words that a model would plausibly say at its steps.

A plan prices a stack by running it against an engine without weights. What that engine says by
itself drives most stacks: words up to the expected length, answers after the cue, calls as the
prompt shows them. Where a PTE's way depends on words of another form (assertions, a decomposition),
it says here what these are.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.contracts.benchmark import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRequest:
    """A completion that a rehearsal is asked for."""

    role: str
    """Who is asked to speak: `solve`, or a role of a PTE's own."""
    prompt: str
    """Everything that the model would be shown, with what it has said so far in this attempt."""
    max_tokens: int
    """The completion's token limit."""
    stop: tuple[str, ...]
    """The strings that it ends before."""
    number: int
    """Another one for another draw, from 0 to 8999, to say something else each time."""
    fails: bool
    """Whether nothing that the model says works: no test holds, no judge says yes, no two answers
    agree. Otherwise everything works at once."""
    full: bool
    """Whether the worst is rehearsed: all that may be said is said, and runs to its limit."""
    task: Task


@dataclass(frozen=True, slots=True)
class RehearsalReply:
    """What is said: plain words of the length that is rehearsed stand between the two parts."""

    opens: str = ""
    """What the reply begins with."""
    ends: str = ""
    """What it ends with."""
