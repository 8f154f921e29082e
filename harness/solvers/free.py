"""The policy of the readout `free`: the model answers in its own turn, and its words are read.

Every arm has the same limits and the same line that states the form of the answer, and nothing is
put into the model's mouth. Thoughts come first where the model has them, up to their budget, and
are never read. A reply that runs into its limit is wrong, unless the sweep forces completion: then
a turn of its own asks for the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.contracts.answer_form import completion_request
from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import FreeReply, Reading, Task
from harness.contracts.draw import Context, Draw, Reply
from harness.contracts.program import FunctionStub, function_of
from harness.contracts.thoughts import after_thoughts, closed_again, once_closed
from harness.solvers.reading import answered_at_once

COMPLETION_TOKENS = 64
"""Token limit of an answer in words that a forced completion asks for."""


@dataclass(frozen=True)
class FreePolicy:
    """Proposes a reply in one step: thoughts, reasoning and answer, as the model will."""

    task: Task
    limits: FreeReply

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        """The attempt with the model's reply, finished."""
        context = attempt.context or draw.show(attempt.prompt, attempt.response)
        said, reply = await speak(context, self.limits, draw)
        attempt = replace(attempt.step(said, reply.context), finish=reply.finish)
        return await self.finished(attempt, said, draw)

    async def finished(self, attempt: Attempt, said: str, draw: Draw) -> Attempt:
        """The attempt, its last generation having been `said`, read or found to be cut."""
        if attempt.finish == "length":
            return await self._cut(replace(attempt, cut=True), draw)
        reading = await draw.read_reply(said, asked_function(attempt))
        at_once = None
        if reading.answer is not None:
            silent = self.limits.thinking_tokens is None
            at_once = silent and answered_at_once(self.task, reading)
        return replace(read(attempt, reading), at_once=at_once)

    async def _cut(self, attempt: Attempt, draw: Draw) -> Attempt:
        """What becomes of a reply that ran into its limit."""
        if not self.limits.forced_completion or attempt.context is None:
            return replace(attempt, status=AttemptStatus.CUT)
        context = draw.tell(attempt.context, completion_request(attempt.prompt))
        asks_program = bool(attempt.prompt.header)
        tokens = self.limits.reply_tokens if asks_program else COMPLETION_TOKENS
        asked = await draw.complete(_without_thoughts(context, draw), tokens)
        # Its own thoughts were closed for it; should it think again, that is not its answer.
        said = after_thoughts(asked.text, once_closed(draw.thoughts(context.role))) or ""
        reading = await draw.read_reply(said, asked_function(attempt))
        attempt = replace(attempt.step(f"\n{said.strip()}", asked.context), finish=asked.finish)
        if asked.finish == "length":
            return replace(attempt, status=AttemptStatus.CUT)
        return read(attempt, reading)


def read(attempt: Attempt, reading: Reading) -> Attempt:
    """The attempt, finished with what was read in its reply."""
    status = AttemptStatus.NO_ANSWER if reading.answer is None else AttemptStatus.ANSWERED
    return replace(
        attempt,
        answer=reading.answer,
        canonical=reading.canonical,
        strict=reading.strict,
        status=status,
    )


async def speak(context: Context, limits: FreeReply, draw: Draw) -> tuple[str, Reply]:
    """Have the model take its turn: what it says after its thoughts, and its last generation."""
    context, ended = await think(context, limits, draw)
    if ended is not None:
        return ended.text.strip(), ended
    reply = await draw.complete(context, limits.reply_tokens)
    return said_aloud(reply.text, context, limits, draw).strip(), reply


def said_aloud(text: str, context: Context, limits: FreeReply, draw: Draw) -> str:
    """What is no thought of a text that followed `think`: the model may have thought once more."""
    marks = draw.thoughts(context.role)
    if limits.thinking_tokens is not None:
        marks = once_closed(marks)
    return after_thoughts(text, marks) or ""


async def think(context: Context, limits: FreeReply, draw: Draw) -> tuple[Context, Reply | None]:
    """Have the model think first, where the sweep lets it: the tokens with its thoughts closed.

    Thoughts that have spent their budget are closed for it. Where its turn ended with them the
    second is its whole reply: it did not think, or had nothing to say after its thoughts.

    vLLM (0.20 and later) has a budget of its own, `SamplingParams.thinking_token_budget`, which
    forces the closing mark where this one writes it. It is not used, since one generation would
    then hold thoughts and reply under one limit and one finish: short thoughts would leave a longer
    reply, and which of the two was cut could not be told. It begins anew with each pair of marks,
    knows none for channels (gpt-oss), and some of its versions ignore it without a word (vLLM issue
    54906, and pull request 52284 for greedy decoding); other engines have none, so that a draw
    would depend on what served it. Here the budget is the token limit of a draw, and in its key.
    """
    marks = draw.thoughts(context.role)
    if limits.thinking_tokens is None or marks is None or marks.closed:
        return context, None
    thoughts = await draw.complete(context, limits.thinking_tokens, (marks.close,))
    began = marks.opened or thoughts.text.lstrip().startswith(marks.open)
    if thoughts.stopped != marks.close and (thoughts.finish == "stop" or not began):
        return thoughts.context, replace(thoughts, text="") if began else thoughts
    return draw.extend(thoughts.context, marks.close), None


def asked_function(attempt: Attempt) -> FunctionStub | None:
    """The function that an attempt is asked for; None where it is asked for words."""
    return function_of(attempt.problem) if attempt.prompt.header else None


def _without_thoughts(context: Context, draw: Draw) -> Context:
    """The tokens of a turn that has just begun, with its thoughts closed again, empty."""
    skipped = closed_again(draw.thoughts(context.role))
    return draw.extend(context, skipped) if skipped else context
