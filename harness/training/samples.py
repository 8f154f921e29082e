"""Collecting: an ordinary sweep over train problems, whose words are kept with their grades.

Every draw goes through the journal, so a killed collection asks for nothing twice: begun again, it
solves all problems from the journal, and draws what is missing. The rows of a finished collection
lie on disk, one file a model that sampled and a round.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from harness.console import Console
from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.prompt import SOLVE
from harness.contracts.sampling import Sampling
from harness.errors import UserError
from harness.files import replace_text
from harness.identity import identify
from harness.models.spec import ModelSpec
from harness.plan.plan import Plan, make
from harness.plan.request import Request
from harness.run.display import Display
from harness.run.job import Observed
from harness.run.loading import Loader
from harness.run.preflight import check
from harness.run.programs import runs_programs
from harness.run.runner import Runner, prepare_folder
from harness.run.tracker import Tracker
from harness.solvers.direct import LETTERS
from harness.training.asked import Asked


@dataclass(frozen=True)
class Sample:
    """A solution that a model wrote of a train problem."""

    benchmark: str
    problem: str
    question: str
    replicate: int
    address: str
    response: str
    """What the model said, cue included."""
    status: str
    score: float | None
    """What the train split's grader says of it; None where there was nothing to grade."""


@dataclass(frozen=True)
class Collected:
    """What one model sampled in a round, and what that took."""

    samples: tuple[Sample, ...]
    prompts_flop: float
    """FLOP of reading prompts, each sample's by itself, and of scoring."""
    sampled_flop: float
    """FLOP of writing: 2N a sampled token."""
    prompt_tokens: int
    sampled_tokens: int


class InterruptedTrainingError(Exception):
    """Training was stopped by a signal; the same command goes on."""


def request_of(asked: Asked, samplers: Sequence[ModelSpec]) -> Request:
    """The sweep that collects: the declared stack on the train splits, drawn so many times."""
    collect, own = asked.recipe.collect, asked.request
    sampling = {
        **own.setting.sampling,
        SOLVE: Sampling(collect.temperature, collect.top_p, own.setting.sampling[SOLVE].top_k),
    }
    return replace(
        own,
        models=list(samplers),
        benchmarks={name: split.loaded for name, split in asked.splits.items()},
        stacks=[asked.sampled],
        setting=replace(own.setting, sampling=sampling),
        replicates=collect.draws,
        greedy="none",
        budget=None,
    )


def collect(
    asked: Asked, samplers: Sequence[ModelSpec], round_number: int, console: Console
) -> dict[str, Collected]:
    """What each sampler says on the train problems, by its name; what is on disk is read from it.

    Raises:
        UserError: the sweep cannot be run, or an attempt failed.
        InterruptedTrainingError: a signal came.
    """
    folder = asked.root / ".samples"
    plan = make(request_of(asked, samplers))
    if plan.refusals:
        each = plan.refusals[0]
        raise UserError(f"{each.stack} cannot sample on {each.benchmark}: {each.reason}")
    files = {
        model.name: folder / f"{model.name}-{round_number}-{_asked_of(model, plan, asked)}.jsonl"
        for model in samplers
    }
    missing = [model for model in samplers if not files[model.name].exists()]
    if missing:
        plan = plan if len(missing) == len(samplers) else make(request_of(asked, missing))
        told = _run(asked, plan, folder, console)
        # They lie in no run's folder, and are nobody's results.
        shutil.rmtree(folder / "records", ignore_errors=True)
        for model in missing:
            rows = [each for each in told if each.cell.model.name == model.name]
            _write(_collected(rows), files[model.name])
    return {name: _read(path) for name, path in files.items()}


def _asked_of(model: ModelSpec, plan: Plan, asked: Asked) -> str:
    """Hash of what decides a model's samples: the cells, their problems, and who answers."""
    cells = sorted(cell.id for cell in plan.cells if cell.model.name == model.name)
    who = Loader(asked.request.engine, plan.setting).identity(model)
    items = {n: [i.problem.id for i in s.loaded.dataset.items] for n, s in asked.splits.items()}
    return identify(cells=cells, problems=items, who=who)


