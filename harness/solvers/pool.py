"""Selection: draw the pool once, let the stages reweight it, submit the heaviest candidate."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from harness.contracts.attempt import Attempt, AttemptStatus, Candidate
from harness.contracts.draw import Draw
from harness.contracts.problem import Problem
from harness.contracts.solver import Solver, Stage, StopRule
from harness.errors import EngineError, OverflowedError


@dataclass(frozen=True)
class SelectionResult:
    """What was submitted, and the pool that it was chosen from."""

    submitted: Attempt
    pool: tuple[Candidate, ...]


@dataclass(frozen=True)
class SelectionPool:
    """Draws `size` finished attempts and selects one.

    A pool of one without stages is the base run. Candidates differ in the `selection` index alone,
    so five votes are a prefix of forty and the first vote is the base answer.
    """

    solver: Solver
    size: int = 1
    stages: tuple[tuple[str, Stage], ...] = ()
    """Stages with the PTE that each belongs to, sorted by kind."""
    stop: tuple[str, StopRule] | None = None

    async def run(self, problem: Problem, draw: Draw) -> SelectionResult:
        """Solve a problem: the outcome holds the submitted attempt and every candidate."""
        attempts = await self._draw(problem, draw)
        pool = tuple(Candidate(attempt, float(_usable(attempt))) for attempt in attempts)
        for name, stage in self.stages:
            draw.invoked(name)
            pool = await stage(pool, draw)
        return SelectionResult(submit(pool), pool)

    async def _draw(self, problem: Problem, draw: Draw) -> tuple[Attempt, ...]:
        if self.size == 1 and self.stop is None:  # most stacks: no task of its own is needed
            return (await self._one(problem, draw),)
        if self.stop is None:
            draws = [draw.at("selection", n) for n in range(self.size)]
            return tuple(await asyncio.gather(*(self._one(problem, each) for each in draws)))
        name, settled = self.stop
        draw.invoked(name)
        attempts: tuple[Attempt, ...] = ()
        for n in range(self.size):  # in address order, one by one: the rule looks at each prefix
            attempts = (*attempts, await self._one(problem, draw.at("selection", n)))
            if settled(attempts):
                break
        return attempts

    async def _one(self, problem: Problem, draw: Draw) -> Attempt:
        """A finished attempt; in a pool, a failed candidate is out and the others go on."""
        attempt = self.solver.start(problem, draw)
        try:
            return await self.solver.solve(attempt, draw)
        except OverflowedError as error:
            return replace(attempt, status=AttemptStatus.OVERFLOW, response=str(error))
        except EngineError as error:
            return replace(attempt, status=AttemptStatus.ERROR, response=str(error))


def submit(pool: tuple[Candidate, ...]) -> Attempt:
    """The heaviest candidate, ties to the first by address.

    Where no candidate has an answer, one that finished goes before one that failed: the pool's
    attempt then counts as wrong, not as failed.
    """
    return max(pool, key=lambda c: (c.weight, not _failed(c.attempt))).attempt


def _usable(attempt: Attempt) -> bool:
    return attempt.status is AttemptStatus.ANSWERED


def _failed(attempt: Attempt) -> bool:
    return attempt.status in (AttemptStatus.OVERFLOW, AttemptStatus.ERROR)
