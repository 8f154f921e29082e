"""Engines for cells: which weights they are, loading them, and who speaks in which role."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

from harness.asking.voice import Voice
from harness.contracts.prompt import SOLVE
from harness.engines.protocol import Engine, EngineConfig, Identity, LoadRequest
from harness.engines.rendering import Renderer
from harness.models.resolve import Resolved, adapter_identity, fetch, pin
from harness.models.spec import ModelSpec
from harness.plan.cell import Cell, Setting


@dataclass(frozen=True)
class Loaded:
    """An engine with what it has loaded."""

    resolved: Resolved
    engine: Engine


@dataclass
class Loader:
    """Loads one engine a checkpoint and binds models to roles."""

    config: EngineConfig
    setting: Setting
    _pins: dict[str, str] = field(default_factory=dict)

    def identity(self, model: ModelSpec) -> Identity:
        """What exactly would answer, found without loading it.

        Raises:
            UserError: the weights cannot be found, or the hub cannot be asked which they are.
        """
        key = checkpoint(model)
        if key not in self._pins:
            self._pins[key] = pin(model) if self.config.capabilities.weights else "none"
        return self.config.identity(self._pins[key], adapter_identity(model.adapter))

    async def load(
        self, cells: Iterable[Cell], stack: AsyncExitStack, tell: Callable[[str], None]
    ) -> dict[str, Loaded]:
        """The engines that these cells need, by checkpoint; each is closed with the stack."""
        wanted: dict[str, list[ModelSpec]] = {}
        for model in (model for cell in cells for _, model in bound(cell)):
            wanted.setdefault(checkpoint(model), []).append(model)
        engines = {}
        for key, models in wanted.items():
            tell(f"fetching {models[0].name}")
            resolved = await self._fetch(replace(models[0], adapter=None))
            tell(f"loading {models[0].name} into {self.config.name}")
            adapters = dict.fromkeys(m.adapter for m in models if m.adapter is not None)
            engine = await self.config.load(
                LoadRequest(resolved.spec, tuple(adapters), self.setting.context_window)
            )
            stack.push_async_callback(engine.close)
            engines[key] = Loaded(resolved, engine)
        return engines

    async def _fetch(self, model: ModelSpec) -> Resolved:
        if not self.config.capabilities.weights:
            return Resolved(model, "none", "none")
        return await asyncio.to_thread(fetch, model)

    def voices(self, cell: Cell, engines: Mapping[str, Loaded]) -> dict[str, Voice]:
        """Who speaks in each role of a cell."""
        sampling = cell.sampling(self.setting)
        voices = {}
        for role, model in bound(cell):
            loaded = engines[checkpoint(model)]
            adapter = adapter_identity(model.adapter)
            voices[role] = Voice(
                model=model.name,
                engine=loaded.engine,
                renderer=Renderer(loaded.engine.tokenizer, model.chat),
                identity=self.config.identity(loaded.resolved.identity, adapter),
                sampling=sampling[role],
                flop_per_token=model.flop_per_token,
                adapter=model.adapter,
            )
        return voices


def bound(cell: Cell) -> Iterator[tuple[str, ModelSpec]]:
    """The cell's models by role; the one that solves comes first."""
    yield SOLVE, cell.speaker
    for role in sorted({role for pte in cell.stack.ptes for role in pte.own_roles}):
        yield role, cell.speaker
    for pte in cell.stack.ptes:
        yield from pte.roles.items()


def checkpoint(model: ModelSpec) -> str:
    """What decides which engine serves a model: its weights, whatever adapters lie beside them."""
    return f"{model.weights}@{model.revision}"
