"""Cutting a completion at stop strings: one rule for every engine."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from harness.engines.tokenizer import Tokenizer


def cut(text: str, stops: Sequence[str]) -> str:
    """The text before the first stop string that occurs in it."""
    ends = [at for at in (text.find(stop) for stop in stops) if at >= 0]
    return text[: min(ends)] if ends else text


def ids_of(text: str, raw: str, ids: array[int], tokenizer: Tokenizer) -> array[int]:
    """Token ids of `text`, a prefix of the completion `raw` with these `ids`.

    Generated ids are kept as far as they decode to the prefix, so that a continuation extends what
    the model really said; only the piece of a token that straddles the cut is encoded anew.
    """
    if text == raw:
        return _without_end(text, ids, tokenizer)
    low, high = 0, len(ids)
    while low < high:
        middle = (low + high + 1) // 2
        # A character that is not complete yet decodes to a replacement mark.
        if text.startswith(tokenizer.decode(ids[:middle]).rstrip("\ufffd")):
            low = middle
        else:
            high = middle - 1
    while not text.startswith(tokenizer.decode(ids[:low])):
        low -= 1
    rest = text[len(tokenizer.decode(ids[:low])) :]
    return ids[:low] + tokenizer.encode(rest) if rest else ids[:low]


def _without_end(text: str, ids: array[int], tokenizer: Tokenizer) -> array[int]:
    """The ids without a closing end-of-turn token, which decodes to nothing."""
    if len(ids) and tokenizer.decode(ids[-1:]) == "" and tokenizer.decode(ids[:-1]) == text:
        return ids[:-1]
    return ids
