"""The plain rollout: show the prompt, let the policy add steps until the attempt is finished."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Draw
from harness.contracts.problem import Problem
from harness.contracts.program import function_of
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE
from harness.contracts.solver import Policy

MAX_STEPS = 64
"""A policy that has not finished by then is broken: it is an error, not a wrong answer."""


@dataclass(frozen=True)
class Rollout:
    """The innermost solver of every stack."""

    task: Task
    policy: Policy
    prompting: tuple[PTE, ...]
    """The stack's prompt PTEs, in order."""

    def start(self, problem: Problem, draw: Draw) -> Attempt:
        """An open attempt; each prompt PTE that changes the prompt is noted as invoked."""
        task = self.task
        prompt = Prompt(
            question=problem.question,
            instruction=task.instruction,
            answer_format=task.answer_format,
            cue=task.cue,
            free=task.free is not None,
        )
        if task.kind is AnswerKind.PROGRAM:
            prompt = replace(prompt, header=function_of(problem).header)
        for pte in self.prompting:
            edited = pte.prompt(prompt, task, draw.address["replicate"])
            if edited != prompt:
                draw.invoked(pte.name)
            prompt = edited
        return Attempt(problem, prompt, draw.address)

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        """The attempt, finished.

        Raises:
            RuntimeError: the policy does not come to an end.
        """
        for _ in range(MAX_STEPS):
            if attempt.status is not AttemptStatus.OPEN:
                return attempt
            attempt = await self.policy.propose(attempt, draw)
        raise RuntimeError(f"the policy took {MAX_STEPS} steps without finishing")
