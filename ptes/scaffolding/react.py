"""ReAct: think, act, look at what came of it, and so on until the answer (Yao et al. 2023).

Steps are lines: `Thought: ...`, `Action: search[Ada Lovelace]`, `Observation: ...`. The model
writes up to the observation, which is written for it; the attempt ends with `Action: finish[...]`,
or after so many steps with the benchmark's readout, as every arm does. Without thoughts it is the
paper's Act-only (section 3.1), which acts and says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.answer_form import answer_form
from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Draw
from harness.contracts.paper import PaperSettings
from harness.contracts.problem import Exemplar
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.solver import Policy
from harness.contracts.tool import Tool
from harness.ranges import Count, Tokens
from harness.solvers.tool_use import use
from ptes.common.acting.actions import ACTION, FINISH, THOUGHT
from ptes.common.acting.demonstrations import Demonstrations, tools_called
from ptes.common.acting.step import write_step
from ptes.common.acting.tool_prompt import format_reminder, tool_instructions
from ptes.common.acting.trajectories import TrajectoryNotation, without_thoughts
from ptes.common.acting.turns import observed, step_context
from ptes.tools.defaults import default_tools

NOTATION = TrajectoryNotation()
STEPS_USED = "There are no more actions. Answer from what you have found."


@dataclass(frozen=True)
class ReActPolicy:
    """Proposes one step: the model's words up to an action, and what the action came to."""

    inner: Policy
    """Asks for the answer when the steps are used up: the benchmark's readout in every arm."""
    task: Task
    tools: tuple[Tool, ...]
    settings: ReAct
    demonstrations: Demonstrations

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        """Add a step, or after the last one the answer."""
        if len(attempt.steps) >= self.settings.steps:
            return await self._after_the_last(attempt, draw)
        lead = THOUGHT if self.settings.thoughts else ACTION
        if attempt.prompt.free:
            lead = ""
        elif attempt.steps:
            lead = f"\n{lead}"
        message = await self._with_instructions(attempt, draw)
        context = step_context(message, attempt, lead, draw)
        step = await write_step(context, lead, self.settings.tokens, draw, self.task.free)
        action = step.action
        if action is None:
            seen = format_reminder(self.task, self.tools)
        elif action.name == FINISH:
            return await self._finish(attempt.step(step.said, step.context), action.argument, draw)
        else:
            attempt, seen = await use(self.tools, action.name, action.argument, attempt, draw)
        shown, context = observed(step.context, seen, message, draw)
        return attempt.step(f"{step.said}{shown}", context)

    async def _with_instructions(self, attempt: Attempt, draw: Draw) -> Prompt:
        """The prompt with the manual and with exemplars whose actions came to what these tools say.
        The answer stands in the last action, so no cue is told."""
        prompt = attempt.prompt
        asked = f"{prompt.instruction} {prompt.reasoning or ''}".strip()
        message = tool_instructions(self.task, self.tools, self.settings.thoughts)
        return replace(
            prompt,
            instruction=f"{asked}\n{message}",
            exemplars=await self.demonstrations.of(prompt.exemplars, attempt, draw),
            reasoning=None,
            cue="",
            direct=False,
        )

    async def _after_the_last(self, attempt: Attempt, draw: Draw) -> Attempt:
        """The answer that is asked for where no step is left; or none, as `finish[]` gives."""
        if self.settings.ask_at_end or self.task.kind is AnswerKind.OPTION:
            return await self._ask(attempt, draw)
        return replace(attempt, status=AttemptStatus.NO_ANSWER)

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
            message = await self._with_instructions(attempt, draw)
            context = step_context(message, attempt, "", draw)
            asks = draw.tell(context, f"{STEPS_USED} {answer_form(attempt.prompt)}")
            return await self.inner.propose(replace(attempt, context=asks), draw)
        said = f"{attempt.response}\n"
        if attempt.context is None:
            context = draw.show(await self._with_instructions(attempt, draw), said)
        else:
            context = draw.extend(attempt.context, "\n")
        alone = replace(attempt, context=context, response="")
        asked = await self.inner.propose(alone, draw)
        return replace(asked, response=f"{said}{asked.response}")


@dataclass(frozen=True)
class ReAct(PTE):
    """At most `steps` steps, each written in at most `tokens` tokens.

    Each is a thought and an action; without `thoughts` an action alone (Act-only). The tools are
    those of the stack's PTEs, else the benchmark's own. Where no step has ended the work the answer
    is asked for as in every arm; without `ask_at_end` there is none, as in the paper's code, which
    then takes the last action to be `finish[]`.
    """

    steps: Count = 7
    tokens: Tokens = 128
    thoughts: bool = True
    ask_at_end: bool = True

    name: ClassVar[str] = "react"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT, Slot.POLICY})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Yao et al. 2022",
        {"steps": 7, "thoughts": True, "ask_at_end": False},
        {
            "steps": "section 3, HotpotQA",
            "thoughts": "section 2",
            "ask_at_end": "its code, which takes the last action to be finish[]",
        },
        "decoded greedily, with six exemplars on HotpotQA (pte.few_shot.k=6)",
    )
    order: ClassVar[int] = 30
    """Comes after few-shot, whose exemplars it turns into steps."""
    replaces: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY})
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})
    calls_tools: ClassVar[bool] = True
    writes_reasoning: ClassVar[bool] = True

    def fills_row(self, task: Task) -> str | None:
        return self.name if self.thoughts else None  # Act-only is what the paper compares with

    def applies_to(self, site: StackContext) -> str | None:
        task = site.task
        if task.kind is AnswerKind.PROGRAM:
            return (
                f"react ends with a short answer in its last action, and {task.name} asks for a "
                "program, which has to continue a header"
            )
        if not site.offering and not task.tools:
            return f"react has no tools: {task.name} brings none, and no PTE of the stack does"
        if "chain_of_thought" in site.stack:
            return (
                "react thinks before each action, which is its chain of thought: leave "
                "chain_of_thought out"
                if self.thoughts
                else "react acts without thoughts with pte.react.thoughts=false: leave "
                "chain_of_thought out, or set pte.react.thoughts=true"
            )
        return self._undemonstrable(site) if site.exemplars else None

    def _undemonstrable(self, site: StackContext) -> str | None:
        """Why the benchmark's exemplars do not show how the stack's tools are used, or None."""
        task = site.task
        bare = sum(NOTATION.form not in exemplar.forms for exemplar in task.exemplars)
        if bare:
            return (
                f"react shows exemplars as trajectories, and {bare} exemplars of {task.name} have "
                "none"
            )
        called = {name for each in task.exemplars for name in tools_called(each, NOTATION)}
        absent = sorted(called - (site.tools or set(task.tools)))
        if absent:
            return (
                f"react shows exemplars as trajectories, and those of {task.name} call "
                f"{', '.join(absent)}, which the tools of this stack are not: add what offers it, "
                "or leave few_shot out"
            )
        return None

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        shown = prompt.exemplars
        if not self.thoughts:
            shown = tuple(_acting_alone(exemplar) for exemplar in shown)
        return replace(prompt, exemplars=shown, form=NOTATION.form, opening="")

    def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        offered = tools or default_tools(task)
        return ReActPolicy(inner, task, offered, self, Demonstrations(offered, NOTATION))


def _acting_alone(exemplar: Exemplar) -> Exemplar:
    acted = without_thoughts(exemplar.forms[NOTATION.form])
    return replace(exemplar, forms={**exemplar.forms, NOTATION.form: acted})
