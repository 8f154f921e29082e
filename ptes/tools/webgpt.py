"""WebGPT: browse, quote, and answer with citations that resolve (Nakano et al. 2021).

The model acts in a text browser, one action a step; when it ends, or its actions are used up, it is
shown the question again with what it quoted, and answers with references. The paper fine-tunes on
demonstrations and preferences and browses the live web; a fixed model is told of the actions, and
an offline corpus stands in for the web, so that a run can be replayed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from annotated_types import Interval

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Draw
from harness.contracts.passage import Corpus
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.solver import Policy
from harness.contracts.tool import Tool
from harness.ranges import Count, Tokens
from harness.solvers.free import read
from harness.solvers.replies import after_cue
from harness.solvers.tool_use import use
from ptes.common.acting.actions import ACTION, FINISH, OBSERVATION
from ptes.common.acting.step import write_step
from ptes.common.acting.turns import observed, step_context
from ptes.common.retrieval.corpora import corpus_of, no_corpus
from ptes.tools.browser import MEMORY as BROWSER
from ptes.tools.browser import browser_tools

NAME = "webgpt"
CITE = "Cite the quotes that your answer rests on by their numbers, such as [1]."
_CITED = re.compile(r" ?\[(\d+(?:, ?\d+)*)\]")


@dataclass(frozen=True)
class WebGPTPolicy:
    """Proposes one action, and after the last one the answer, step by step as `inner` does."""

    inner: Policy
    task: Task
    tools: tuple[Tool, ...]
    steps: int
    tokens: int

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        """Add an action and what it came to, or a step of the answer."""
        if NAME in attempt.state:
            return await self._answer(attempt, draw)
        if len(attempt.steps) >= self.steps:
            return await self._answer(self._composing(attempt), draw)
        message = self._browsing(attempt.prompt)
        lead = "" if message.free else f"\n{ACTION}" if attempt.steps else ACTION
        before = step_context(message, attempt, lead, draw)
        step = await write_step(before, lead, self.tokens, draw, self.task.free)
        action = step.action
        if action is None:
            seen = f"There was no action to read. Write one, such as {self._example}."
        elif action.name == FINISH:
            browsed = attempt.step(step.said, step.context)
            return await self._answer(self._composing(browsed), draw)
        else:
            attempt, seen = await use(self.tools, action.name, action.argument, attempt, draw)
        shown, context = observed(step.context, seen, message, draw)
        return attempt.step(f"{step.said}{shown}", context)

    @property
    def _example(self) -> str:
        return f"{ACTION} {self.tools[0].name}[{self.tools[0].example}]"

    def _browsing(self, prompt: Prompt) -> Prompt:
        """What the model is shown while it browses."""
        lines = [
            "Browse a library to find what answers the question. Write one action at a time, such "
            f"as:\n{self._example}",
            f'A line that begins with "{OBSERVATION}" then shows what it came to. Actions:',
            *(f"{tool.name}[{tool.example}]: {tool.description}" for tool in self.tools),
            f"{FINISH}[]: ends the search; you then answer from what you quoted.",
        ]
        return Prompt(
            prompt.question, "\n".join(lines), notes=prompt.notes, free=prompt.free, direct=False
        )

    def _composing(self, attempt: Attempt) -> Attempt:
        """The attempt at its answer: the question anew, with what was quoted."""
        prompt, quotes = attempt.prompt, quoted(attempt)
        if quotes:
            lines = [f'[{n}] {q["title"]}: "{q["text"]}"' for n, q in enumerate(quotes, start=1)]
            notes = (*prompt.notes, "Quotes:\n" + "\n".join(lines))
            prompt = replace(prompt, notes=notes, instruction=f"{prompt.instruction} {CITE}")
        state = {**attempt.state, NAME: {"actions": len(attempt.steps), "cited": [], "dropped": 0}}
        return replace(attempt, prompt=prompt, context=None, response="", state=state)

    async def _answer(self, attempt: Attempt, draw: Draw) -> Attempt:
        """A step of the answer; of the whole, the citations are resolved, and it is read without
        them: the number of a quote is no part of an answer."""
        actions = attempt.state[NAME]["actions"]
        browsed, steps = attempt.steps[:actions], attempt.steps[actions:]
        done = await self.inner.propose(replace(attempt, steps=steps), draw)
        done = replace(done, steps=(*browsed, *done.steps))
        if done.status is AttemptStatus.OPEN:
            return done
        said, cited, dropped = resolved(done.response, len(quoted(done)))
        message = {"actions": actions, "cited": cited, "dropped": dropped}
        state = {**done.state, NAME: message}
        done = replace(done, response=said, state=state)
        if self.task.kind is AnswerKind.OPTION:
            return done
        bare = _CITED.sub("", said)
        if done.prompt.free:
            if done.status is AttemptStatus.CUT:
                return done
            return read(done, await draw.read_reply(bare))
        answer, canonical = await draw.read(after_cue(bare, self.task.cue))
        status = AttemptStatus.NO_ANSWER if answer is None else AttemptStatus.ANSWERED
        return replace(done, answer=answer, canonical=canonical, strict=answer, status=status)


def quoted(attempt: Attempt) -> Sequence[Mapping[str, Any]]:
    """What the attempt has quoted, in order; citation 1 is the first."""
    kept = attempt.state.get(BROWSER)
    return kept["quotes"] if kept else ()


def resolved(text: str, quotes: int) -> tuple[str, list[int], int]:
    """The text without citations of quotes that there are not, the numbers that are cited, in the
    order in which they first come, and how many citations were dropped."""
    cited: dict[int, None] = {}
    dropped = 0

    def keep(result: re.Match[str]) -> str:
        nonlocal dropped
        numbers = [int(number) for number in result[1].split(",")]
        held = [number for number in numbers if 1 <= number <= quotes]
        dropped += len(numbers) - len(held)
        cited.update(dict.fromkeys(held))
        space = " " if result[0].startswith(" ") else ""
        return f"{space}[{', '.join(map(str, held))}]" if held else ""

    return _CITED.sub(keep, text), list(cited), dropped


@dataclass(frozen=True)
class WebGPT(PTE):
    """At most `steps` actions, each of at most `tokens` tokens, and at most `quotes` quotes.

    Few-shot and chain of thought shape the answer, not the browsing.
    """

    corpus: Corpus | None = None
    steps: Annotated[int, Interval(ge=1, le=50)] = 12
    tokens: Tokens = 48
    quotes: Count = 5

    name: ClassVar[str] = NAME
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.TOOLS, Slot.POLICY})
    replaces: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY})
    offers: ClassVar[frozenset[str]] = frozenset(
        {"search", "open", "find", "quote", "scroll", "top", "back"}
    )
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})
    calls_tools: ClassVar[bool] = True

    def applies_to(self, site: StackContext) -> str | None:
        if site.task.kind is AnswerKind.PROGRAM:
            return f"webgpt answers in words, and {site.task.name} asks for a program"
        return no_corpus(self.name, self.corpus, site.task)

    def tools(self, task: Task) -> tuple[Tool, ...]:
        return browser_tools(corpus_of(self.corpus, task), self.quotes)

    def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        return WebGPTPolicy(inner, task, tools, self.steps, self.tokens)