def _run(asked: Asked, plan: Plan, folder: Path, console: Console) -> list[Observed]:
    experiment = asked.experiment
    told: list[Observed] = []
    benchmarks = {name: split.loaded for name, split in asked.splits.items()}
    executes = any(runs_programs(cell, benchmarks[cell.benchmark]) for cell in plan.cells)
    sandbox = experiment.sandbox if executes else None
    check(plan, asked.request.engine, (folder, experiment.journal), sandbox)
    journal = prepare_folder(folder, experiment.journal)
    runner = Runner(
        plan=plan,
        benchmarks=benchmarks,
        engine=asked.request.engine,
        folder=folder,
        journal=journal,
        tracker=Tracker(plan.cells, folder),
        sandbox=experiment.sandbox,
        observe=told.append,
    )
    with Display(runner.tracker, Console(stderr=True, highlight=False)):
        asyncio.run(runner.run())
    if runner.interrupted:
        raise InterruptedTrainingError
    for cell in runner.tracker.cells.values():
        if cell.state == "failed" and cell.done < cell.of:
            raise UserError(f"collecting with {cell.model} failed: {cell.why}")
    failed = [each for each in told if each.outcome.submitted.status is AttemptStatus.ERROR]
    if failed:
        why = failed[0].outcome.submitted.response
        raise UserError(
            f"{len(failed)} of {len(told)} samples failed ({why}): "
            "run the same command again, finished draws are kept"
        )
    return told


def _collected(told: Iterable[Observed]) -> Collected:
    samples: list[Sample] = []
    tokens = {"prompt": 0, "sampled": 0}
    flop = {"prompt": 0.0, "sampled": 0.0}
    for each in told:
        for cost in each.row["roles"]:
            written, read = cost["generated_tokens"], cost["prompt_tokens"]
            share = written / max(1, written + read)
            tokens["prompt"] += read
            tokens["sampled"] += written
            flop["sampled"] += cost["flop"] * share
            flop["prompt"] += cost["flop"] * (1 - share)
        samples += _samples(each)
    samples.sort(key=lambda s: (s.benchmark, s.problem, s.replicate, s.address))
    return Collected(
        tuple(samples), flop["prompt"], flop["sampled"], tokens["prompt"], tokens["sampled"]
    )


def _samples(each: Observed) -> Iterable[Sample]:
    problem = each.item.problem
    for candidate, grade in zip(each.outcome.pool, each.grades, strict=True):
        attempt = candidate.attempt
        yield Sample(
            benchmark=each.cell.benchmark,
            problem=problem.id,
            question=problem.question,
            replicate=each.cell.replicate,
            address=str(attempt.address),
            response=_said(attempt),
            status=attempt.status.value,
            score=None if grade is None else grade.score,
        )


def _said(attempt: Attempt) -> str:
    """What an attempt said; where options were scored, with the one that was the likeliest."""
    if not attempt.options or attempt.answer is None:
        return attempt.response
    chosen = attempt.problem.options[LETTERS.index(attempt.answer)]
    return f"{attempt.response} {chosen}"


def _write(collected: Collected, path: Path) -> None:
    """The cost in the first line, then a sample a line."""
    head: dict[str, Any] = asdict(replace(collected, samples=()))
    lines = [head, *(asdict(sample) for sample in collected.samples)]
    replace_text(path, "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines))


def _read(path: Path) -> Collected:
    try:
        head, *rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        fields: Mapping[str, Any] = {k: v for k, v in head.items() if k != "samples"}
        return Collected(tuple(Sample(**row) for row in rows), **fields)
    except (OSError, ValueError, TypeError) as error:
        raise UserError(
            f"{path} cannot be read ({error}): remove it, the journal has it"
        ) from error
