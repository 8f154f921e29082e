"""Engines for cells: which weights they are, loading them, and who speaks in which role."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from harness.contracts.prompt import SOLVE
from harness.draws.role_model import RoleModel
from harness.engines.protocol import Engine, EngineConfig, Identity, LoadRequest
from harness.engines.rendering import Renderer
from harness.models.resolve import Resolved, adapter_identity, fetch, pin
from harness.models.spec import ModelSpec
from harness.plan.cell import Cell, Setting


@dataclass(frozen=True)
class LoadedEngine:
    """An engine with what it has loaded."""

    resolved: Resolved
    engine: Engine


@dataclass
class Loader:
    """Loads one engine a checkpoint, keeps it for what comes next, and binds models to roles."""

    config: EngineConfig
    setting: Setting
    _pins: dict[str, str] = field(default_factory=dict)
    _engines: dict[str, LoadedEngine] = field(default_factory=dict)

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
        self, cells: Iterable[Cell], tell: Callable[[str], None]
    ) -> dict[str, LoadedEngine]:
        """The engines that these cells need, by checkpoint.

        An engine of an earlier job takes their weights in where it can; where it cannot, it is
        closed before another one is loaded.
        """
        wanted: dict[str, list[ModelSpec]] = {}
        for model in (model for cell in cells for _, model in bound(cell)):
            wanted.setdefault(checkpoint(model), []).append(model)
        earlier, self._engines = self._engines, {}
        requests: dict[str, tuple[Resolved, LoadRequest]] = {}
        try:
            for key, models in wanted.items():
                tell(f"fetching {models[0].name}")
                resolved = await self._fetch(replace(models[0], adapter=None))
                adapters = dict.fromkeys(m.adapter for m in models if m.adapter is not None)
                request = LoadRequest(
                    resolved.spec,
                    tuple(adapters),
                    self.setting.context_window,
                    identity=resolved.identity,
                    date=self.setting.date,
                    thinking=self.setting.thinking,
                )
                engine = await _swapped(earlier, request)
                if engine is None:
                    requests[key] = resolved, request
                else:
                    self._engines[key] = LoadedEngine(resolved, engine)
        finally:
            for each in earlier.values():
                await each.engine.close()
        for key, (resolved, request) in requests.items():
            tell(f"loading {request.model.name} into {self.config.name}")
            self._engines[key] = LoadedEngine(resolved, await self.config.load(request))
        return self._engines

    async def close(self) -> None:
        """Close every engine."""
        for each in self._engines.values():
            await each.engine.close()
        self._engines = {}

    async def _fetch(self, model: ModelSpec) -> Resolved:
        if not self.config.capabilities.weights:
            return Resolved(model, "none", "none")
        return await asyncio.to_thread(fetch, model)

    def role_models(self, cell: Cell, engines: Mapping[str, LoadedEngine]) -> dict[str, RoleModel]:
        """Who speaks in each role of a cell."""
        sampling, system = cell.sampling(self.setting), self.setting.system_prompt
        role_models = {}
        for role, model in bound(cell):
            loaded = engines[checkpoint(model)]
            adapter = adapter_identity(model.adapter)
            role_models[role] = RoleModel(
                model=model.name,
                engine=loaded.engine,
                renderer=Renderer(loaded.engine.tokenizer, model.chat, system),
                identity=self.config.identity(loaded.resolved.identity, adapter),
                sampling=sampling[role],
                flop_per_token=model.flop_per_token,
                adapter=model.adapter,
                head=model.reward,
            )
        return role_models


async def _swapped(engines: dict[str, LoadedEngine], request: LoadRequest) -> Engine | None:
    """The first of the engines that takes the request's weights in, taken out of them."""
    for key, loaded in list(engines.items()):
        if await loaded.engine.swap(request):
            return engines.pop(key).engine
    return None


def bound(cell: Cell) -> Iterator[tuple[str, ModelSpec]]:
    """The cell's models by role; the one that solves comes first."""
    yield SOLVE, cell.answering_model
    for role in sorted({role for pte in cell.stack.ptes for role in pte.own_roles}):
        yield role, cell.answering_model
    for pte in cell.stack.ptes:
        yield from pte.roles_beside(cell.model).items()


def checkpoint(model: ModelSpec) -> str:
    """What decides which engine serves a model: its weights, whatever adapters lie beside them."""
    return f"{model.weights}@{model.revision}"
