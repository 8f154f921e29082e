"""What came from outside is shown with its control characters written out."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from harness.visible import HIDDEN, JOINERS, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("over\rwritten", r"over\rwritten"),
        ("nul\x00", r"nul\x00"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2066isolate\u2069", r"\u2066isolate\u2069"),
        ("\x9b2J", r"\x9b2J"),
        ("\U000e0041", r"\U000e0041"),
        ("half \ud800", r"half \ud800"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("Grüße, 你好, سلام\u200cها, 👩\u200d🔬", "Grüße, 你好, سلام\u200cها, 👩\u200d🔬"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown


def test_of_all_characters_none_that_is_hidden_comes_through() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    left = {c for c in visible(everything) if unicodedata.category(c) in HIDDEN}
    assert left == set(f"\n\t{JOINERS}")


def test_an_error_is_one_line() -> None:
    assert one_line("first\r\nsecond\tthird") == r"first\r\nsecond\tthird"
