"""The tokenizer of engines without a model, and what a checkpoint's must have."""

from __future__ import annotations

from array import array
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.engines import tokenizer as module
from harness.engines.tokenizer import ByteTokenizer, CheckpointTokenizer
from harness.errors import UserError

BOS = 9


class Library:
    """Stands for a loaded Hugging Face tokenizer: a character is its code point."""

    def __init__(self, adds_bos: bool, template: str | None, bos: int | None = BOS) -> None:
        self.bos_token_id = bos
        self.chat_template = template
        self.adds = adds_bos

    def __call__(self, text: str, add_special_tokens: bool = True) -> SimpleNamespace:
        start = [self.bos_token_id] if self.adds and add_special_tokens else []
        return SimpleNamespace(input_ids=[*start, *map(ord, text)])


def made(
    monkeypatch: pytest.MonkeyPatch, library: Library, chat: bool = False
) -> CheckpointTokenizer:
    class AutoTokenizer:
        @staticmethod
        def from_pretrained(folder: Any) -> Library:
            return library

    monkeypatch.setattr(module, "require", lambda *_: SimpleNamespace(AutoTokenizer=AutoTokenizer))
    return CheckpointTokenizer("weights", chat)  # type: ignore[arg-type]


@given(st.text())
def test_bytes_come_back_as_the_text(text: str) -> None:
    ids = ByteTokenizer().encode(text)
    assert ByteTokenizer().decode(ids) == text
    assert ids.typecode == "I"
    assert len(ids) == len(text.encode())


@given(st.text(), st.text())
def test_bytes_of_two_texts_join(one: str, two: str) -> None:
    tokens = ByteTokenizer()
    assert tokens.encode(one) + tokens.encode(two) == tokens.encode(one + two)


def test_bytes_of_a_conversation_end_where_the_assistant_begins() -> None:
    tokens = ByteTokenizer()
    ids = tokens.chat([{"role": "user", "content": "Well?"}])
    assert tokens.decode(ids) == "<user>\nWell?\n<assistant>\n"


def test_bytes_are_counted_as_bytes_and_tokens_as_tokens() -> None:
    assert (ByteTokenizer.unit, CheckpointTokenizer.unit) == ("byte", "token")


@pytest.mark.parametrize(
    ("adds", "bos", "start"), [(True, BOS, [BOS]), (False, BOS, []), (False, None, [])]
)
def test_a_plain_text_starts_as_the_tokenizer_itself_would(
    monkeypatch: pytest.MonkeyPatch, adds: bool, bos: int | None, start: list[int]
) -> None:
    tokens = made(monkeypatch, Library(adds, None, bos))
    assert tokens.encode("ab", start=True) == array("I", [*start, 97, 98])
    assert tokens.encode("ab") == array("I", [97, 98])


def test_a_chat_model_without_template_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="no chat template: set chat: false"):
        made(monkeypatch, Library(True, None), chat=True)
    made(monkeypatch, Library(True, "{{ messages }}"), chat=True)
