"""A job: one checkpoint's engine, and all of its cells on it at once."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import msgspec

from harness.contracts.address import Address
from harness.contracts.attempt import Attempt, AttemptStatus, Candidate
from harness.contracts.benchmark import Grade
from harness.contracts.draw import Draw
from harness.contracts.problem import Item
from harness.contracts.prompt import Prompt
from harness.contracts.pte import Slot
from harness.draws.asker import Asker
from harness.draws.attempt_draw import AttemptDraw
from harness.draws.executor import Executor
from harness.draws.role_model import RoleModel
from harness.draws.session import Session
from harness.errors import EngineLostError, OverflowedError
from harness.journal import JournalError
from harness.ledger import Cost
from harness.plan.cell import Cell
from harness.plan.request import LoadedBenchmark
from harness.plan.shard import Shard
from harness.records.endings import endings
from harness.records.parts import Parts
from harness.records.row import Provenance
from harness.records.store import Records
from harness.run.grading import AnswerReader, Grader
from harness.run.soundness import cell_error
from harness.run.tracker import CellProgress
from harness.solvers.pool import SelectionPool, SelectionResult

COSTS = tuple(each.name for each in fields(Cost))
FATAL = (EngineLostError, JournalError, MemoryError)
"""What ends the run rather than one attempt: nothing that follows could be kept or asked."""


@dataclass(frozen=True)
class Observed:
    """A graded attempt, with the words that no record holds."""

    cell: Cell
    item: Item
    outcome: SelectionResult
    grades: tuple[Grade | None, ...]
    """Grades of the candidates of the pool, in order."""
    row: Mapping[str, Any]
    """The record of the attempt."""


Observe = Callable[[Observed], None]


@dataclass(kw_only=True)
class CellRun:
    """A cell while it runs."""

    cell: Cell
    loaded: LoadedBenchmark
    solver: SelectionPool
    role_models: Mapping[str, RoleModel]
    provenance: Provenance
    progress: CellProgress
    rows: dict[int, bytes]
    """Rows of the records, encoded, by the problem's place in the benchmark."""
    parts: Parts
    """What other processes have recorded of this cell, if the problems are shared out."""


