"""The policy that writes as the direct one does, with calls of tools within the text.

The model opens a call, generation stops where it is written, the tool runs, its result is written
in, and generation goes on from the same tokens. What a call holds and comes to is not read for an
answer: neither the benchmark's cue in a passage nor a number in brackets is the model's answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Context, Draw
from harness.contracts.prompt import Prompt
from harness.contracts.solver import Policy
from harness.contracts.tool import Tool
from harness.solvers.free import FreePolicy, said_aloud, think
from harness.solvers.replies import after_cue
from harness.solvers.tool_use import use
from ptes.common.acting.demonstrations import Demonstrations
from ptes.tools.call_syntax import ARROW, ENDS, open_call, result, spoken

MEMORY = "toolformer"
ROOM = 48
"""Tokens in which a call may be finished that the token limit would have cut."""


def inline_instructions(tools: Sequence[Tool]) -> str:
    """What comes before the instruction: how a call is written, and which tools there are."""
    first = f"[{tools[0].name}({tools[0].example})"
    lines = [
        f"You can call tools within your text. Write a call in square brackets, such as {first}]; "
        f"its result is then written in, {first} {ARROW} result], and you go on. Tools:",
        *(f"[{tool.name}({tool.example})]: {tool.description}" for tool in tools),
    ]
    return "\n".join(lines)


@dataclass(frozen=True)
class InlineState:
    """How far a text has come: kept in the attempt's state."""

    calls: int = 0
    spoken: str = ""
    """What counts as said: the model's words up to the last result, without calls."""
    used: int = 0
    """Tokens of it since the rationale or the answer began."""
    own: str = ""
    """The model's words since the last result."""
    pending: int = 0
    """Tokens of these."""
    answering: bool = False
    """Whether the rationale is over, so that what comes is the answer."""


