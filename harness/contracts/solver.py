"""Who makes attempts: policies add a step, solvers finish, stages choose among the finished."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Protocol

from harness.contracts.attempt import Attempt, Candidate
from harness.contracts.draw import Draw
from harness.contracts.problem import Problem


class Policy(Protocol):
    """What proposes the next step of an attempt. One object serves all attempts at once, so that
    what it remembers of one goes into `Attempt.state`."""

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        """The attempt with one more step; its status is no longer `open` when it is finished.

        Without a context the prompt is shown, and what the attempt has said so far opens the reply:
        so a search may edit the prompt of an attempt under way.
        """
        ...


class Solver(Protocol):
    """What brings a problem to one finished attempt: `start` opens it, `solve` finishes it. A
    search PTE wraps a solver in another."""

    @property
    def policy(self) -> Policy:
        """What proposes the steps, for a search that explores them one by one."""
        ...

    def start(self, problem: Problem, draw: Draw) -> Attempt:
        """An open attempt with its prompt, edited by the stack's prompt PTEs."""
        ...

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        """The attempt, finished."""
        ...


class StageKind(IntEnum):
    """The order of selection stages over the one pool."""

    FILTER = 1
    CLUSTER = 2
    WEIGHT = 3
    VOTE = 4
    PICK = 5
    """Breaks ties where a paper breaks them otherwise than by address."""


class Stage(Protocol):
    """One pass over the pool that gives every candidate a new weight."""

    @property
    def kind(self) -> StageKind: ...

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        """The candidates in the order given, reweighted."""
        ...


StopRule = Callable[[tuple[Attempt, ...]], bool]
"""Whether the attempts drawn so far, in address order, already settle what will be submitted."""
