"""A rough tokenizer for rehearsals: a token is four characters, and nothing is lost.

No checkpoint's tokenizer is read: English text has about four characters a token, code and numbers
fewer, so that prompts of code are priced a little low. What a plan compares are ratios.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from harness.engines.tokenizer import Message

CHARACTERS = 4
"""Characters a token."""

SYSTEM = "<|system|>\nYou are a helpful assistant, made to help people.<|end|>\n"
"""What many chat templates put first."""


class RoughTokenizer:
    """Numbers each piece of text when it first comes."""

    unit = "token"

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._pieces: list[str] = []

    def encode(self, text: str, start: bool = False) -> array[int]:
        numbers = self._numbers
        ids = array("I")
        for place in range(0, len(text), CHARACTERS):
            piece = text[place : place + CHARACTERS]
            number = numbers.get(piece)
            if number is None:
                number = numbers[piece] = len(self._pieces)
                self._pieces.append(piece)
            ids.append(number)
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(map(self._pieces.__getitem__, ids))

    def chat(self, messages: list[Message]) -> array[int]:
        turns = "".join(f"<|{turn['role']}|>\n{turn['content']}<|end|>\n" for turn in messages)
        return self.encode(f"{SYSTEM}{turns}<|assistant|>\n")
