"""Text to token ids and back: a checkpoint's own tokenizer, or bytes where there is no model."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from harness.engines.chat_template import DATE, refusal, strftime_on
from harness.errors import EngineError, UserError, require

Message = dict[str, str]
"""A chat turn: `role` and `content`."""


class Tokenizer(Protocol):
    """What rendering needs of a tokenizer."""

    unit: str
    """What the ledger counts: `token`, or `byte` where there is no model."""

    def encode(self, text: str, start: bool = False) -> array[int]:
        """Token ids of text; `start` puts the model's beginning-of-text token first."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids, special tokens left out."""
        ...

    def chat(self, messages: list[Message]) -> array[int]:
        """Token ids of a conversation up to where the assistant's next turn begins."""
        ...

    def turn(self, text: str) -> array[int]:
        """Token ids that end the assistant's turn under way, give `text` as a user's turn, and open
        the assistant's next one."""
        ...

    @property
    def thoughts(self) -> Thoughts | None:
        """How thoughts are marked off from the reply; None where the model does not think."""
        ...


class ByteTokenizer:
    """UTF-8 bytes as token ids, for engines without a model (replay, fake)."""

    unit = "byte"

    def encode(self, text: str, start: bool = False) -> array[int]:
        return array("I", list(text.encode()))  # a list: bytes would be taken for raw memory

    def decode(self, ids: Sequence[int]) -> str:
        return bytes(list(ids)).decode(errors="replace")

    def chat(self, messages: list[Message]) -> array[int]:
        turns = "".join(f"<{turn['role']}>\n{turn['content']}\n" for turn in messages)
        return self.encode(f"{turns}<assistant>\n")


class CheckpointTokenizer:
    """The tokenizer that lies in a checkpoint's folder."""

    unit = "token"

    def __init__(self, folder: Path, chat: bool, date: str = DATE) -> None:
        """`date` is what the chat template takes for today."""
        transformers = require("transformers", "vllm")
        self.raw: Any = transformers.AutoTokenizer.from_pretrained(folder)
        """The library's own object, for engines that hand it on."""
        if chat and not self.raw.chat_template:
            raise UserError(f"the tokenizer in {folder} has no chat template: set chat: false")
        if chat and (reason := refusal(self._template())):
            raise UserError(
                f"the chat template of the tokenizer in {folder} gives another prompt each time: "
                f"{reason}. Give the model a template without it, or set chat: false"
            )
        self._now = strftime_on(date)
        bos = self.raw.bos_token_id
        # Whether a plain text starts with a BOS is the tokenizer's own choice (Llama's does, the
        # GPT family's does not); asking it is the only rule that is right for all.
        starts = self.raw("a").input_ids
        self._start = [bos] if bos is not None and starts[:1] == [bos] else []

    def _template(self) -> str:
        """The chat template; of several by name, the one that is used where no tools are given."""
        result = self.raw.chat_template
        return result if isinstance(result, str) else str(self.raw.get_chat_template())

    def encode(self, text: str, start: bool = False) -> array[int]:
        try:
            ids = self.raw(text, add_special_tokens=False).input_ids
        except Exception as error:  # the library's own kind for words that it has no token for
            raise EngineError(f"the tokenizer has no tokens for {text!r}: {error}") from error
        return array("I", [*self._start, *ids] if start else ids)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self.raw.decode(list(ids), skip_special_tokens=True))

    def chat(self, messages: list[Message]) -> array[int]:
        # The template writes its own special tokens: tokenising its text again would double BOS.
        ids = self.raw.apply_chat_template(
            messages,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=False,
            strftime_now=self._now,  # in place of the clock's
        )
        return array("I", ids)
