"""The deterministic engine at a pace that a file gives, also while it runs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from harness.engines.fake import FakeConfig, FakeEngine
from harness.engines.protocol import Completion, CompletionRequest, LoadRequest


@dataclass(frozen=True)
class PacedConfig(FakeConfig):
    pace: str = ""
    """A file with the seconds that a request takes."""

    async def load(self, request: LoadRequest) -> FakeEngine:
        return PacedEngine(self, request, Path(self.pace))


class PacedEngine(FakeEngine):
    def __init__(self, config: FakeConfig, request: LoadRequest, pace: Path) -> None:
        super().__init__(config, request)
        self._pace = pace
        self._slots = asyncio.Semaphore(config.max_concurrency)

    async def complete(self, request: CompletionRequest) -> Completion:
        async with self._slots:
            await asyncio.sleep(float(self._pace.read_text()))
            return await super().complete(request)
