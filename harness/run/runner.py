"""Carries out a plan: job after job, stoppable at any moment, and says how to go on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from harness import interrupts
from harness.draws.asker import Asker
from harness.engines.protocol import EngineConfig
from harness.errors import UserError
from harness.journal import Journal
from harness.plan.cell import Cell
from harness.plan.plan import Plan
from harness.plan.request import LoadedBenchmark
from harness.plan.shard import WHOLE, Shard
from harness.provenance import git_commit
from harness.records.parts import Parts
from harness.records.row import Provenance, role_models_text
from harness.records.store import Records
from harness.run.garbage import rare_collection
from harness.run.grading import AnswerReader, Grader
from harness.run.job import CellRun, Job, Observe, assemble
from harness.run.loading import LoadedEngine as EngineLoaded
from harness.run.loading import Loader, bound, checkpoint
from harness.run.programs import ProgramGrader, SolversSandbox, runs_programs
from harness.run.tracker import Tracker
from harness.sandbox.contract import SandboxConfig
from harness.sandbox.pool import Sandbox
from harness.solvers.compose import compose

IN_FLIGHT = 3
"""Attempts in flight, in multiples of what fills the engine: its batch never waits for us."""


PATIENCE = 2.0
"""Seconds after Ctrl-C in which an engine that is being loaded may come to an orderly end."""

DRAINING = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR2)
"""Ctrl-C, what ends a process, and what Slurm is asked to send before it takes a node away."""


@dataclass
class Runner:
    """One run of a plan, or of a work unit of it, in one folder."""

    plan: Plan
    """The plan; its cells count the problems of the shard alone."""
    benchmarks: Mapping[str, LoadedBenchmark]
    engine: EngineConfig
    folder: Path
    journal: Journal
    tracker: Tracker
    sandbox: SandboxConfig = field(default_factory=SandboxConfig)
    shard: Shard = WHOLE
    observe: Observe | None = None
    """Is shown every attempt once it is graded: then nothing is kept, and all that was drawn comes
    from the journal again."""

    def __post_init__(self) -> None:
        self.records = Records(self.folder / "records")
        self.grader = Grader()
        self.reader = AnswerReader()
        self.asker = Asker(self.journal)
        self.loader = Loader(self.engine, self.plan.setting)
        self.interrupted = False

    async def run(self) -> None:
        """Run every cell whose records are not there yet.

        Raises:
            EngineLostError, JournalError: the run cannot go on; what was drawn is kept.
        """
        work = asyncio.ensure_future(self._jobs())
        try:
            with self._listening(work), rare_collection():
                await work
            self.tracker.state = "finished"
        except BaseException as error:
            # Ctrl-C reaches the engine's processes as well: whatever they say then is no failure.
            self.tracker.state = "interrupted" if self.interrupted else "failed"
            if not self.interrupted:
                self.tracker.why = str(_first(error))
                raise _first(error) from error
        finally:
            self.tracker.phase = ""
            self.grader.close()
            self.reader.close()
            self.journal.close()
            self.tracker.close()

    @contextmanager
    def _listening(self, work: asyncio.Future[None]) -> Iterator[None]:
        """Signals end the work, not the process: what is drawn is on disk already.

        But loading may hold up the loop for minutes: Ctrl-C ends the process then.
        """
        loop = asyncio.get_running_loop()

        def stop(number: int) -> None:
            # A second Ctrl-C is impatience; a second signal of a scheduler is not.
            if number == signal.SIGINT or not self.interrupted:
                work.cancel()
            self.interrupted = True

        def heard(number: int, _: FrameType | None) -> None:
            loop.call_soon_threadsafe(stop, number)
            if number == signal.SIGINT and self.tracker.phase:
                threading.Thread(target=self._abandon, daemon=True).start()

        before = {number: signal.signal(number, heard) for number in DRAINING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _abandon(self) -> None:
        """End the process, with all that it started, if it goes on loading."""
        time.sleep(PATIENCE)
        if not self.tracker.phase:
            return
        self.tracker.state, self.tracker.phase = "interrupted", ""
        self.tracker.save()
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        interrupts.leave()
        sys.stderr.write(f"{interrupts.LINE}\n")
        sys.stderr.flush()
        os._exit(interrupts.CODE)

    async def _jobs(self) -> None:
        try:
            await self._each_job()
        finally:
            await self.loader.close()

    async def _each_job(self) -> None:
        for cells in self.plan.jobs.values():
            try:
                pending = [cell for cell in cells if not self._kept(cell)]
            except UserError as error:  # weights that cannot be found must not cost other rungs
                self._give_up(cells, error)
                continue
            if pending:
                await self._job(pending)
            await asyncio.to_thread(self._assemble, cells)

    def _kept(self, cell: Cell) -> bool:
        """Whether the cell's records are there, just as they would be made now."""
        if self.observe is not None:
            return False
        parts = self._parts(cell, self._role_models_now(cell))
        made = (parts.role_models, parts.commit)
        rows = self.records.kept(cell.id, parts.problems, *made)
        if rows is not None:
            rows = rows.iloc[list(self.shard.places(parts.problems))]
            parts.tidy()
        elif not self.shard.whole:
            rows = self.records.kept(cell.id, cell.problems, *made, self.shard)
        if rows is None:
            return False
        self.tracker.cells[cell.id].keep(rows)
        return True

    def _role_models_now(self, cell: Cell) -> str:
        return role_models_text({role: self.loader.identity(model) for role, model in bound(cell)})

    def _parts(self, cell: Cell, role_models: str) -> Parts:
        problems = len(self.benchmarks[cell.benchmark].dataset.items)
        return Parts(
            records=self.records,
            cell=cell.id,
            problems=problems,
            count=self.shard.count,
            role_models=role_models,
            commit=git_commit(),
        )

    def _assemble(self, cells: list[Cell]) -> None:
        """Look once more for cells whose last part is there: the process that wrote it may have
        been killed right after, or not have seen another's (`Parts.assemble`)."""
        for cell in cells:
            progress = self.tracker.cells[cell.id]
            if self.shard.whole or progress.state not in ("done", "kept"):
                continue
            parts = self._parts(cell, self._role_models_now(cell))
            if self.records.made_now(cell.id, parts.role_models, parts.commit) is None:
                assemble(parts, cell, progress)

    def _give_up(self, cells: list[Cell], error: Exception) -> None:
        for cell in cells:
            progress = self.tracker.cells[cell.id]
            progress.state, progress.why = "failed", f"not loaded: {error}"

    async def _job(self, cells: list[Cell]) -> None:
        async with AsyncExitStack() as stack:
            try:
                engines = await self.loader.load(cells, self._tell)
                executor = await self._sandboxes(cells, stack)
            except Exception as error:  # one rung that cannot be loaded must not cost the others
                # Unless it failed because Ctrl-C, which waits while an engine loads, reached the
                # engine as well: then the cancellation comes up here.
                await asyncio.sleep(0.1)
                self._give_up(cells, error)
                return
            self.journal.refresh()  # loading takes minutes, in which other jobs have drawn
            self.tracker.state, self.tracker.phase = "running", ""
            job = Job(
                runs=[self._prepare(cell, engines) for cell in cells],
                asker=self.asker,
                grader=self.grader,
                reader=self.reader,
                records=self.records,
                window=self.plan.setting.context_window,
                executor=executor,
                in_flight=IN_FLIGHT * self.engine.max_concurrency,
                shard=self.shard,
                observe=self.observe,
            )
            await job.run()

    async def _sandboxes(self, cells: list[Cell], stack: AsyncExitStack) -> SolversSandbox | None:
        """The sandboxes of a job that runs programs, closed with the stack."""
        if not any(runs_programs(cell, self.benchmarks[cell.benchmark]) for cell in cells):
            return None
        self._tell("opening the sandbox")
        graders = await stack.enter_async_context(Sandbox.open(self.sandbox))
        self.grader.programs = ProgramGrader(graders)
        return SolversSandbox(await stack.enter_async_context(Sandbox.open(self.sandbox)))

    def _tell(self, phase: str) -> None:
        self.tracker.phase = phase

    def _prepare(self, cell: Cell, engines: Mapping[str, EngineLoaded]) -> CellRun:
        loaded = self.benchmarks[cell.benchmark]
        role_models = self.loader.role_models(cell, engines)
        provenance = Provenance(
            cell=cell,
            loaded=loaded,
            setting=self.plan.setting,
            role_models=role_models,
            revision=engines[checkpoint(cell.answering_model)].resolved.revision,
            engine_settings=self.engine.settings(),
            git_commit=git_commit(),
        )
        solver = compose(cell.stack, loaded.task)
        progress = self.tracker.cells[cell.id]
        parts = self._parts(cell, provenance.columns["voices"])
        return CellRun(
            cell=cell,
            loaded=loaded,
            solver=solver,
            role_models=role_models,
            provenance=provenance,
            progress=progress,
            rows={},
            parts=parts,
        )


def _first(error: BaseException) -> BaseException:
    """The first single error within the groups that a task group makes."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def prepare_folder(folder: Path, journal: Path) -> Journal:
    """Make the run's folder and open its journal.

    Raises:
        UserError: either cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"the run folder {folder} cannot be made ({error.strerror})") from error
    return Journal.open(journal)
