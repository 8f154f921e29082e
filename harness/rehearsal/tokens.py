"""A rough tokenizer for rehearsals: a token is four characters, and nothing is lost.

No checkpoint's tokenizer is read: English text has about four characters a token, code and numbers
fewer, so that prompts of code are priced a little low. What a plan compares are ratios.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import lru_cache

from harness.contracts.thoughts import Thoughts
from harness.engines.conversations import Message

CHARACTERS = 4
"""Characters a token."""

REMEMBERED = 256
"""Texts whose tokens are kept."""
SYSTEM = "<|system|>\nYou are a helpful assistant, made to help people.<|end|>\n"
"""What many chat templates put first."""


class Pieces(dict[str, int]):
    """Numbers each piece of text when it first comes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def __missing__(self, piece: str) -> int:
        self[piece] = number = len(self.texts)
        self.texts.append(piece)
        return number


class RoughTokenizer:
    """Cuts text every four characters."""

    unit = "token"
    thoughts: Thoughts | None = Thoughts("<think>", "</think>", opened=True, closed=False)

    def __init__(self) -> None:
        self._pieces = Pieces()
        # The same prompt is shown to every attempt of a pool.
        self._encoded = lru_cache(maxsize=REMEMBERED)(self._encode)

    def encode(self, text: str, start: bool = False) -> array[int]:
        return self._encoded(text)

    def _encode(self, text: str) -> array[int]:
        places = range(0, len(text), CHARACTERS)
        return array("I", [self._pieces[text[place : place + CHARACTERS]] for place in places])

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(map(self._pieces.texts.__getitem__, ids))

    def chat(self, messages: list[Message]) -> array[int]:
        turns = "".join(f"<|{turn['role']}|>\n{turn['content']}<|end|>\n" for turn in messages)
        return self.encode(f"{SYSTEM}{turns}<|assistant|>\n")

    def answered(self, messages: list[Message]) -> tuple[array[int], array[int]]:
        return self.chat(messages), self.encode("<|end|>\n")

    def turn(self, text: str) -> array[int]:
        return self.encode(f"<|end|>\n<|user|>\n{text}<|end|>\n<|assistant|>\n")
