"""`engine=fake`: no model is loaded, every path of a stack is walked, and nothing is measured."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.contracts.pte import Capabilities
from harness.contracts.thoughts import Thoughts
from harness.engines.conversations import Message
from harness.engines.fake import FakeConfig, FakeEngine, Script
from harness.engines.protocol import Identity, LoadRequest
from harness.engines.weightless.replies import plausible_reply

VERSION = "plausible 1"
"""Changes whenever the same request would get another answer."""
WIDTH = 4
"""Bytes a token: about as many as a real tokenizer's have in English."""
_PAD = b"\xff"
"""Fills a token up; it occurs in no UTF-8."""


@dataclass(frozen=True)
class WeightlessConfig(FakeConfig):
    """The engine of deterministic answers under the guise of a small model."""

    script: Script = plausible_reply

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(score=True, adapters=True, weights=False, reward=True)

    def identity(self, weights: str, adapter: str) -> Identity:
        return Identity(
            weights="none",
            adapter=adapter,
            dtype="none",
            quantisation="none",
            engine=self.name,
            version=VERSION,
        )

    def settings(self) -> Mapping[str, Any]:
        return {"measured": False}

    async def load(self, request: LoadRequest) -> FakeEngine:
        engine = FakeEngine(self, request)
        engine.tokenizer = ChunkTokenizer()
        return engine


class ChunkTokenizer:
    """Pieces of UTF-8, four bytes each, as token ids: prompts are about as long as for a model."""

    unit = f"{WIDTH} bytes"
    thoughts: Thoughts | None = None

    def encode(self, text: str, start: bool = False) -> array[int]:
        raw = text.encode()
        pieces = (raw[at : at + WIDTH].ljust(WIDTH, _PAD) for at in range(0, len(raw), WIDTH))
        return array("I", [int.from_bytes(piece, "big") for piece in pieces])

    def decode(self, ids: Sequence[int]) -> str:
        raw = b"".join(each.to_bytes(WIDTH, "big").rstrip(_PAD) for each in ids)
        return raw.decode(errors="replace")

    def chat(self, messages: list[Message]) -> array[int]:
        turns = "".join(f"<{turn['role']}>\n{turn['content']}\n" for turn in messages)
        return self.encode(f"{turns}<assistant>\n")

    def answered(self, messages: list[Message]) -> tuple[array[int], array[int]]:
        return self.chat(messages), self.encode("\n")

    def turn(self, text: str) -> array[int]:
        return self.encode(f"\n<user>\n{text}\n<assistant>\n")
