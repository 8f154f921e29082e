"""Toolformer: calls of tools within the text that the model writes (Schick et al. 2023).

The paper fine-tunes the model on calls that lower its loss; a fixed model is told of the tools
instead, and this stands in for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.paper import PaperSettings
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.sampling import Sampling
from harness.contracts.solver import Policy
from harness.contracts.tool import Tool
from harness.ranges import Count
from ptes.common.acting.demonstrations import Demonstrations
from ptes.tools import ask, translate
from ptes.tools.ask import ASK
from ptes.tools.calculator import CALCULATOR
from ptes.tools.calendar import TODAY, calendar
from ptes.tools.call_syntax import InlineNotation
from ptes.tools.inline_policy import InlineToolPolicy
from ptes.tools.search import search_tools
from ptes.tools.translate import LANGUAGE, translation_tool


def paper_tools(task: Task) -> tuple[Tool, ...]:
    """The tools of the paper's five that apply: without a corpus there is nothing to search."""
    search = search_tools(task.corpus, sentences=2, nearest=True)[:1] if task.corpus else ()
    return (CALCULATOR, ASK, *search, translation_tool(LANGUAGE), calendar(TODAY))


@dataclass(frozen=True)
class Toolformer(PTE):
    """At most `calls` calls an answer (1 in the paper), of the stack's tools, else of those of the
    paper's five that apply.

    With few-shot and chain of thought, exemplars show calls where all of them have such a form and
    what they call is offered; else they are shown plain, and the instruction alone tells of calls.
    """

    calls: Count = 4

    name: ClassVar[str] = "toolformer"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Schick et al. 2023",
        {"calls": 1},
        {"calls": "section 4"},
        "the model is tuned on calls that lower its loss, and ours is told of them",
    )
    replaces: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY})
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})
    role_sampling: ClassVar[Mapping[str, Sampling]] = {**ask.SAMPLING, **translate.SAMPLING}
    calls_tools: ClassVar[bool] = True

    def applies_to(self, site: StackContext) -> str | None:
        task = site.task
        if task.kind is AnswerKind.PROGRAM:
            return f"toolformer calls tools within running text, and {task.name} asks for a program"
        if task.kind is AnswerKind.OPTION and not site.reasoning:
            return (
                "toolformer over a log-likelihood readout needs chain_of_thought: without a "
                "rationale no text is written that could hold a call"
            )
        return None

    def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        offered = tools or paper_tools(task)
        shown = Demonstrations(offered, InlineNotation())
        return InlineToolPolicy(inner, task, offered, self.calls, shown)
