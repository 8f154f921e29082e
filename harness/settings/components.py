"""From a configuration to what it asks for, built but not loaded."""

from __future__ import annotations

from omegaconf import DictConfig

from harness.contracts.benchmark import Benchmark
from harness.contracts.pte import PTE
from harness.engines.chat_template import DATE
from harness.engines.protocol import EngineConfig, Sampling
from harness.models.spec import ModelSpec
from harness.plan.cell import Setting
from harness.plan.naming import Components
from harness.plan.plan import engine_text
from harness.plan.sweep import Sweep
from harness.settings.building import Builder, foreign, lacks_of_engine
from harness.settings.pte_declarations import declaration_problems
from harness.settings.readouts import answering, free_replies, is_free, system_prompt, thinking
from harness.settings.wording import refuse


def build_components(config: DictConfig, make: Builder | None = None) -> Components:
    """Models, benchmarks, PTEs, sweep, engine and the common setting; no file of data is read.

    Args:
        config: a composed configuration whose settings have been checked.
        make: a builder that may hold problems of other components already.

    Raises:
        UserError: components that refuse their settings, a line each.
    """
    make = make or Builder()
    models: dict[str, ModelSpec] = make.several("model", config.model, ModelSpec)
    benchmarks: dict[str, Benchmark] = make.several("benchmark", config.benchmark, Benchmark)
    ptes: dict[str, PTE] = make.several("pte", config.pte, PTE)
    engine: EngineConfig = make.one("engine", config.engine)
    sweep: Sweep = make.one("sweep", config.sweep, Sweep)
    refuse([*make.problems, *lacks_of_engine(engine)])
    refuse(line for name, pte in ptes.items() for line in _declared(f"pte.{name}", pte))
    speaking = [*answering([*models.values()], ptes.values())]
    free = is_free(config, speaking)
    thinks = thinking(config, speaking, free)
    return Components(
        models=[*models.values()],
        benchmarks=benchmarks,
        ptes=ptes,
        sweep=sweep,
        engine=engine,
        setting=Setting(
            engine=engine_text(engine),
            sampling={str(role): Sampling(**values) for role, values in config.sampling.items()},
            context_window=config.context_window,
            seed=config.seed,
            # A run that was begun before there was this setting is stored without it.
            date=config.get("date", DATE),
            system_prompt=system_prompt(config, speaking),
            thinking=thinks,
        ),
        free=free_replies(config, benchmarks, thinks) if free else {},
    )


def _declared(name: str, pte: PTE) -> list[str]:
    """A line for each thing that a PTE cannot mean; its own properties may fail."""
    return foreign(f"{name}: what it declares fails", lambda: [*declaration_problems(name, pte)])
