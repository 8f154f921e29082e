"""Cutting at stop strings, and the token ids of what is left."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from harness.engines.conversations import Message
from harness.engines.text import cut, ids_of
from harness.engines.tokenizer import ByteTokenizer

BYTES = ByteTokenizer()
STOPS = st.lists(st.text(min_size=1, max_size=3), max_size=3)
TEXTS = st.text(st.sampled_from("ab \né€😀"), max_size=30)


class PairTokenizer:
    """Bytes, where `ab` also has an id of its own, which is what `encode` prefers."""

    unit = "token"
    pair = 256
    thoughts = None

    def encode(self, text: str, start: bool = False) -> array[int]:
        raw, ids = text.encode(), array("I")
        place = 0
        while place < len(raw):
            both = raw[place : place + 2] == b"ab"
            ids.append(self.pair if both else raw[place])
            place += 2 if both else 1
        return ids

    def turn(self, text: str) -> array[int]:
        raise NotImplementedError

    def answered(self, messages: list[Message]) -> tuple[array[int], array[int]]:
        raise NotImplementedError

    def decode(self, ids: Sequence[int]) -> str:
        raw = b"".join(b"ab" if n == self.pair else bytes([n]) for n in ids)
        return raw.decode(errors="replace")

    def chat(self, messages: list[Message]) -> array[int]:
        raise NotImplementedError


class EndTokenizer(ByteTokenizer):
    """Bytes, and an end-of-turn token that decodes to nothing."""

    end = 1000

    def decode(self, ids: Sequence[int]) -> str:
        return super().decode([n for n in ids if n != self.end])


def test_cut_ends_before_the_first_stop_that_occurs() -> None:
    assert cut("one\ntwo Question: x", ("Question:", "\n")) == "one"
    assert cut("one", ("\n",)) == "one"
    assert cut("one", ()) == "one"
    assert cut("\none", ("\n",)) == ""


@given(st.text(), STOPS)
def test_cut_is_the_longest_prefix_that_holds_no_stop(text: str, stops: list[str]) -> None:
    kept = cut(text, stops)
    assert text.startswith(kept)
    assert not any(stop in kept for stop in stops)
    if kept != text:
        assert any(text.startswith(stop, len(kept)) for stop in stops)


@given(TEXTS, st.integers(0, 30))
@example("é€", 1)
@example("😀😀😀", 2)
def test_ids_of_a_cut_text_decode_to_it(raw: str, at: int) -> None:
    text = raw[:at]
    ids = BYTES.encode(raw)
    assert BYTES.decode(ids_of(text, raw, ids, BYTES)) == text


@given(st.binary(max_size=30), st.integers(0, 30))
def test_ids_of_broken_utf8_decode_to_the_cut_text(said: bytes, at: int) -> None:
    ids = array("I", list(said))
    raw = BYTES.decode(ids)
    text = raw[:at]
    assert BYTES.decode(ids_of(text, raw, ids, BYTES)) == text


@given(st.lists(st.sampled_from([97, 98, 256, 10, *"é€".encode()]), max_size=24), st.data())
@example([*"é".encode(), 97, 98, 10, *"é".encode()], None)
def test_generated_ids_are_kept_as_far_as_they_spell_the_text(
    said: list[int], data: st.DataObject | None
) -> None:
    tokens = PairTokenizer()
    ids = array("I", said)
    raw = tokens.decode(ids)
    text = cut(raw, ("\n",)) if data is None else raw[: data.draw(st.integers(0, len(raw)))]
    kept = ids_of(text, raw, ids, tokens)
    longest = max(n for n in range(len(ids) + 1) if text.startswith(tokens.decode(ids[:n])))
    assert kept[:longest] == ids[:longest]
    assert tokens.decode(kept) == text


def test_a_token_that_straddles_the_cut_is_encoded_anew() -> None:
    tokens = PairTokenizer()
    ids = array("I", [97, 98, 256])  # what it said is not how `encode` would write it
    assert ids_of("aba", "abab", ids, tokens) == array("I", [97, 98, 97])


def test_an_uncut_completion_keeps_its_ids_but_for_the_end_of_turn() -> None:
    tokens = EndTokenizer()
    ids = array("I", [97, 98, tokens.end])
    assert ids_of("ab", "ab", ids, tokens) == array("I", [97, 98])
    assert ids_of("ab", "ab", ids[:2], tokens) == ids[:2]
