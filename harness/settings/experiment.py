"""A command's settings, and everything that a run is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from harness.contracts.tracking import WandbConfig
from harness.errors import UserError
from harness.plan.plan import Loaded, Request
from harness.sandbox.contract import SandboxConfig, Tier
from harness.settings.asked import asked_by
from harness.settings.checks import check
from harness.settings.composing import composed
from harness.settings.folder import folder_of
from harness.settings.hardware import Hardware
from harness.settings.messages import mended
from harness.settings.seeds import seed_note
from harness.settings.tracked import tracking_of


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
    notes: tuple[str, ...] = ()
    """What whoever asked should know of it before anything starts."""


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
    asked = asked_by(config)
    benchmarks = {
        name: Loaded(each, each.task(), each.load()) for name, each in asked.benchmarks.items()
    }
    request = Request(
        models=asked.models,
        benchmarks=benchmarks,
        stacks=asked.sweep.build(asked.ptes),
        engine=asked.engine,
        setting=asked.setting,
        replicates=config.replicates,
        greedy_base=config.greedy_base,
        budget=config.budget.multiplier,
    )
    return Experiment(
        request=request,
        hardware=Hardware(**config.hardware),
        folder=folder_of(config, asked),
        journal=Path(config.journal),
        sandbox=_sandbox(config),
        tracking=tracking_of(config.tracking),
        overrides=tuple(overrides),
        config=OmegaConf.to_yaml(config, resolve=True),
        notes=seed_note(config, overrides),
    )


def _sandbox(config: DictConfig) -> SandboxConfig:
    tier, workers = config.sandbox.tier, config.sandbox.workers
    if tier is not None and tier not in list(Tier):
        raise UserError(f"sandbox.tier is {tier!r}: give {', '.join(Tier)}, or null")
    if workers is not None and (type(workers) is not int or workers < 1):
        raise UserError(f"sandbox.workers is {workers!r}: give a whole number from 1, or null")
    return SandboxConfig(tier=None if tier is None else Tier(tier), workers=workers)
