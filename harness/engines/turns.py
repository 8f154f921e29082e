"""Taking turns: requests of one kind at a time, where an engine cannot mix kinds in a batch.

vLLM's CPU build (0.32) applies one adapter to a whole batch: a base request that was batched with
an adapter's got the adapter's answer. There, requests go by adapter, a kind at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """Lets requests of one kind in until `most` have been, then of the next kind that waits."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kind: Hashable = None
        self._inside = 0
        self._entered = 0
        self._waiting: dict[Hashable, int] = {}
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def turn(self, kind: Hashable) -> AsyncIterator[None]:
        """Hold a place among requests of this kind."""
        async with self._changed:
            self._waiting[kind] = self._waiting.get(kind, 0) + 1
            await self._changed.wait_for(lambda: self._may_enter(kind))
            self._waiting[kind] -= 1
            if kind != self._kind or not self._inside:
                self._kind, self._entered = kind, 0
            self._inside += 1
            self._entered += 1
        try:
            yield
        finally:
            async with self._changed:
                self._inside -= 1
                if not self._inside:
                    self._changed.notify_all()

    def _may_enter(self, kind: Hashable) -> bool:
        others = any(count for other, count in self._waiting.items() if other != self._kind)
        if self._inside == 0:
            # An empty room goes to whoever waits, and not twice in a row to the same kind.
            return kind != self._kind or not others
        return kind == self._kind and (self._entered < self._most or not others)
