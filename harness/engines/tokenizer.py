"""Text to token ids and back: a checkpoint's own tokenizer, or bytes where there is no model."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from harness.contracts.thoughts import Thoughts
from harness.engines.chat_template import DATE, refusal, strftime_on
from harness.engines.conversations import Conversations, Message
from harness.errors import EngineError, UserError, require
from harness.models.thinking import Thinking

NEWLINE = "\n"


class Tokenizer(Protocol):
    """What rendering needs of a tokenizer."""

    unit: str
    """What the ledger counts: `token`, or `byte` where there is no model."""

    @property
    def thoughts(self) -> Thoughts | None:
        """How the model's thoughts are told from its reply; None where it does not think."""
        ...

    def encode(self, text: str, start: bool = False) -> array[int]:
        """Token ids of text; `start` puts the model's beginning-of-text token first."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids, special tokens left out."""
        ...

    def chat(self, messages: list[Message]) -> array[int]:
        """Token ids of a conversation up to where the assistant's next turn begins; its first
        message may be the system's.

        Raises:
            UserError: the model's chat template takes no such conversation.
        """
        ...

    def answered(self, messages: list[Message]) -> tuple[array[int], array[int]]:
        """Token ids before and after the assistant's reply in a conversation that ends with it.

        Raises:
            UserError: the model's chat template writes no such conversation.
        """
        ...

    def turn(self, text: str) -> array[int]:
        """Token ids that end the assistant's turn under way, say `text` as the user, and begin
        the assistant's next turn.

        Raises:
            UserError: the model's chat template cannot go on with a conversation.
        """
        ...


class ByteTokenizer:
    """UTF-8 bytes as token ids, for engines without a model (replay, fake)."""

    unit = "byte"
    thoughts: Thoughts | None = None

    def encode(self, text: str, start: bool = False) -> array[int]:
        return array("I", list(text.encode()))  # a list: bytes would be taken for raw memory

    def decode(self, ids: Sequence[int]) -> str:
        return bytes(list(ids)).decode(errors="replace")

    def chat(self, messages: list[Message]) -> array[int]:
        turns = "".join(f"<{turn['role']}>\n{turn['content']}\n" for turn in messages)
        return self.encode(f"{turns}<assistant>\n")

    def answered(self, messages: list[Message]) -> tuple[array[int], array[int]]:
        return self.chat(messages), self.encode("\n")

    def turn(self, text: str) -> array[int]:
        return self.encode(f"\n<user>\n{text}\n<assistant>\n")


class CheckpointTokenizer:
    """The tokenizer that lies in a checkpoint's folder."""

    unit = "token"

    def __init__(
        self,
        folder: Path,
        chat: bool,
        date: str = DATE,
        thinking: bool | None = None,
        thinks: Thinking = "never",
        remote_code: bool = False,
    ) -> None:
        """
        Args:
            folder: that holds the tokenizer.
            chat: whether prompts are conversations.
            date: what the chat template takes for today.
            thinking: whether the model is to think, told to its chat template; None leaves that to
                the template.
            thinks: what the model's config says of it, for templates that do not show it.
            remote_code: whether code that comes with the checkpoint is run.

        Raises:
            UserError: the chat template is absent, gives another prompt each time, or cannot be
                told to think or not to.
        """
        transformers = require("transformers", "vllm")
        # Said either way: where it is not, the library asks whoever is at the terminal.
        self.raw: Any = transformers.AutoTokenizer.from_pretrained(
            folder, trust_remote_code=remote_code
        )
        """The library's own object, for engines that hand it on."""
        self._name = f"the tokenizer in {folder}"
        if chat and not self.raw.chat_template:
            raise UserError(f"{self._name} has no chat template: set chat: false")
        if chat and (reason := refusal(self._template())):
            raise UserError(
                f"the chat template of {self._name} gives another prompt each time: "
                f"{reason}. Give the model a template without it, or set chat: false"
            )
        self._conversations = Conversations(self.raw, self._name, strftime_on(date), thinking)
        self.thoughts = self._conversations.thoughts(self._template(), thinks) if chat else None
        """How the model's thoughts are told from its reply; None where it does not think."""
        self.marks = _special(self.raw, self.thoughts)
        """Special tokens that thoughts are told by, which decoding keeps; none for most models."""
        bos = self.raw.bos_token_id
        # Whether a plain text starts with a BOS is the tokenizer's own choice (Llama's does, the
        # GPT family's does not); asking it is the only rule that is right for all.
        starts = self.raw("a").input_ids
        self._start = [bos] if bos is not None and starts[:1] == [bos] else []
        self._before = self._anchor()

    def _template(self) -> str:
        """The chat template; of several by name, the one that is used where no tools are given."""
        result = self.raw.chat_template
        return result if isinstance(result, str) else str(self.raw.get_chat_template())

    def _anchor(self) -> list[int]:
        """Token ids of a newline, where the tokenizer puts a space before every text (Llama-2's):
        what comes after a newline gets none. Empty for all others."""
        try:
            alone, newline, both = (self._ids(text) for text in ("a", NEWLINE, f"{NEWLINE}a"))
        except EngineError:  # a vocabulary of few words has no tokens for them
            return []
        apart = both[: len(newline)] == newline
        return newline if apart and both[len(newline) :] != alone else []

    def _ids(self, text: str) -> list[int]:
        try:
            return list(self.raw(text, add_special_tokens=False).input_ids)
        except Exception as error:  # the library's own kind for words that it has no token for
            raise EngineError(f"the tokenizer has no tokens for {text!r}: {error}") from error

    def encode(self, text: str, start: bool = False) -> array[int]:
        if start:
            return array("I", [*self._start, *self._ids(text)])
        if not self._before:
            return array("I", self._ids(text))
        return array("I", self._ids(f"{NEWLINE}{text}")[len(self._before) :])

    def decode(self, ids: Sequence[int]) -> str:
        if self._before and list(ids[:1]) != self._start:
            # What goes on with a text keeps the space that it begins with.
            return self._decoded([*self._before, *ids]).removeprefix(NEWLINE)
        return self._decoded(list(ids))

    def _decoded(self, ids: list[int]) -> str:
        if not self.marks:
            return str(self.raw.decode(ids, skip_special_tokens=True))
        special = self.raw.added_tokens_decoder
        kept = [
            each
            for each in ids
            if each not in special or not special[each].special or each in self.marks
        ]
        return str(self.raw.decode(kept, skip_special_tokens=False))

    def chat(self, messages: list[Message]) -> array[int]:
        return array("I", self._conversations.ids(messages))

    def answered(self, messages: list[Message]) -> tuple[array[int], array[int]]:
        # The template writes its own special tokens, and no space is put before its text.
        before, after = map(self._ids, self._conversations.answered(messages))
        return array("I", before), array("I", after)

    def turn(self, text: str) -> array[int]:
        return self.encode(self._conversations.turn(text))


def _special(raw: Any, thoughts: Thoughts | None) -> frozenset[int]:
    """Ids of the special tokens that the marks of thoughts are made of."""
    if thoughts is None:
        return frozenset()
    marks = f"{thoughts.open}{thoughts.close}"
    tokens = raw.added_tokens_decoder.items()
    return frozenset(n for n, token in tokens if token.special and str(token) in marks)
