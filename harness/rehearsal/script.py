"""What a model without weights says: words of a given length, and what a stack's way depends on.

Two manners. Where everything works a rationale comes to the answer by itself, a few calls are made
before the work is ended, answers agree and judges say yes. Where nothing works no rationale comes
to an answer, work is never ended, no two answers agree and judges say no.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.program import FENCE
from harness.contracts.prompt import SOLVE
from harness.contracts.rehearsal import RehearsalReply, RehearsalRequest
from harness.rehearsal.answers import FIRST, WORDS, Answers
from harness.rehearsal.forms import Forms, calls_since, forms_in
from harness.rehearsal.tokens import CHARACTERS

Reply = Callable[[RehearsalRequest], RehearsalReply | None]
"""What a PTE declares that its model would say (`PTE.rehearsal_reply`)."""
CALLS = 2
"""Calls that are made before the work is ended, where everything works."""
TAIL = 300
"""Characters at the end of a prompt in which a judge is told what to reply."""
_EITHER = re.compile(
    r"\b(?P<good>yes|true|right|correct|pass|good)\b[\"']? or [\"']?"
    r"(?P<bad>no|false|wrong|incorrect|fail|bad)\b",
    re.IGNORECASE,
)
_TOLD = re.compile(r"\b(?:reply|answer|say|respond|write)(?: with)?:? [\"']?$", re.IGNORECASE)
"""What stands before the words for a judgement where the role that solves is asked for one: there a
benchmark's own question may hold such words."""
_DEFINED = re.compile(r"def (\w+)\(")
_RANGE = re.compile(r"\b(?:from|between) (?P<low>\d+) (?:to|and) (?P<high>\d+)\b")
_OTHER_WORDS = ("word ", "-", "a", "0")


@dataclass
class Script:
    """Says what is asked of it for one benchmark, in one manner."""

    task: Task
    replies: Sequence[Reply]
    """Scripted replies of the stack's PTEs, in order."""
    acting: frozenset[str]
    """Roles in which calls may be written; empty where no PTE of the stack reads any."""
    fails: bool
    answers: Answers
    """What the benchmark's own rule reads as answers."""
    _forms: dict[str, Forms] = field(default_factory=dict)
    """By prompt, as it was first shown."""

    def text(self, asked: RehearsalRequest, tokens: int) -> str:
        """What is said, of about so many tokens, and longer only where it would make no sense."""
        for reply in self.replies:
            said = reply(asked)
            if said is not None:
                return _fitted(said, tokens, asked.stop)
        return _fitted(self._said(asked), tokens, asked.stop)

    def _said(self, asked: RehearsalRequest) -> RehearsalReply:
        """What drives most stacks."""
        return (
            self._call(asked)
            or _verdict(asked)
            or (self._solution(asked) if asked.role == SOLVE else None)
            or RehearsalReply(opens=f" {FIRST + asked.number}")
        )

    def _solution(self, asked: RehearsalRequest) -> RehearsalReply | None:
        """An answer, a program, or a rationale."""
        task = self.task
        if task.free is not None:
            return self._reply(asked)
        if task.kind is AnswerKind.PROGRAM:
            return (
                None
                if FENCE in asked.stop
                else RehearsalReply(opens=f"\n    return {FIRST + asked.number}  #")
            )
        if not task.cue:
            return None
        if asked.prompt.rstrip().endswith(task.cue):
            return RehearsalReply(opens=f" {self._answer(asked)}")
        ends = "" if asked.fails else f". {task.cue} {self._answer(asked)}."
        return RehearsalReply(f" {FIRST + asked.number}", ends)

    def _reply(self, asked: RehearsalRequest) -> RehearsalReply:
        """What is said in a turn of its own: thoughts, or words that end with the answer."""
        if asked.stop:
            return RehearsalReply(opens=f" {FIRST + asked.number}")
        if self.task.kind is AnswerKind.PROGRAM:
            name = next(reversed(_DEFINED.findall(asked.prompt)), "f")
            code = f"def {name}(*given):\n    return {FIRST + asked.number}"
            return RehearsalReply(opens=f"```python\n{code}  #", ends="\n```")
        return RehearsalReply(
            f" {FIRST + asked.number}", f". {self.task.cue} {self._answer(asked)}."
        )

    def _answer(self, asked: RehearsalRequest) -> str:
        return self.answers.different(asked.number if asked.fails else 0)

    def _call(self, asked: RehearsalRequest) -> RehearsalReply | None:
        """A call in the form that the prompt shows; None where it shows none, or it is time to
        answer."""
        if asked.role not in self.acting:
            return None
        forms = self._known(asked.prompt)
        if not forms.any:
            return None
        taken = 0 if asked.fails else calls_since(asked.prompt, forms)
        cued = bool(self.task.cue) and asked.prompt.rstrip().endswith(self.task.cue)
        if forms.lines and taken < CALLS and not cued:
            call = forms.lines[asked.number % len(forms.lines)]
        elif forms.ending and not asked.fails and not cued:
            call = f"{forms.ending}[{self._answer(asked)}]"
        elif forms.within and (asked.full or not calls_since(asked.prompt, forms)):
            return RehearsalReply(opens=f" {forms.within[asked.number % len(forms.within)]}")
        else:
            return None
        if forms.label and asked.prompt.rstrip().endswith(forms.label):
            # At worst the argument takes all the room, and stays in what is read from then on.
            return (
                RehearsalReply(f" {call[:-1]}", "]") if asked.full else RehearsalReply(f" {call}")
            )
        return RehearsalReply(
            f" {FIRST + asked.number}", f"\n{forms.label} {call}" if forms.label else f"\n{call}"
        )

    def _known(self, prompt: str) -> Forms:
        """The forms of the prompt that this one has grown from."""
        for shown, forms in self._forms.items():
            if prompt.startswith(shown):
                return forms
        return self._forms.setdefault(prompt, forms_in(prompt))


def _verdict(asked: RehearsalRequest) -> RehearsalReply | None:
    """A judgement, where the prompt's end names the words for it or a range of numbers."""
    end = asked.prompt[-TAIL:]
    either = list(_EITHER.finditer(end))
    if either and (asked.role != SOLVE or _TOLD.search(end[: either[-1].start()])):
        return RehearsalReply(opens=f" {either[-1]['bad' if asked.fails else 'good']}.")
    rated = list(_RANGE.finditer(end)) if asked.role != SOLVE else []
    if rated:
        return RehearsalReply(opens=f" {rated[-1]['low' if asked.fails else 'high']}.")
    return None


def _fitted(said: RehearsalReply, tokens: int, stop: Sequence[str]) -> str:
    """The text with words between its parts, up to so many tokens."""
    left = CHARACTERS * tokens - len(said.opens) - len(said.ends)
    if left <= 0:
        return said.opens + said.ends
    for words in (WORDS, *_OTHER_WORDS):
        filling = (words * (left // len(words) + 1))[:left]
        if not any(each in filling for each in stop):
            break
    return f"{said.opens}{filling}{said.ends}"
