"""From command-line overrides to everything a run is made of, by Hydra."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_module
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.contracts.benchmark import Benchmark
from harness.contracts.pte import PTE
from harness.engines.protocol import EngineConfig, Sampling
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.plan.cell import Setting
from harness.plan.plan import Loaded, Request
from harness.plan.sweep import Sweep
from harness.stack import digest

MODULE = "configs"


@dataclass(frozen=True)
class Hardware:
    """What time is estimated on."""

    name: str
    flop_per_second: float
    utilisation: float

    def hours(self, flop: float) -> float:
        """Hours that `flop` would take."""
        return flop / (self.flop_per_second * self.utilisation) / 3600.0


@dataclass(frozen=True)
class Experiment:
    """A composed and instantiated configuration."""

    request: Request
    hardware: Hardware
    folder: Path
    """Of this run."""
    journal: Path
    overrides: tuple[str, ...]
    config: str
    """The resolved configuration as YAML, for the run's folder."""


def load(overrides: Sequence[str]) -> Experiment:
    """Compose, instantiate, read the problems; no model is touched.

    Raises:
        UserError: whatever is wrong with what was asked, in one message.
    """
    with _mended():
        config = composed(overrides)
        benchmarks = {name: _loaded(name, node) for name, node in config.benchmark.items()}
        ptes: dict[str, PTE] = {name: _build(node) for name, node in config.pte.items()}
        models: list[ModelSpec] = [_build(node) for node in config.model.values()]
        engine: EngineConfig = _build(config.engine)
        sweep: Sweep = _build(config.sweep)
        request = Request(
            models=models,
            benchmarks=benchmarks,
            stacks=sweep.build(ptes),
            engine=engine,
            setting=_setting(config),
            replicates=config.replicates,
            greedy_base=config.greedy_base,
            budget=config.budget.multiplier,
        )
        return Experiment(
            request=request,
            hardware=Hardware(**config.hardware),
            folder=run_folder(config),
            journal=Path(config.journal),
            overrides=tuple(overrides),
            config=OmegaConf.to_yaml(config, resolve=True),
        )


def composed(overrides: Sequence[str]) -> DictConfig:
    """The composed configuration, with every PTE that the sweep names in its `pte` group.

    Names in `sweep.ptes` and `sweep.stacks` need not be repeated in `pte=[...]`: a first pass reads
    them, a second composes with all of them.
    """
    with initialize_config_module(MODULE, version_base="1.3"):
        named = [o for o in overrides if not re.match(r"[+~]*pte\.", o)]
        first = compose("config", overrides=named)
        stacks = [name for stack in first.sweep.stacks for name in stack]
        chosen = list(dict.fromkeys([*first.pte, *first.sweep.ptes, *stacks]))
        rest = [o for o in overrides if not o.startswith(("pte=", "sweep.ptes="))]
        groups = [f"pte=[{','.join(chosen)}]", f"sweep.ptes=[{','.join(chosen)}]"]
        return compose("config", overrides=[*rest, *groups])


def expand(overrides: Sequence[str]) -> list[list[str]]:
    """The jobs of a multirun: every combination of the overrides that list several values."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    with _mended():
        parsed = OverridesParser.create().parse_overrides(list(overrides))
        return [list(job) for batch in BasicSweeper.split_arguments(parsed, None) for job in batch]


def run_folder(config: DictConfig) -> Path:
    """The run's folder: named, or made from the settings, so that the same command resumes."""
    if config.name:
        return Path(config.runs) / str(config.name)
    kept = {
        key: value
        for key, value in OmegaConf.to_container(config, resolve=True).items()  # type: ignore[union-attr]
        if key not in ("runs", "journal", "name", "hardware", "data")
    }
    benchmarks = "+".join(config.benchmark)
    return Path(config.runs) / f"{benchmarks}-{config.sweep.kind}-{digest(repr(kept))[:8]}"


def _loaded(name: str, node: DictConfig) -> Loaded:
    benchmark: Benchmark = _build(node)
    return Loaded(benchmark, benchmark.task(), benchmark.load())


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


def _build(node: DictConfig) -> Any:
    return instantiate(node, _convert_="all")


@contextmanager
def _mended() -> Iterator[None]:
    """Turn Hydra's errors into one clear message, and find ours inside them."""
    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, UserError):
                raise cause from None
            cause = cause.__cause__
        raise UserError(_plain(error)) from error


def _plain(error: Exception) -> str:
    """Hydra's message without its hints about tracebacks."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    hints = ("HYDRA_FULL_ERROR", "object_type=")
    kept = [line for line in lines if not any(hint in line for hint in hints)]
    return "\n".join(kept)
