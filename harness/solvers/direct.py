"""The direct policy: reason if the prompt asks for it, then answer after the cue.

Every arm ends in the same way, the benchmark's cue and what the model puts after it, so that arms
differ in the PTE and in nothing else. Without reasoning the cue opens the reply. With reasoning the
model writes a rationale; if it never comes to the cue by itself, the cue is written after it, as in
zero-shot chain of thought (Kojima et al. 2022, section 3). A rationale that ran into its limit ends
with its last whole sentence: the cue never stands in the middle of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Context, Draw
from harness.solvers.replies import after_cue

_SENTENCE_END = re.compile(r"[.!?。][\"')\]*]*(?=\s|$)|(?=\n)")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class DirectPolicy:
    """Proposes a rationale and its answer, or the answer alone."""

    task: Task

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        """Add the next step: the rationale first where one is asked for, then the answer."""
        task = self.task
        if attempt.context is None:
            if attempt.prompt.reasoning is not None and not attempt.steps:
                return await self._reason(attempt, draw)
            said = f"{attempt.response}{_separator(attempt.response)}{task.cue}"
            attempt = replace(attempt, context=draw.show(attempt.prompt, said), response=said)
        elif task.cue not in attempt.response:
            said = f"{_separator(attempt.response)}{task.cue}"
            attempt = attempt.step(said, draw.extend(attempt.context, said))
        if task.kind is AnswerKind.OPTION:
            return await self._choose(attempt, draw)
        return await self._answer(attempt, draw)

    async def _reason(self, attempt: Attempt, draw: Draw) -> Attempt:
        task = self.task
        stops = (task.cue,) if task.kind is AnswerKind.OPTION else ()
        opening = attempt.prompt.opening
        shown = draw.show(attempt.prompt, opening)
        reply = await draw.complete(shown, task.reasoning_tokens, stops)
        attempt = replace(attempt, response=opening, finish=reply.finish)
        said = attempt.step(reply.text, reply.context)
        if task.cue in reply.text and not _unfinished(said, task, reply.finish):
            return await _read(said, task, draw)
        if reply.finish != "length" or task.cue in reply.text:
            return said
        kept = whole_sentences(reply.text)
        return replace(attempt.step(kept, draw.extend(shown, kept)), cut=True)

    async def _answer(self, attempt: Attempt, draw: Draw) -> Attempt:
        reply = await draw.complete(_known(attempt), self.task.answer_tokens, self.task.stops)
        grown = replace(attempt.step(reply.text, reply.context), finish=reply.finish)
        done = await _read(grown, self.task, draw)
        if reply.finish != "length":
            return done
        # The limit matters where the last word does: `12` of `125`, but not what is said after.
        earlier, _, _ = done.response.rstrip().rpartition(" ")
        without = (await draw.read(after_cue(earlier, self.task.cue)))[0]
        return replace(done, cut=done.cut or without != done.answer)

    async def _choose(self, attempt: Attempt, draw: Draw) -> Attempt:
        """Score the options after the cue; the likeliest is the answer, ties to the first."""
        options = [f" {option}" for option in attempt.problem.options]
        scores = await draw.score(_known(attempt), options)
        rates = [s.per_character if self.task.length_normalised else s.logprob for s in scores]
        letter = LETTERS[rates.index(max(rates))]
        return replace(
            attempt,
            options=scores,
            answer=letter,
            canonical=letter,
            strict=letter,
            status=AttemptStatus.ANSWERED,
        )


async def _read(attempt: Attempt, task: Task, draw: Draw) -> Attempt:
    """Finish: the benchmark's one rule reads what follows the cue."""
    after = after_cue(attempt.response, task.cue)
    answer, canonical = await draw.read(after)
    status = AttemptStatus.NO_ANSWER if answer is None else AttemptStatus.ANSWERED
    return replace(attempt, answer=answer, canonical=canonical, strict=answer, status=status)


def whole_sentences(text: str) -> str:
    """A text up to the end of its last whole sentence or line; empty where none ends in it."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    return text[: ends[-1]] if ends else ""


def _unfinished(attempt: Attempt, task: Task, finish: str) -> bool:
    """Whether the token limit fell within the answer's line: `12` must not be read of `125`."""
    return finish == "length" and "\n" not in attempt.response.rpartition(task.cue)[2]


def _separator(text: str) -> str:
    return "" if not text or text[-1].isspace() else " "


def _known(attempt: Attempt) -> Context:
    if attempt.context is None:
        raise ValueError("an attempt is answered only after its prompt was shown")
    return attempt.context
