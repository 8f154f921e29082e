"""From a configuration to what it asks for, built but not loaded."""

from __future__ import annotations

from omegaconf import DictConfig

from harness.engines.chat_template import DATE, checked_date
from harness.engines.protocol import EngineConfig, Sampling
from harness.plan.cell import Setting
from harness.plan.naming import Asked
from harness.plan.plan import engine_text
from harness.settings.building import build


def asked_by(config: DictConfig) -> Asked:
    """Models, benchmarks, PTEs, sweep, engine and the common setting; no file of data is read."""
    engine: EngineConfig = build(config.engine)
    return Asked(
        models=[build(node) for node in config.model.values()],
        benchmarks={str(name): build(node) for name, node in config.benchmark.items()},
        ptes={str(name): build(node) for name, node in config.pte.items()},
        sweep=build(config.sweep),
        engine=engine,
        setting=Setting(
            engine=engine_text(engine),
            sampling={str(role): Sampling(**values) for role, values in config.sampling.items()},
            context_window=config.context_window,
            seed=config.seed,
            # A run that was begun before there was this setting is stored without it.
            date=checked_date(config.get("date", DATE)),
        ),
    )
