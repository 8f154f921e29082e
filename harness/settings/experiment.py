"""A command's settings, and everything that a run is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from harness.contracts.benchmark import Benchmark, Dataset, Task
from harness.contracts.pte import PTE
from harness.contracts.tracking import WandbConfig
from harness.engines.protocol import EngineConfig, Sampling
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.plan.cell import Setting
from harness.plan.plan import Loaded, Request, check_models, check_roles
from harness.plan.sweep import Sweep
from harness.sandbox.contract import SandboxConfig, Tier
from harness.settings.building import Builder, foreign, lacks_of_engine
from harness.settings.checking import problems_of
from harness.settings.composing import composed
from harness.settings.folder import run_folder
from harness.settings.hardware import Hardware
from harness.settings.messages import composition
from harness.settings.wording import refuse


@dataclass(frozen=True)
class Experiment:
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


def load(overrides: Sequence[str]) -> Experiment:
    """Compose, check, instantiate, read the problems; no model is touched.

    Raises:
        UserError: whatever is wrong with what was asked, a line each.
    """
    return _experiment(composed(overrides), overrides)


def stored(text: str, overrides: Sequence[str]) -> Experiment:
    """An experiment from the configuration that an earlier command composed and put down.

    Raises:
        UserError: as `load`.
    """
    with composition():
        config = OmegaConf.create(text)
    if not isinstance(config, DictConfig):
        raise UserError("the stored configuration is not a mapping")
    refuse(problems_of(config))
    return _experiment(config, overrides)


def _experiment(config: DictConfig, overrides: Sequence[str]) -> Experiment:
    make = Builder()
    models: dict[str, ModelSpec] = make.several("model", config.model, ModelSpec)
    benchmarks: dict[str, Benchmark] = make.several("benchmark", config.benchmark, Benchmark)
    ptes: dict[str, PTE] = make.several("pte", config.pte, PTE)
    engine: EngineConfig = make.one("engine", config.engine)
    sweep: Sweep = make.one("sweep", config.sweep, Sweep)
    tracking: WandbConfig | None = make.one("tracking", config.tracking, WandbConfig)
    make.one("cluster", config.cluster)  # what its settings must be together
    refuse([*make.problems, *lacks_of_engine(engine)])
    setting, stacks = _setting(config), sweep.build(ptes)
    check_models([*models.values()], [*benchmarks], setting.context_window)
    check_roles(stacks, setting)
    request = Request(
        models=[*models.values()],
        benchmarks={name: _loaded(name, each) for name, each in benchmarks.items()},
        stacks=stacks,
        engine=engine,
        setting=setting,
        replicates=config.replicates,
        greedy_base=config.greedy_base,
        budget=config.budget.multiplier,
    )
    return Experiment(
        request=request,
        hardware=Hardware(**config.hardware),
        folder=run_folder(config),
        journal=Path(config.journal),
        sandbox=_sandbox(config),
        tracking=tracking,
        overrides=tuple(overrides),
        config=OmegaConf.to_yaml(config, resolve=True),
    )


def _loaded(name: str, benchmark: Benchmark) -> Loaded:
    task = foreign(f"benchmark.{name}: its task cannot be made", benchmark.task)
    _of(name, benchmark, task, Task)
    dataset = foreign(f"benchmark.{name}: its problems cannot be loaded", benchmark.load)
    _of(name, benchmark, dataset, Dataset)
    return Loaded(benchmark, task, dataset)


def _of(name: str, benchmark: Benchmark, made: object, kind: type) -> None:
    if not isinstance(made, kind):
        raise UserError(
            f"benchmark.{name}: {type(benchmark).__name__} gives a {type(made).__name__} where "
            f"a {kind.__name__} is needed"
        )


def _sandbox(config: DictConfig) -> SandboxConfig:
    tier = config.sandbox.tier
    return SandboxConfig(tier=None if tier is None else Tier(tier), workers=config.sandbox.workers)


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
