"""What stands in for the world while a stack is rehearsed: nothing is run, fetched or kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.passage import Corpus
from harness.contracts.pte import PTE
from harness.contracts.tool import Observation, Tool
from harness.draws.asker import Asker, DrawResult, JournalRecord
from harness.rehearsal.answers import WORDS
from harness.rehearsal.tokens import CHARACTERS
from harness.solvers.tool_use import LONGEST

PASSAGES = 50
"""Passages of a corpus that are searched: enough to show how long they are."""
PRINTED = 80
"""Characters of a value or of what a program prints."""


class ForgottenJournal:
    """A journal that is forgotten with the rehearsal, and serves one asker alone."""

    def __init__(self) -> None:
        self.kept: dict[bytes, JournalRecord] = {}

    def get(self, key: bytes) -> JournalRecord | None:
        return self.kept.get(key)

    def digest(self, key: bytes) -> str | None:
        return None

    async def append(self, key: bytes, record: JournalRecord) -> None:
        self.kept[key] = record

    def close(self) -> None:
        """Nothing to close."""


class MemoryAsker(Asker):
    """Asks as every asker does. What it asks answers at once, so nobody is ever waited for."""

    def __init__(self) -> None:
        self._memory = ForgottenJournal()
        super().__init__(self._memory)

    async def _draw(
        self,
        key: bytes,
        prompt: str,
        shown: str,
        ask: Callable[[], Awaitable[tuple[JournalRecord, int]]],
    ) -> DrawResult:
        record = self._memory.kept.get(key)
        if record is not None:
            return DrawResult(record, fresh=False)
        record, cached = await ask()
        self._memory.kept[key] = record
        return DrawResult(record, fresh=True, cached=cached)


@dataclass
class StandInExecutor:
    """An `harness.draws.executor.Executor` that runs no program: all of them pass, or none does and
    no two are alike."""

    fails: bool
    identity: str = "rehearsal"
    _ran: int = field(default=0, init=False)

    async def asserts(self, code: str, asserts: Sequence[str]) -> list[bool]:
        return [not self.fails] * len(asserts)

    async def values(self, code: str, expressions: Sequence[str]) -> list[str]:
        return [self._said()] * len(expressions)

    async def printed(self, code: str) -> str:
        return self._said()

    def _said(self) -> str:
        self._ran += 1
        return (f"{self._ran} " if self.fails else "") + (2 * WORDS)[:PRINTED]


@dataclass(frozen=True)
class Corpora:
    """Samples of corpora, each made once."""

    _samples: dict[str, Corpus] = field(default_factory=dict)

    def task(self, task: Task) -> Task:
        """The task with a sample of its corpus."""
        return task if task.corpus is None else replace(task, corpus=self._sample(task.corpus))

    def pte(self, pte: PTE) -> PTE:
        """The PTE with samples of the corpora among its settings."""
        if not is_dataclass(pte) or isinstance(pte, type):
            return pte
        own = {each.name: getattr(pte, each.name) for each in fields(pte) if each.init}
        results = {name: self._sample(value) for name, value in own.items() if _is_corpus(value)}
        return replace(pte, **results) if results else pte

    def _sample(self, corpus: Corpus) -> Corpus:
        if corpus.sha256 not in self._samples:
            passages = corpus.read()
            step = max(1, len(passages) // PASSAGES)
            self._samples[corpus.sha256] = Corpus.of(corpus.name, passages[::step][:PASSAGES])
        return self._samples[corpus.sha256]


def _is_corpus(value: Any) -> bool:
    return isinstance(value, Corpus)


def silent(tool: Tool, tokens: int, full: bool) -> Tool:
    """A tool that is not called: in its place stands text of so many tokens, or of as many as a
    model is ever shown. One that is `local`, or asks through the draw, is used as it is."""
    if tool.local or tool.asks:
        return tool
    length = LONGEST if full else CHARACTERS * tokens
    text = (WORDS.lstrip() * (length // len(WORDS) + 2))[:length]

    async def call(argument: str, state: Any, draw: Draw) -> Observation:
        return Observation(text, state)

    return replace(tool, call=call)
