"""The handle that solvers hold: what an attempt asks for, at its address."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from harness.contracts.address import Address
from harness.contracts.benchmark import Reading
from harness.contracts.draw import Draw
from harness.contracts.program import FunctionStub, ProgramReading
from harness.contracts.tool import Tool
from harness.draws.asker import execution_key
from harness.draws.executor import Executor
from harness.draws.model_draw import ModelDraw
from harness.errors import UserError
from harness.identity import source

RUN = "in a module"
"""How programs are run: part of an outcome's key, and named anew whenever the same program may come
to another. Before it had a name, programs had no module, and the harness's future statements."""


@dataclass(frozen=True)
class AttemptDraw(ModelDraw):
    """The `Draw` that solvers hold: an attempt's session at one address."""

    async def read(self, text: str) -> tuple[str | None, str | None]:
        return await self.session.read(self.session.reader(text))

    async def read_program(
        self, text: str, stub: FunctionStub
    ) -> tuple[ProgramReading | None, str | None]:
        if self.session.program_reader is None:
            raise ValueError(f"answers to {self.session.benchmark} are no programs")
        return await self.session.read(self.session.program_reader(text, stub))

    async def read_reply(self, text: str, stub: FunctionStub | None = None) -> Reading:
        if self.session.reply_reader is None:
            raise ValueError(f"replies to {self.session.benchmark} follow a cue")
        return await self.session.read(self.session.reply_reader(text, stub))

    async def effect(
        self,
        name: str,
        arguments: Any,
        make: Callable[[], Awaitable[Any]],
        *,
        local: bool = False,
        rehearsed: Any = None,
    ) -> Any:
        session = self.session
        if session.rehearsing and not local:
            return self._rehearsed(name, rehearsed)
        parts = [session.benchmark, session.problem, name, arguments]
        if own := source(make):  # the journal does not answer for a function that was changed
            parts.append(own)
        what = json.dumps(parts, sort_keys=True)
        base = blake2b(f"{what}|{self.address}".encode(), digest_size=16, person=b"effect")
        nth = session.seen[base.digest()]
        session.seen[base.digest()] += 1
        if nth:
            base.update(f"|repeat={nth}".encode())
        session.draws[base.hexdigest()] = ""
        return await session.asker.effect(base.digest(), make)

    def _rehearsed(self, name: str, outcome: Any) -> Any:
        if outcome is None:
            raise UserError(
                f"rehearsing {self.session.stack} on {self.session.benchmark}, the effect {name!r} "
                "is asked for, which a plan does not carry out: give draw.effect(..., "
                "rehearsed=OUTCOME), one that it might have, or local=True if it takes nothing but "
                "its arguments, at once and within this process"
            )
        return outcome

    async def shared(self, name: str, make: Callable[[Draw], Awaitable[Any]]) -> Any:
        common = self.session.common
        if name not in common:
            own = Address().at("replicate", self.address["replicate"])
            common[name] = asyncio.ensure_future(make(replace(self, address=own)))
        return await asyncio.shield(common[name])

    async def check(self, code: str, asserts: Sequence[str]) -> tuple[bool, ...]:
        async def run(executor: Executor) -> str:
            held = await executor.asserts(code, asserts)
            return "".join("1" if each else "0" for each in held)

        return tuple(each == "1" for each in await self._executed("asserts", code, asserts, run))

    async def behaviour(self, code: str, expressions: Sequence[str]) -> tuple[str, ...]:
        async def run(executor: Executor) -> list[str]:
            return await executor.values(code, expressions)

        return tuple(await self._executed("values", code, expressions, run))

    async def script(self, code: str) -> str:
        async def run(executor: Executor) -> str:
            return await executor.printed(code)

        return str(await self._executed("script", code, (), run))

    async def _executed(
        self,
        kind: str,
        code: str,
        lines: Sequence[str],
        run: Callable[[Executor], Awaitable[Any]],
    ) -> Any:
        """The journalled outcome of a program; by content alone, as nothing of it is drawn."""
        session, executor = self.session, self.session.executor
        if executor is None:
            raise UserError(f"{session.stack} runs programs, and {session.benchmark} asks for none")

        async def make() -> Any:
            start = time.perf_counter()
            outcome = await run(executor)
            session.spent = session.spent.executed(time.perf_counter() - start)
            return outcome

        self.called("sandbox")
        key = execution_key(executor.identity, f"{kind} {RUN}", code, lines)
        session.draws[key.hex()] = ""
        return await session.asker.effect(key, make)

    async def oracle(self, attempt: Any) -> float:
        if self.session.oracle is None:
            raise UserError(f"no PTE of {self.session.stack} declares that it looks at the target")
        self.called("oracle")
        return await self.session.oracle(attempt)

    def offered(self, tool: Tool) -> Tool:
        stand_in = self.session.stand_in
        return tool if stand_in is None else stand_in(tool)

    def invoked(self, pte: str) -> None:
        self.session.invoked.setdefault(pte)

    def used_tool(self, seconds: float) -> None:
        self.session.spent = self.session.spent.used_tool(seconds)