@dataclass
class Job:
    """Runs cells that share an engine."""

    runs: list[CellRun]
    asker: Asker
    grader: Grader
    reader: AnswerReader
    records: Records
    window: int
    executor: Executor | None
    """What solvers' programs run in; None where no program is asked for."""
    in_flight: int
    """Attempts worked on at once: enough to keep the engine's batch full."""
    shard: Shard
    """Which of the problems are this job's."""
    observe: Observe | None = None
    """Is shown every attempt once it is graded."""

    async def run(self) -> None:
        """Bring every cell to its records; what is fatal is raised after all workers stopped."""
        work = self._work()
        async with asyncio.TaskGroup() as group:
            for _ in range(self.in_flight):
                group.create_task(self._worker(work))

    def _work(self) -> Iterator[tuple[CellRun, int, Item]]:
        """Problem by problem, so that cells that share a prompt come to it together."""
        longest = max(len(run.loaded.dataset.items) for run in self.runs)
        for place in self.shard.places(longest):
            for run in self.runs:
                if place < len(run.loaded.dataset.items):
                    yield run, place, run.loaded.dataset.items[place]

    async def _worker(self, work: Iterator[tuple[CellRun, int, Item]]) -> None:
        for run, place, item in work:
            run.progress.state = "running"
            row = await self._attempt(run, item)
            run.rows[place] = msgspec.msgpack.encode(row)  # small: a cell's rows wait in memory
            self._count(run.progress, row)
            if len(run.rows) == run.cell.problems:
                await self._finish(run)

    async def _attempt(self, run: CellRun, item: Item) -> dict[str, Any]:
        """Solve and grade one problem; its failure is its record."""
        session = self._session(run, item)
        draw = AttemptDraw(session, Address().at("replicate", run.cell.replicate))
        try:
            outcome = await run.solver.run(item.problem, draw)
            grade = await self.grader.grade(run.loaded, item.target, outcome.submitted)
            candidates = await self.grader.pool(run.loaded, item.target, outcome.pool)
        except FATAL:
            raise
        except OverflowedError as error:  # of a prompt that a selection stage wrote
            outcome, grade, candidates = _failed(item, draw, AttemptStatus.OVERFLOW, str(error))
        except Exception as error:  # a bug of a PTE or a grader must not take the sweep with it
            outcome, grade, candidates = _failed(
                item, draw, AttemptStatus.ERROR, _error_text(error)
            )
        run.progress.spent = run.progress.spent + session.spent
        row = run.provenance.row(session, outcome, grade, candidates, item.chance)
        if self.observe is not None:
            self.observe(Observed(run.cell, item, outcome, candidates, row))
        return row

    def _session(self, run: CellRun, item: Item) -> Session:
        session = Session(
            asker=self.asker,
            role_models=run.role_models,
            # Bound to the task alone: from here no path may lead to a target (law 3).
            reader=partial(self.reader.read, run.loaded.task),
            program_reader=partial(self.reader.program, run.loaded.task),
            reply_reader=partial(self.reader.reply, run.loaded.task),
            benchmark=run.cell.benchmark,
            problem=item.problem.id,
            stack=run.cell.stack.label,
            window=self.window,
            executor=self.executor,
            oracle=self._oracle(run, item),
        )
        for pte in run.cell.stack.filling(Slot.WEIGHTS):
            session.invoked.setdefault(pte.name)  # whoever answers, it is that PTE's checkpoint
        return session

    def _oracle(self, run: CellRun, item: Item) -> Callable[[Attempt], Awaitable[float]] | None:
        """The hidden grader, where a PTE of the stack declares that it looks at it."""
        if not any("oracle" in pte.looks_at(run.loaded.task) for pte in run.cell.stack.ptes):
            return None

        async def score(attempt: Attempt) -> float:
            grade = await self.grader.grade(run.loaded, item.target, attempt)
            return grade.score if grade else 0.0

        return score

    @staticmethod
    def _count(progress: CellProgress, row: dict[str, Any]) -> None:
        progress.done += 1
        progress.failed += incomplete(row)
        progress.cost += Cost(**{name: row[name] for name in COSTS})
        if row["score"] is not None:
            progress.scored += 1
            progress.score_sum += row["score"]
        progress.endings += endings([row])

    async def _finish(self, run: CellRun) -> None:
        rows = [msgspec.msgpack.decode(run.rows[place]) for place in sorted(run.rows)]
        await asyncio.to_thread(self._write, run, rows)
        run.progress.state = "failed" if run.progress.why else "done"
        run.rows = {}

    def _write(self, run: CellRun, rows: list[dict[str, Any]]) -> None:
        """Put down a cell, or a shard of it and the cell if that was the last one."""
        cell = run.cell
        error = cell_error(cell, rows) if self.shard.whole else None
        shared = run.provenance.columns | {"cell_error": error}
        self.records.write(cell.id, [shared | row for row in rows], self.shard)
        if self.shard.whole:
            run.progress.why = error
            run.parts.tidy()
        else:
            assemble(run.parts, cell, run.progress)


def assemble(parts: Parts, cell: Cell, progress: CellProgress) -> None:
    """Make a cell whole if its last part is there; what is wrong with it all is known then."""

    def error(rows: Sequence[Mapping[str, Any]]) -> str | None:
        progress.why = cell_error(cell, rows)
        return progress.why

    parts.assemble(error)


def incomplete(row: Mapping[str, Any]) -> bool:
    """Whether an attempt was not graded, or lost a candidate of its pool."""
    return row["score"] is None or row["failures"] > 0 or row["overflows"] > 0


def _failed(
    item: Item, draw: Draw, status: AttemptStatus, message: str
) -> tuple[SelectionResult, None, tuple[None]]:
    """A recorded failure, with nothing to grade."""
    attempt = Attempt(item.problem, Prompt(item.problem.question), draw.address)
    attempt = replace(attempt, status=status, response=message)
    return SelectionResult(attempt, (Candidate(attempt, 0.0),)), None, (None,)


def _error_text(error: Exception) -> str:
    """The error's own words and where it came from."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"
