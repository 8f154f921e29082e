"""A command's settings, and everything that a run is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from omegaconf import DictConfig, OmegaConf

from harness.contracts.benchmark import Benchmark, Dataset, Task
from harness.contracts.pte import PTE
from harness.engines.protocol import EngineConfig, Sampling
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.plan.cell import Setting
from harness.plan.plan import Loaded, Request, check_models, check_roles
from harness.plan.sweep import Sweep
from harness.sandbox.contract import SandboxConfig, Tier
from harness.settings.building import build, foreign, lacks_of_engine
from harness.settings.checking import problems_of
from harness.settings.composing import composed
from harness.settings.folder import run_folder
from harness.settings.hardware import Hardware
from harness.settings.messages import composition
from harness.settings.wording import refuse
from harness.tracking.settings import WandbConfig

T = TypeVar("T")


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
    parts = _Parts(config)
    setting = _setting(config)
    stacks = parts.sweep.build(parts.ptes)
    check_models(parts.models, [*parts.benchmarks], setting.context_window)
    check_roles(stacks, setting)
    request = Request(
        models=parts.models,
        benchmarks={name: _loaded(name, each) for name, each in parts.benchmarks.items()},
        stacks=stacks,
        engine=parts.engine,
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
        tracking=parts.tracking,
        overrides=tuple(overrides),
        config=OmegaConf.to_yaml(config, resolve=True),
    )


class _Parts:
    """Every component of a checked configuration; all that refuse their settings are told of."""

    def __init__(self, config: DictConfig) -> None:
        self._problems: list[str] = []
        self.models = [*self._all(config, "model", ModelSpec).values()]
        self.benchmarks = self._all(config, "benchmark", Benchmark)
        self.ptes = self._all(config, "pte", PTE)
        engine = self._one("engine", config.engine, None)
        sweep = self._one("sweep", config.sweep, Sweep)
        self.tracking = self._one("tracking", config.tracking, WandbConfig)
        self._one("cluster", config.cluster, None)
        self._problems += [] if engine is None else lacks_of_engine(engine)
        refuse(self._problems)
        assert engine is not None and sweep is not None
        self.engine: EngineConfig = engine
        self.sweep = sweep

    def _all(self, config: DictConfig, group: str, wanted: type[T]) -> dict[str, T]:
        made = {
            str(name): self._one(f"{group}.{name}", node, wanted)
            for name, node in config[group].items()
        }
        return {name: each for name, each in made.items() if each is not None}

    def _one(self, name: str, node: DictConfig | None, wanted: type[T] | None) -> T | None:
        if not node:
            return None
        try:
            return build(name, node, wanted)
        except UserError as error:
            self._problems.append(str(error))
        return None


def _loaded(name: str, benchmark: Benchmark) -> Loaded:
    task = foreign(f"benchmark.{name}: its task cannot be made", benchmark.task)
    dataset = foreign(f"benchmark.{name}: its problems cannot be loaded", benchmark.load)
    for made, kind in ((task, Task), (dataset, Dataset)):
        if not isinstance(made, kind):
            raise UserError(
                f"benchmark.{name}: {type(benchmark).__name__} gives a {type(made).__name__} where "
                f"a {kind.__name__} is needed"
            )
    return Loaded(benchmark, task, dataset)


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
