"""Carries out a plan: job after job, stoppable at any moment, and says how to go on."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.asking.asker import Asker
from harness.asking.voice import Voice
from harness.contracts.prompt import SOLVE
from harness.engines.protocol import Engine, EngineConfig, LoadRequest
from harness.engines.rendering import Renderer
from harness.errors import UserError
from harness.journal import Journal
from harness.models.resolve import Resolved, adapter_identity, fetch
from harness.models.spec import ModelSpec
from harness.plan.cell import Cell
from harness.plan.plan import Loaded, Plan
from harness.provenance import git_commit
from harness.records.row import Provenance
from harness.records.store import Records
from harness.run.grading import Grader, Reader
from harness.run.job import CellRun, Job
from harness.run.tracker import Tracker
from harness.solving.compose import compose

IN_FLIGHT = 3
"""Attempts in flight, in multiples of what fills the engine: its batch never waits for us."""


@dataclass
class Runner:
    """One run of a plan in one folder."""

    plan: Plan
    benchmarks: Mapping[str, Loaded]
    engine: EngineConfig
    folder: Path
    journal: Journal
    tracker: Tracker

    def __post_init__(self) -> None:
        self.records = Records(self.folder / "records")
        self.grader = Grader()
        self.reader = Reader()
        self.asker = Asker(self.journal)
        self.interrupted = False

    async def run(self) -> None:
        """Run every cell whose records are not there yet.

        Raises:
            EngineLostError, JournalError: the run cannot go on; what was drawn is kept.
        """
        work = asyncio.ensure_future(self._jobs())
        self._listen(work)
        try:
            with _rare_collection():
                await work
            self.tracker.state = "finished"
        except asyncio.CancelledError:
            self.interrupted = True
            self.tracker.state = "interrupted"
        except BaseException as error:
            self.tracker.state = "failed"
            raise _first(error) from error
        finally:
            self.tracker.phase = ""
            self.grader.close()
            self.reader.close()
            self.journal.close()
            self._save_spent()
            self.tracker.save()

    def _listen(self, work: asyncio.Future[None]) -> None:
        """Ctrl-C and SIGTERM end the work, not the process: what is drawn is on disk already."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, work.cancel)

    async def _jobs(self) -> None:
        for cells in self.plan.jobs.values():
            pending = [cell for cell in cells if not self._kept(cell)]
            if pending:
                await self._job(pending)

    def _kept(self, cell: Cell) -> bool:
        kept = self.records.finished(cell.id, cell.problems)
        if kept:
            progress = self.tracker.cells[cell.id]
            progress.state, progress.done = "kept", cell.problems
        return kept

    async def _job(self, cells: list[Cell]) -> None:
        async with AsyncExitStack() as stack:
            engines = await self._load(cells, stack)
            self.tracker.state, self.tracker.phase = "running", ""
            job = Job(
                runs=[self._prepare(cell, engines) for cell in cells],
                asker=self.asker,
                grader=self.grader,
                reader=self.reader,
                records=self.records,
                window=self.plan.setting.context_window,
                in_flight=IN_FLIGHT * self.engine.max_concurrency,
            )
            await job.run()

    async def _load(
        self, cells: Iterable[Cell], stack: AsyncExitStack
    ) -> dict[str, tuple[Resolved, Engine]]:
        """The engines that these cells need, by checkpoint; each is closed with the stack."""
        speakers: dict[str, list[ModelSpec]] = {}
        for cell in cells:
            bound = [model for pte in cell.stack.ptes for model in pte.roles.values()]
            for model in (cell.speaker, *bound):
                speakers.setdefault(_checkpoint(model), []).append(model)
        engines: dict[str, tuple[Resolved, Engine]] = {}
        for checkpoint, models in speakers.items():
            self.tracker.phase = f"fetching {models[0].name}"
            resolved = await self._fetch(replace(models[0], adapter=None))
            self.tracker.phase = f"loading {models[0].name} into {self.engine.name}"
            adapters = dict.fromkeys(m.adapter for m in models if m.adapter is not None)
            request = LoadRequest(resolved.spec, tuple(adapters), self.plan.setting.context_window)
            engine = await self.engine.load(request)
            stack.push_async_callback(engine.close)
            engines[checkpoint] = (resolved, engine)
        return engines

    async def _fetch(self, model: ModelSpec) -> Resolved:
        if not self.engine.capabilities.weights:
            return Resolved(model, "none", "none")
        return await asyncio.to_thread(fetch, model)

    def _prepare(self, cell: Cell, engines: Mapping[str, tuple[Resolved, Engine]]) -> CellRun:
        loaded = self.benchmarks[cell.benchmark]
        sampling = cell.sampling(self.plan.setting)
        bound = {r: m for pte in cell.stack.ptes for r, m in pte.roles.items()}
        voices = {}
        for role, model in {SOLVE: cell.speaker, **bound}.items():
            resolved, engine = engines[_checkpoint(model)]
            voices[role] = Voice(
                model=model.name,
                engine=engine,
                renderer=Renderer(engine.tokenizer, model.chat),
                identity=self.engine.identity(resolved.identity, adapter_identity(model.adapter)),
                sampling=sampling[role],
                flop_per_token=model.flop_per_token,
                adapter=model.adapter,
            )
        provenance = Provenance(
            cell=cell,
            loaded=loaded,
            setting=self.plan.setting,
            voices=voices,
            revision=engines[_checkpoint(cell.speaker)][0].revision,
            engine_settings=self.engine.settings(),
            git_commit=git_commit(),
        )
        solver = compose(cell.stack, loaded.task)
        return CellRun(cell, loaded, solver, voices, provenance, self.tracker.cells[cell.id], {})

    def _save_spent(self) -> None:
        """One line a cell and session: what was measured, apart from the records."""
        seconds = time.time() - self.tracker.started
        with (self.folder / "spent.jsonl").open("a") as file:
            for cell in self.tracker.cells.values():
                if cell.spent.requests or cell.spent.journal_hits:
                    line = {
                        "started": self.tracker.started,
                        "session_seconds": seconds,
                        "cell": cell.id,
                        **asdict(cell.spent),
                    }
                    file.write(json.dumps(line) + "\n")


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Look for cyclic garbage rarely: with thousands of tasks alive the search for it took half of
    the harness's own time, and found nothing, since attempts hold no cycles."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _checkpoint(model: ModelSpec) -> str:
    return f"{model.weights}@{model.revision}"


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
