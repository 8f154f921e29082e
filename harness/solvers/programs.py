"""The direct policy where the answer is a program: reason if asked to, then continue the header.

In every arm the model writes the body of the same function right after the same header, so that
arms differ in the PTE and in nothing else. A rationale ends where the model opens a block of code;
the header is then written for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import Task
from harness.contracts.draw import Context, Draw
from harness.contracts.program import FENCE, function_of, open_block
from harness.solvers.direct import whole_sentences


@dataclass(frozen=True)
class ProgramPolicy:
    """Proposes a rationale and then the program, or the program at once."""

    task: Task

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        """Add the next step: the rationale first where one is asked for, then the program."""
        reasons, context = attempt.prompt.reasoning is not None, attempt.context
        if context is None and reasons and not attempt.steps:
            return await self._reason(attempt, draw)
        if not reasons:
            return await self._write(attempt, draw.show(attempt.prompt), draw)
        lead = f"{_newline(attempt.response)}{open_block(attempt.prompt.header)}"
        context = context or draw.show(attempt.prompt, attempt.response)
        return await self._write(attempt, draw.extend(context, lead), draw)

    async def _reason(self, attempt: Attempt, draw: Draw) -> Attempt:
        opening = attempt.prompt.opening
        shown = draw.show(attempt.prompt, opening)
        reply = await draw.complete(shown, self.task.reasoning_tokens, (FENCE,))
        attempt = replace(attempt, response=opening)
        if reply.finish != "length":
            return attempt.step(reply.text, reply.context)
        kept = whole_sentences(reply.text)
        return replace(attempt.step(kept, draw.extend(shown, kept)), cut=True)

    async def _write(self, attempt: Attempt, context: Context, draw: Draw) -> Attempt:
        """The body, read together with the header by the benchmark's one rule."""
        reply = await draw.complete(context, self.task.answer_tokens, self.task.stops)
        header = attempt.prompt.header
        written = f"{header}{reply.text}"
        grown = attempt.step(f"{_newline(attempt.response)}{written}", reply.context)
        stub = replace(function_of(attempt.problem), header=header)
        reading, canonical = await draw.read_program(written, stub)
        if reading is None:
            cut = grown.cut or reply.finish == "length"
            grown = replace(grown, finish=reply.finish, cut=cut)
            return replace(grown, status=AttemptStatus.NO_ANSWER)
        return replace(
            grown,
            answer=reading.program,
            canonical=canonical,
            strict=reading.program,
            finish=reply.finish,
            cut=grown.cut or (reply.finish == "length" and reading.open),
            status=AttemptStatus.ANSWERED,
        )


def _newline(text: str) -> str:
    return "" if not text or text.endswith("\n") else "\n"
