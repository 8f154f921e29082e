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
from harness.contracts.program import FENCE, open_block


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
        return replace(attempt, response=opening).step(reply.text, reply.context)

    async def _write(self, attempt: Attempt, context: Context, draw: Draw) -> Attempt:
        """The body, read together with the header by the benchmark's one rule."""
        reply = await draw.complete(context, self.task.answer_tokens, self.task.stops)
        written = f"{attempt.prompt.header}{reply.text}"
        said = f"{_newline(attempt.response)}{written}"
        program = written if reply.text.strip() else ""
        answer, canonical = await draw.read(program)
        status = AttemptStatus.NO_ANSWER if answer is None else AttemptStatus.ANSWERED
        grown = attempt.step(said, reply.context)
        return replace(grown, answer=answer, canonical=canonical, status=status)


def _newline(text: str) -> str:
    return "" if not text or text.endswith("\n") else "\n"
