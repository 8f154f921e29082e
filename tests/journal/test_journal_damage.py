from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.journal import Journal, JournalDamage, JournalError
from harness.journal.line import encode

RECORDS: list[dict[str, Any]] = [
    {"text": "first"},
    {"text": "zwei\nlines 🎲", "tokens": 12},
    {"text": "", "nested": {"a": [1, 2]}},
    {"text": "deadbeef 00000000000000000000000000000001 {"},
    {"text": "last"},
]
LINES = [encode(bytes([n]) * 16, record) for n, record in enumerate(RECORDS)]
WHOLE = b"".join(LINES)
STARTS = [sum(map(len, LINES[:n])) for n in range(len(LINES) + 1)]


def key(number: int) -> bytes:
    return bytes([number]) * 16


def opened(content: bytes) -> Journal:
    """A journal of one segment with this content, after checking every record it serves."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "one.jsonl").write_bytes(content)
        journal = Journal.open(Path(folder))
        for number in range(len(RECORDS)):
            served = journal.get(key(number))
            assert served is None or served == RECORDS[number]
        journal.close()
    return journal


def test_cut_at_every_byte_all_whole_lines_are_served(caplog: pytest.LogCaptureFixture) -> None:
    for cut in range(len(WHOLE) + 1):
        caplog.clear()
        journal = opened(WHOLE[:cut])
        whole = sum(start <= cut for start in STARTS[1:])
        assert [key(n) in journal for n in range(5)] == [n < whole for n in range(5)]
        assert journal.report.damaged == ()
        torn = cut not in STARTS
        assert journal.report.torn == (("one.jsonl",) if torn else ())
        assert len(caplog.records) == torn
        assert not torn or "one.jsonl is torn" in caplog.text


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_changed_byte_costs_its_own_line_alone(position: int, change: int) -> None:
    content = bytearray(WHOLE)
    content[position] ^= change
    journal = opened(bytes(content))
    hit = max(n for n in range(5) if STARTS[n] <= position)
    assert [key(n) in journal for n in range(5)] == [n != hit for n in range(5)]
    report = journal.report
    if position == len(WHOLE) - 1:
        assert report.torn == ("one.jsonl",)
    else:
        assert ("one.jsonl", STARTS[hit]) in report.damaged


def test_every_changed_newline_is_found() -> None:
    for hit, end in enumerate(STARTS[1:-1]):
        for changed in (b"a", b"0", b" ", b"{", b"\r", b"\x00"):
            journal = opened(WHOLE[: end - 1] + changed + WHOLE[end:])
            assert [key(n) in journal for n in range(5)] == [n != hit for n in range(5)]
            assert journal.report.damaged == (("one.jsonl", STARTS[hit]),)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=12))
def test_nothing_wrong_is_served_however_much_is_changed(changes: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE)
    for position, value in changes:
        content[position] = value
    opened(bytes(content))  # checks every record that it serves


def test_damage_is_logged_with_file_and_offset(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "one.jsonl").write_bytes(WHOLE.replace(b"zwei", b"drei"))
    with caplog.at_level(logging.WARNING):
        Journal.open(tmp_path)
    (warning,) = caplog.messages
    assert str(tmp_path / "one.jsonl") in warning
    assert f"at byte {STARTS[1]} " in warning
    assert "will be asked again" in warning


def test_damage_after_opening_is_detected_when_read(tmp_path: Path) -> None:
    segment = tmp_path / "one.jsonl"
    segment.write_bytes(WHOLE)
    journal = Journal.open(tmp_path)
    assert journal.get(key(1)) == RECORDS[1]
    for position in range(STARTS[1], STARTS[2]):
        content = bytearray(WHOLE)
        content[position] ^= 0x20
        segment.write_bytes(content)
        for read in (journal.get, journal.digest):
            with pytest.raises(JournalDamage, match=f"one.jsonl is damaged at byte {STARTS[1]}"):
                read(key(1))
        assert journal.get(key(2)) == RECORDS[2]


def test_a_segment_that_vanished_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_bytes(WHOLE)
    journal = Journal.open(tmp_path)
    (tmp_path / "one.jsonl").unlink()
    with pytest.raises(JournalError, match=r"one\.jsonl cannot be read"):
        journal.get(key(0))


def test_a_line_longer_than_any_buffer(tmp_path: Path) -> None:
    record = {"text": "0123456789" * 1_000_000}
    (tmp_path / "one.jsonl").write_bytes(LINES[0] + encode(key(9), record) + LINES[1])
    journal = Journal.open(tmp_path)
    assert journal.get(key(9)) == record
    assert journal.get(key(1)) == RECORDS[1]
