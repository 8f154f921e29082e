"""Prefix first: a shared prefix is prefilled once, then its siblings follow from the cache.

Sent all at once, requests that share a prefix are each prefilled in full, since none finds the
other's blocks in the engine's prefix cache yet. The gate lets the first of them through and holds
the rest until its first token is out.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b


class PrefixGate:
    """Orders requests by shared blocks of leading token ids.

    `block` is the engine's cache block in tokens; `remember` bounds how many blocks are believed
    to be cached (believing wrongly costs time, never correctness).
    """

    def __init__(self, block: int, remember: int = 1 << 17) -> None:
        self._block = block
        self._remember = remember
        self._done: OrderedDict[bytes, None] = OrderedDict()
        self._leading: dict[bytes, asyncio.Event] = {}

    async def enter(self, ids: array[int], salt: bytes = b"") -> Callable[[], None] | None:
        """Wait while somebody else prefills a prefix of `ids`; `salt` tells adapters apart.

        Returns what to call once these ids are prefilled or given up, or None where nothing of
        them is new: a follower need not report.
        """
        blocks = self._hashes(ids, salt)
        while True:
            new = [block for block in blocks if block not in self._done]
            if not new:
                return None
            event = self._leading.get(new[0])
            if event is None:
                return self._lead(new)
            await event.wait()

    def _lead(self, blocks: list[bytes]) -> Callable[[], None]:
        event = asyncio.Event()
        mine = [block for block in blocks if block not in self._leading]
        for block in mine:
            self._leading[block] = event

        def prefilled() -> None:
            for block in mine:
                if self._leading.get(block) is event:
                    del self._leading[block]
                    self._done[block] = None
            while len(self._done) > self._remember:
                self._done.popitem(last=False)
            event.set()

        return prefilled

    def _hashes(self, ids: array[int], salt: bytes) -> list[bytes]:
        """A hash for each leading run of whole blocks."""
        state = blake2b(salt, digest_size=8)
        hashes = []
        for start in range(0, len(ids) - len(ids) % self._block, self._block):
            state.update(ids[start : start + self._block].tobytes())
            hashes.append(state.digest())
        return hashes