@dataclass(frozen=True)
class InlineToolPolicy:
    """Writes a rationale if asked for, and an answer, with at most `calls` calls in both."""

    inner: Policy
    task: Task
    tools: tuple[Tool, ...]
    calls: int
    demonstrations: Demonstrations

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        """Add what the model writes up to and including its next call, or to its answer."""
        free = attempt.prompt.free
        reasons = attempt.prompt.reasoning is not None or free
        if MEMORY not in attempt.state:
            lead = "" if free else attempt.prompt.opening if reasons else self.task.cue
            attempt = replace(attempt, response=lead)
            attempt = _keep(attempt, InlineState(spoken=lead, answering=not reasons))
        if attempt.context is None:  # at the beginning, or where a search has edited the prompt
            message = await self._with_instructions(attempt, draw)
            shown = draw.show(message, attempt.response)
            attempt = replace(attempt, context=shown)
        if free:
            return await self._reply(attempt, draw)
        if _state_of(attempt).answering:
            return await self._answer(attempt, draw)
        return await self._reason(attempt, draw)

    async def _reason(self, attempt: Attempt, draw: Draw) -> Attempt:
        task = self.task
        silent = task.kind is AnswerKind.OPTION
        stops = (task.cue,) if silent else ()
        attempt, finish = await self._write(attempt, task.reasoning_tokens, stops, draw)
        said = self._text_so_far(attempt)
        if not finish:
            return attempt
        if silent:
            return await self._choose(attempt, draw)
        if task.cue in said and not _cut(said, task.cue, finish):
            return await self._read(attempt, draw)
        if task.cue not in said:
            cue = task.cue if not said or said[-1].isspace() else f" {task.cue}"
            attempt = attempt.step(cue, draw.extend(_known(attempt), cue))
            said += cue
        return _keep(attempt, InlineState(_state_of(attempt).calls, said, answering=True))

    async def _reply(self, attempt: Attempt, draw: Draw) -> Attempt:
        """A reply in a turn of its own, with calls in it; the text between them is read."""
        limits = self.task.free
        if limits is None:
            raise ValueError(f"{self.task.name} has no limits of replies")
        policy, ended = FreePolicy(self.task, limits), None
        if not attempt.steps:
            context, ended = await think(_known(attempt), limits, draw)
            attempt = replace(attempt, context=context)
        if ended is not None:
            attempt = replace(attempt.step(ended.text, ended.context), finish=ended.finish)
            return await policy.finished(attempt, ended.text.strip(), draw)
        attempt, finish = await self._write(attempt, limits.reply_tokens, (), draw)
        if not finish:
            return attempt
        said = said_aloud(self._text_so_far(attempt), _known(attempt), limits, draw)
        return await policy.finished(replace(attempt, finish=finish), said, draw)

    async def _answer(self, attempt: Attempt, draw: Draw) -> Attempt:
        limit = self.task.answer_tokens
        attempt, finish = await self._write(attempt, limit, self.task.stops, draw)
        return await self._read(attempt, draw) if finish else attempt

    async def _write(
        self, attempt: Attempt, limit: int, stops: tuple[str, ...], draw: Draw
    ) -> tuple[Attempt, str]:
        """Write until a call has been answered (the finish is then empty) or the text ends."""
        names = [tool.name for tool in self.tools]
        while True:
            kept, context = _state_of(attempt), _known(attempt)
            may_call = kept.calls < self.calls
            unfinished = may_call and open_call(kept.own, names)
            left = limit - kept.used - kept.pending + (ROOM if unfinished else 0)
            if left <= 0:
                return attempt, "length"
            reply = await draw.complete(context, left, (*(ENDS if may_call else ()), *stops))
            said = reply.text
            attempt = attempt.step(said, reply.context)
            call = open_call(kept.own + said, names)
            stopped = reply.stopped if may_call and reply.stopped in ENDS else ""
            if stopped and call and call.whole:
                attempt = self._with_call(attempt, (kept.own + said)[: call.start], draw)
                attempt, seen = await use(self.tools, call.name, call.argument, attempt, draw)
                return _grown(attempt, f") {ARROW} {result(seen)}]", draw), ""
            if stopped:  # no call ends here: the model goes on from its own words
                attempt = _grown(attempt, stopped, draw)
                said += stopped
            pending = kept.pending + len(_known(attempt).ids) - len(context.ids)
            attempt = _keep(attempt, replace(kept, own=kept.own + said, pending=pending))
            if not stopped and not (reply.finish == "length" and may_call and call):
                return attempt, reply.finish

    @staticmethod
    def _with_call(attempt: Attempt, before: str, draw: Draw) -> Attempt:
        """The attempt with one more call, before which so much was said since the last."""
        kept, context = _state_of(attempt), _known(attempt)
        tokens = len(draw.extend(context, before).ids) - len(context.ids)
        after = InlineState(
            kept.calls + 1, kept.spoken + before, kept.used + tokens, answering=kept.answering
        )
        return _keep(attempt, after)

    async def _read(self, attempt: Attempt, draw: Draw) -> Attempt:
        """Finish: the benchmark's one rule reads what the model said after the cue."""
        answer, canonical = await draw.read(after_cue(self._text_so_far(attempt), self.task.cue))
        status = AttemptStatus.NO_ANSWER if answer is None else AttemptStatus.ANSWERED
        return replace(attempt, answer=answer, canonical=canonical, strict=answer, status=status)

    async def _choose(self, attempt: Attempt, draw: Draw) -> Attempt:
        """The options are scored as they always are, after what was said."""
        said = self._text_so_far(attempt)
        chosen = await self.inner.propose(replace(attempt, response=said), draw)
        return replace(chosen, response=attempt.response + chosen.response[len(said) :])

    def _text_so_far(self, attempt: Attempt) -> str:
        """What counts as said so far."""
        kept = _state_of(attempt)
        return kept.spoken + spoken(kept.own, [tool.name for tool in self.tools])

    async def _with_instructions(self, attempt: Attempt, draw: Draw) -> Prompt:
        """The prompt with the manual, and exemplars that call tools where they all do."""
        prompt = attempt.prompt
        message = replace(
            prompt, instruction=f"{inline_instructions(self.tools)}\n{prompt.instruction}"
        )
        if prompt.form != "rationale" or not self.demonstrations.possible(prompt.exemplars):
            return message
        shown = await self.demonstrations.of(prompt.exemplars, attempt, draw)
        return replace(message, form=self.demonstrations.notation.form, exemplars=shown)


def _state_of(attempt: Attempt) -> InlineState:
    return InlineState(**attempt.state[MEMORY])


def _keep(attempt: Attempt, written: InlineState) -> Attempt:
    return replace(attempt, state={**attempt.state, MEMORY: asdict(written)})


def _grown(attempt: Attempt, text: str, draw: Draw) -> Attempt:
    return attempt.step(text, draw.extend(_known(attempt), text))


def _cut(said: str, cue: str, finish: str) -> bool:
    """Whether the token limit fell within the answer's line: `12` must not be read of `125`."""
    return finish == "length" and "\n" not in said.rpartition(cue)[2]


def _known(attempt: Attempt) -> Context:
    if attempt.context is None:
        raise ValueError("a text goes on only after its prompt was shown")
    return attempt.context
