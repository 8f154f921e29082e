"""What all handles of one attempt share: who is asked, its ledger, and what it has used."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from harness.contracts.benchmark import Reading
from harness.contracts.draw import Context
from harness.contracts.program import FunctionStub, ProgramReading
from harness.contracts.tool import Tool
from harness.draws.asker import (
    Asker,
    DrawResult,
)
from harness.draws.executor import Executor
from harness.draws.judgements import JudgementTally
from harness.draws.role_model import RoleModel
from harness.errors import UnreadableError
from harness.ledger import Cost, Spent

T = TypeVar("T")
ReadAnswer = Callable[[str], Awaitable[tuple[str | None, str | None]]]
"""Reads an answer: from the text after the cue to the answer and its canonical form, each None
where there is none."""
ReadProgram = Callable[[str, FunctionStub], Awaitable[tuple[ProgramReading | None, str | None]]]
"""Reads a program in a text, with its canonical form."""
ReadReply = Callable[[str, FunctionStub | None], Awaitable[Reading]]
"""Reads a whole reply; the function that was asked for is None where words were."""


@dataclass(kw_only=True)
class Session:
    """What all handles of one attempt share; it grows while the attempt is solved."""

    asker: Asker
    role_models: Mapping[str, RoleModel]
    reader: ReadAnswer
    benchmark: str
    problem: str
    stack: str
    window: int
    """The sweep's common context window, in tokens."""
    executor: Executor | None = None
    """Runs programs for solvers; None where no program is run."""
    oracle: Callable[[Any], Awaitable[float]] | None = None
    """The hidden grader; None unless a PTE of the stack declares that it looks at it (law 3)."""
    program_reader: ReadProgram | None = None
    """Reads programs; None where answers are none."""
    reply_reader: ReadReply | None = None
    """Reads what was said in a turn of its own; None where no model answers so."""
    stand_in: Callable[[Tool], Tool] | None = None
    """What is called in place of a tool; None where tools are called themselves."""
    rehearsing: bool = False
    """Whether this is a plan's rehearsal, in which no effect outside this process is made."""
    costs: dict[str, Cost] = field(default_factory=dict)
    """What the attempt costs by itself, by role."""
    completions: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    """By role and token limit, how many completions there were and the tokens generated in them."""
    judgements: dict[str, JudgementTally] = field(default_factory=dict)
    """Judgements by yes or no, by role."""
    rewards: dict[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)
    """What reward models said, by role and address of the attempt that they judged."""
    cut: int = 0
    """Completions that ran into their token limit."""
    unreadable: list[str] = field(default_factory=list)
    """Why readings of what a model wrote raised: such words are wrong, or hold an answer as it is
    written."""
    spent: Spent = field(default_factory=Spent)
    invoked: dict[str, None] = field(default_factory=dict)
    """PTEs in the order in which they first took part."""
    calls: dict[str, list[str]] = field(default_factory=dict)
    """Tools called at each address, in order; keyed by the address as text."""
    draws: dict[str, str] = field(default_factory=dict)
    """Key and content hash of every draw used, in order of creation."""
    shown: dict[str, str] = field(default_factory=dict)
    """Text of each prompt shown, by its hash."""
    processed: set[tuple[str, str]] = field(default_factory=set)
    """Role and prompt of what a call of this attempt has already processed."""
    common: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    """What all attempts at the problem share, by name."""
    seen: Counter[bytes] = field(default_factory=Counter)
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)

    def charge(self, role: str, cost: Cost) -> None:
        """Write a call on the ledger of its role."""
        self.costs[role] = self.costs.get(role, Cost()) + cost

    def completed(self, role: str, limit: int, generated: int, finish: str) -> None:
        """Note how long a completion became: what later plans expect of others like it; and whether
        its limit ended it."""
        self.cut += finish == "length"
        calls, tokens = self.completions.get((role, limit), (0, 0))
        self.completions[role, limit] = calls + 1, tokens + generated

    async def read(self, reading: Awaitable[T]) -> T:
        """What a reader returns; and where it raised, what it found all the same."""
        try:
            return await reading
        except UnreadableError as error:
            self.unreadable.append(str(error))
            found: T = error.found
            return found

    def own_prefix(self, context: Context) -> int:
        """Leading tokens of a call that this attempt has processed before."""
        if context.parent:
            return context.parent
        if (context.role, context.prompt) in self.processed:
            return len(context.ids)
        self.processed.add((context.role, context.prompt))
        return 0

    def used(self, key: bytes, drawn: DrawResult, prompt: int, generated: int) -> None:
        """Note which draw was used, and whether an engine had to be asked."""
        self.draws[key.hex()] = self.asker.journal.digest(key) or ""
        if drawn.fresh:
            self.spent = self.spent.asked(prompt, drawn.cached, generated)
        else:
            self.spent = self.spent.spared(prompt + generated)
