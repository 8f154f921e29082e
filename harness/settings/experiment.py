"""A command's settings, and everything that a run is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from harness.contracts.benchmark import Benchmark
from harness.contracts.pte import PTE
from harness.engines.protocol import EngineConfig, Sampling
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.plan.cell import Setting
from harness.plan.plan import Loaded, Request
from harness.plan.sweep import Sweep
from harness.records.lengths import measured_lengths
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.pricing import Settings
from harness.sandbox.contract import SandboxConfig, Tier
from harness.settings.building import build
from harness.settings.checks import check
from harness.settings.composing import composed
from harness.settings.folder import run_folder
from harness.settings.hardware import Hardware
from harness.settings.messages import mended
from harness.settings.tracked import tracking_of
from harness.tracking.settings import WandbConfig


@dataclass(frozen=True)
class Experiment:
    """A composed and instantiated configuration."""

    request: Request
    hardware: Hardware
    folder: Path
    """Of this run."""
    journal: Path
    sandbox: SandboxConfig
    tracking: WandbConfig | None
    overrides: tuple[str, ...]
    config: str
    """The resolved configuration as YAML, for the run's folder."""


def load(overrides: Sequence[str]) -> Experiment:
    """Compose, instantiate, read the problems; no model is touched.

    Raises:
        UserError: whatever is wrong with what was asked, in one message.
    """
    with mended():
        return _experiment(composed(overrides), overrides)


def stored(text: str, overrides: Sequence[str]) -> Experiment:
    """The same from the configuration that an earlier command composed and put down.

    Raises:
        UserError: as `load`.
    """
    with mended():
        config = OmegaConf.create(text)
        if not isinstance(config, DictConfig):
            raise UserError("the stored configuration is not a mapping")
        return _experiment(config, overrides)


def _experiment(config: DictConfig, overrides: Sequence[str]) -> Experiment:
    check(config)
    benchmarks = {name: _loaded(name, node) for name, node in config.benchmark.items()}
    ptes: dict[str, PTE] = {name: build(node) for name, node in config.pte.items()}
    models: list[ModelSpec] = [build(node) for node in config.model.values()]
    engine: EngineConfig = build(config.engine)
    sweep: Sweep = build(config.sweep)
    stated = Lengths(config.rehearsal.length, config.rehearsal.success)
    request = Request(
        models=models,
        benchmarks=benchmarks,
        stacks=sweep.build(ptes),
        engine=engine,
        setting=_setting(config),
        replicates=config.replicates,
        greedy_base=config.greedy_base,
        budget=config.budget.multiplier,
        rehearsal=Settings(config.rehearsal.problems, config.rehearsal.observation),
        lengths=stated,
    )
    request = replace(request, measured=_measured(request, Path(config.runs), stated))
    return Experiment(
        request=request,
        hardware=Hardware(**config.hardware),
        folder=run_folder(config),
        journal=Path(config.journal),
        sandbox=_sandbox(config),
        tracking=tracking_of(config.tracking),
        overrides=tuple(overrides),
        config=OmegaConf.to_yaml(config, resolve=True),
    )


def _loaded(name: str, node: DictConfig) -> Loaded:
    benchmark: Benchmark = build(node)
    return Loaded(benchmark, benchmark.task(), benchmark.load())


def _measured(request: Request, runs: Path, stated: Lengths) -> Mapping[tuple[str, str], Lengths]:
    """Lengths from the records of earlier runs of these models on these benchmarks."""
    siblings = [model.sibling() for model in request.models if model.instruct_sibling]
    speakers = {model.name for model in (*request.models, *siblings)}
    wanted = {(speaker, name) for speaker in speakers for name in request.benchmarks}
    return measured_lengths(runs, wanted, stated)


def _sandbox(config: DictConfig) -> SandboxConfig:
    tier, workers = config.sandbox.tier, config.sandbox.workers
    if tier is not None and tier not in list(Tier):
        raise UserError(f"sandbox.tier is {tier!r}: give {', '.join(Tier)}, or null")
    if workers is not None and (type(workers) is not int or workers < 1):
        raise UserError(f"sandbox.workers is {workers!r}: give a whole number from 1, or null")
    return SandboxConfig(tier=None if tier is None else Tier(tier), workers=workers)


def _setting(config: DictConfig) -> Setting:
    sampling = {str(role): Sampling(**values) for role, values in config.sampling.items()}
    kept = {k: v for k, v in config.engine.items() if k in ("_target_", "dtype", "quantisation")}
    if "file" in config.engine:
        kept["file"] = config.engine.file
    return Setting(
        engine=repr(kept),
        sampling=sampling,
        context_window=config.context_window,
        seed=config.seed,
    )
