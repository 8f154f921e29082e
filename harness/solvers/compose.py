"""From a stack to something that solves problems: each slot's PTEs, nested in canonical order."""

from __future__ import annotations

from dataclasses import dataclass

from harness.contracts.attempt import Attempt
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Draw
from harness.contracts.problem import Problem
from harness.contracts.pte import Slot
from harness.contracts.solver import Policy, Solver
from harness.solvers.direct import DirectPolicy
from harness.solvers.free import FreePolicy
from harness.solvers.pool import SelectionPool
from harness.solvers.programs import ProgramPolicy
from harness.solvers.rollout import Rollout
from harness.stack import Stack


def compose(stack: Stack, task: Task) -> SelectionPool:
    """Build the stack: selection( search( policy( prompt ) ) )."""
    offering = stack.filling(Slot.TOOLS)
    tools = tuple(tool for pte in offering for tool in pte.tools(task))
    policy = _answering(task)
    for pte in stack.filling(Slot.POLICY):
        names = (pte.name, *(each.name for each in offering if pte.calls_tools))
        policy = _NotedPolicy(names, pte.policy(policy, task, tools))
    solver: Solver = Rollout(task, policy, stack.filling(Slot.PROMPT))
    for pte in stack.filling(Slot.SEARCH):
        solver = _NotedSolver(pte.name, pte.search(solver, task))
    selecting = stack.filling(Slot.SELECTION)
    stages = [(pte.name, stage) for pte in selecting for stage in pte.stages(task)]
    stops = [(pte.name, rule) for pte in selecting if (rule := pte.stop_rule())]
    return SelectionPool(
        solver,
        stack.pool,
        tuple(sorted(stages, key=lambda pair: pair[1].kind)),
        stops[0] if stops else None,
    )


def _answering(task: Task) -> Policy:
    """What asks for an answer in every arm: the benchmark's readout."""
    if task.free is not None:
        return FreePolicy(task, task.free)
    return ProgramPolicy(task) if task.kind is AnswerKind.PROGRAM else DirectPolicy(task)


@dataclass(frozen=True)
class _NotedPolicy:
    """Notes its PTE as invoked, so that none can be in a stack and do nothing; and those whose
    tools it offers to the model, whether the model calls them or not."""

    names: tuple[str, ...]
    inner: Policy

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        for name in self.names:
            draw.invoked(name)
        return await self.inner.propose(attempt, draw)


@dataclass(frozen=True)
class _NotedSolver:
    """A search that notes its PTE as invoked when it takes part."""

    name: str
    inner: Solver

    @property
    def policy(self) -> Policy:
        return self.inner.policy

    def start(self, problem: Problem, draw: Draw) -> Attempt:
        return self.inner.start(problem, draw)

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        draw.invoked(self.name)
        return await self.inner.solve(attempt, draw)
