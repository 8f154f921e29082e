"""The tokenizer of engines without a model, and what a checkpoint's must have."""

from __future__ import annotations

from array import array
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.engines import tokenizer as module
from harness.engines.text import ids_of
from harness.engines.tokenizer import ByteTokenizer, CheckpointTokenizer
from harness.errors import UserError
from tests.small_tokenizers import byte_level, llama2_like

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
        def from_pretrained(folder: Any, trust_remote_code: bool) -> Library:
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


class TestAddedText:
    """Text that goes on with another: it gets nothing that was not said."""

    @pytest.mark.parametrize("scheme", ["legacy", "first", "always"])
    @pytest.mark.parametrize(
        ("text", "pieces"),
        [
            ("\nth", ["<0x0A>", "th"]),
            ("\n\nth th", ["<0x0A>", "<0x0A>", "th", "▁th"]),
            (" th", ["▁th"]),
            ("th", ["th"]),
            ("", []),
        ],
    )
    def test_llama_2_puts_no_space_before_it(
        self, tmp_path: Path, scheme: str, text: str, pieces: list[str]
    ) -> None:
        tokens = CheckpointTokenizer(llama2_like(tmp_path, scheme=scheme), chat=False)
        ids = tokens.encode(text)
        assert tokens.raw.convert_ids_to_tokens(list(ids)) == pieces
        assert tokens.decode(ids) == text
        start = tokens.encode("th", start=True)
        assert tokens.raw.convert_ids_to_tokens(list(start)) == ["<s>", "▁th"]
        assert tokens.decode(start) == "th"
        assert tokens.decode(start + ids) == f"th{text}"

    def test_that_it_would_be_put_there(self, tmp_path: Path) -> None:
        raw = CheckpointTokenizer(llama2_like(tmp_path), chat=False).raw
        ids = raw("\nth", add_special_tokens=False).input_ids
        assert raw.convert_ids_to_tokens(ids) == ["▁", "<0x0A>", "th"]

    @pytest.mark.parametrize("scheme", ["legacy", "first"])
    def test_its_generated_text_is_kept_with_its_own_tokens(
        self, tmp_path: Path, scheme: str
    ) -> None:
        tokens = CheckpointTokenizer(llama2_like(tmp_path, scheme=scheme), chat=False)
        end = tokens.raw.eos_token_id
        ids = tokens.encode(" th th\nQ")
        assert ids_of(" th th\nQ", " th th\nQ", array("I", [*ids, end]), tokens) == ids
        assert ids_of(" th th", " th th\nQ", ids, tokens) == ids[:2]

    def test_others_are_as_they_were(self, tmp_path: Path) -> None:
        tokens = CheckpointTokenizer(byte_level(tmp_path), chat=False)
        for text in ("\nth", " th", "th", "\n\n th"):
            assert list(tokens.encode(text)) == tokens.raw(text).input_ids
            assert tokens.decode(tokens.encode(text)) == text
