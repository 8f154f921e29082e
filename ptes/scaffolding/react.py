"""ReAct: think, act, look at what came of it, and so on until the answer (Yao et al. 2023).

Steps are lines: `Thought: ...`, `Action: search[Ada Lovelace]`, `Observation: ...`. The model
writes up to the observation, which is written for it; the attempt ends with `Action: finish[...]`,
or after so many steps with the benchmark's cue, as chain of thought ends. Without chain of thought
in the stack there are no thoughts: Act-only (section 2 of the paper has both).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Draw
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.solver import Policy
from harness.contracts.tool import Tool
from harness.engines.free_text import form
from harness.ranges import Count, Tokens
from harness.solvers.tool_use import use
from ptes.common.acting.actions import ACTION, FINISH, THOUGHT
from ptes.common.acting.step import write_step
from ptes.common.acting.tool_prompt import format_reminder, tool_instructions, without_thoughts
from ptes.common.acting.turns import observed, step_context
from ptes.tools.defaults import default_tools

STEPS_USED = "There are no more actions. Answer from what you have found."


@dataclass(frozen=True)
class ReActPolicy:
    """Proposes one step: the model's words up to an action, and what the action came to."""

    inner: Policy
    """Asks for the answer when the steps are used up: the benchmark's readout in every arm."""
    task: Task
    tools: tuple[Tool, ...]
    steps: int
    tokens: int

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        """Add a step, or after the last one the answer."""
        if len(attempt.steps) >= self.steps:
            return await self._ask(attempt, draw)
        lead = THOUGHT if attempt.prompt.reasoning is not None else ACTION
        if attempt.prompt.free:
            lead = ""
        elif attempt.steps:
            lead = f"\n{lead}"
        message = self._with_instructions(attempt.prompt)
        context = step_context(message, attempt, lead, draw)
        step = await write_step(context, lead, self.tokens, draw, self.task.free)
        action = step.action
        if action is None:
            seen = format_reminder(self.task, self.tools)
        elif action.name == FINISH:
            return await self._finish(attempt.step(step.said, step.context), action.argument, draw)
        else:
            attempt, seen = await use(self.tools, action.name, action.argument, attempt, draw)
        shown, context = observed(step.context, seen, message, draw)
        return attempt.step(f"{step.said}{shown}", context)

    def _with_instructions(self, prompt: Prompt) -> Prompt:
        """The prompt with the manual; the answer stands in the last action, so no cue is told."""
        asked = f"{prompt.instruction} {prompt.reasoning or ''}".strip()
        message = tool_instructions(self.task, self.tools, prompt.reasoning is not None)
        return replace(
            prompt, instruction=f"{asked}\n{message}", reasoning=None, cue="", direct=False
        )

    async def _finish(self, attempt: Attempt, answer: str, draw: Draw) -> Attempt:
        """The answer in the last action, read by the benchmark's one rule."""
        if self.task.kind is AnswerKind.OPTION:
            return await self._ask(attempt, draw)
        said, canonical = await draw.read(answer)
        status = AttemptStatus.NO_ANSWER if said is None else AttemptStatus.ANSWERED
        return replace(attempt, answer=said, canonical=canonical, strict=said, status=status)

    async def _ask(self, attempt: Attempt, draw: Draw) -> Attempt:
        """Ask after the cue. What was observed stays out of what is read for an answer."""
        if attempt.prompt.free:
            message = self._with_instructions(attempt.prompt)
            context = step_context(message, attempt, "", draw)
            asks = draw.tell(context, f"{STEPS_USED} {form(attempt.prompt)}")
            return await self.inner.propose(replace(attempt, context=asks), draw)
        said = f"{attempt.response}\n"
        if attempt.context is None:
            context = draw.show(self._with_instructions(attempt.prompt), said)
        else:
            context = draw.extend(attempt.context, "\n")
        alone = replace(attempt, context=context, response="")
        asked = await self.inner.propose(alone, draw)
        return replace(asked, response=f"{said}{asked.response}")


@dataclass(frozen=True)
class ReAct(PTE):
    """At most `steps` actions, each written in at most `tokens` tokens.

    The tools are those of the stack's PTEs, else the benchmark's own.
    """

    steps: Count = 7
    tokens: Tokens = 128

    name: ClassVar[str] = "react"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT, Slot.POLICY})
    order: ClassVar[int] = 30
    """Comes after few-shot and chain of thought, whose prompts it turns into steps."""
    replaces: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY})
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})
    calls_tools: ClassVar[bool] = True

    def applies_to(self, site: StackContext) -> str | None:
        task = site.task
        if task.kind is AnswerKind.PROGRAM:
            return (
                f"react ends with a short answer in its last action, and {task.name} asks for a "
                "program, which has to continue a header"
            )
        if not site.offering and not task.tools:
            return f"react has no tools: {task.name} brings none, and no PTE of the stack does"
        bare = sum("trajectory" not in exemplar.forms for exemplar in task.exemplars)
        if site.exemplars and bare:
            return (
                f"react shows exemplars as trajectories, and {bare} exemplars of {task.name} have "
                "none"
            )
        return None

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        shown = prompt.exemplars
        if prompt.reasoning is None:
            shown = tuple(without_thoughts(exemplar) for exemplar in shown)
        return replace(prompt, exemplars=shown, form="trajectory", opening="")

    def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        return ReActPolicy(inner, task, tools or default_tools(task), self.steps, self.tokens)
