"""A command's settings, and everything that a run is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from harness.contracts.benchmark import AnswerKind, Benchmark, Dataset, FreeReply, Task
from harness.contracts.tracking import WandbConfig
from harness.engines.protocol import FAKE, NOT_MEASURED
from harness.errors import UserError
from harness.plan.request import LoadedBenchmark, Request, check_models, check_roles
from harness.records.lengths import measured_lengths
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.pricing import RehearsalSettings
from harness.sandbox.contract import SandboxConfig, Tier
from harness.settings.building import Builder, foreign
from harness.settings.checking import problems_of
from harness.settings.components import build_components
from harness.settings.composing import composed
from harness.settings.folder import folder_of
from harness.settings.hardware import Hardware
from harness.settings.older import complete
from harness.settings.papers import paper_notes
from harness.settings.seeds import seed_note
from harness.settings.wording import refuse
from harness.settings.written import written


@dataclass(frozen=True)
class RunConfig:
    """A composed and instantiated configuration."""

    request: Request
    hardware: Hardware
    folder: Path
    """Folder of this run."""
    journal: Path
    sandbox: SandboxConfig
    tracking: WandbConfig | None
    overrides: tuple[str, ...]
    config: str
    """The resolved configuration as YAML, for the run's folder."""
    notes: tuple[str, ...] = ()
    """What whoever asked should know of it before anything starts."""


def load(overrides: Sequence[str]) -> RunConfig:
    """Compose, check, instantiate, read the problems; no model is touched.

    Raises:
        UserError: whatever is wrong with what was asked, a line each.
    """
    return _experiment(composed(overrides), overrides)


def stored(text: str, overrides: Sequence[str]) -> RunConfig:
    """An experiment from the configuration that an earlier command composed and put down.

    Raises:
        UserError: as `load`.
    """
    config = written(text)
    complete(config)
    refuse(problems_of(config))
    return _experiment(config, overrides)


def _experiment(config: DictConfig, overrides: Sequence[str]) -> RunConfig:
    make = Builder()
    tracking: WandbConfig | None = make.one("tracking", config.tracking, WandbConfig)
    make.one("cluster", config.cluster)  # what its settings must be together
    asked = build_components(config, make)
    if tracking and asked.engine.name == FAKE:
        raise UserError(
            f"{NOT_MEASURED}, and Weights & Biases is told of results alone: set tracking=none"
        )
    stacks = asked.sweep.build(asked.ptes)
    check_models(asked.models, [*asked.benchmarks], asked.setting.context_window)
    check_roles(stacks, asked.setting)
    stated = Lengths(config.rehearsal.length, config.rehearsal.success)
    request = Request(
        models=asked.models,
        benchmarks={
            name: _loaded(name, each, asked.free.get(name))
            for name, each in asked.benchmarks.items()
        },
        stacks=stacks,
        engine=asked.engine,
        setting=asked.setting,
        replicates=config.replicates,
        greedy=config.greedy,
        budget=config.budget.multiplier,
        budget_cost=config.budget.cost,
        keep_full=config.budget.keep_full,
        rehearsal=RehearsalSettings(config.rehearsal.problems, config.rehearsal.observation),
        lengths=stated,
    )
    request = replace(request, measured=_measured(request, Path(config.runs), stated))
    return RunConfig(
        request=request,
        hardware=Hardware(**config.hardware),
        folder=folder_of(config, asked),
        journal=Path(config.journal),
        sandbox=_sandbox(config),
        tracking=tracking,
        overrides=tuple(overrides),
        config=OmegaConf.to_yaml(config, resolve=True),
        notes=(*seed_note(config, overrides), *paper_notes(config, asked.ptes)),
    )


def _loaded(name: str, benchmark: Benchmark, free: FreeReply | None) -> LoadedBenchmark:
    task = foreign(f"benchmark.{name}: its task cannot be made", benchmark.task)
    _of(name, benchmark, task, Task)
    if free is not None and task.kind is not AnswerKind.OPTION:
        task = replace(task, free=free)
    dataset = foreign(f"benchmark.{name}: its problems cannot be loaded", benchmark.load)
    _of(name, benchmark, dataset, Dataset)
    return LoadedBenchmark(benchmark, task, dataset)


def _of(name: str, benchmark: Benchmark, made: object, kind: type) -> None:
    if not isinstance(made, kind):
        raise UserError(
            f"benchmark.{name}: {type(benchmark).__name__} gives a {type(made).__name__} where "
            f"a {kind.__name__} is needed"
        )


def _measured(request: Request, runs: Path, stated: Lengths) -> Mapping[tuple[str, str], Lengths]:
    """Lengths from the records of earlier runs of these models on these benchmarks."""
    siblings = [model.sibling() for model in request.models if model.instruct_sibling]
    speakers = {model.name for model in (*request.models, *siblings)}
    wanted = {
        (answering_model, name) for answering_model in speakers for name in request.benchmarks
    }
    return measured_lengths(runs, wanted, stated)


def _sandbox(config: DictConfig) -> SandboxConfig:
    tier = config.sandbox.tier
    return SandboxConfig(tier=None if tier is None else Tier(tier), workers=config.sandbox.workers)
