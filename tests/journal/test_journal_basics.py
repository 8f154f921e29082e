from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UserError
from harness.journal import Journal
from harness.journal.line import decode, encode, key_of

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def fill(folder: Path, records: dict[int, dict[str, Any]]) -> None:
    async def write() -> None:
        await asyncio.gather(*(journal.append(key(n), record) for n, record in records.items()))

    journal = Journal.open(folder)
    asyncio.run(write())
    journal.close()


def test_a_record_is_found_at_once_and_after_reopening(tmp_path: Path) -> None:
    record = {"text": 'zwölf\nЖ 数\u2028\u0000\r\n\t"quoted" 🎲', "n": [1, 2.5, None, {"a": True}]}

    async def write(journal: Journal) -> None:
        await journal.append(key(1), record)
        assert journal.get(key(1)) == record
        assert key(1) in journal

    journal = Journal.open(tmp_path / "new" / "folder")
    asyncio.run(write(journal))
    digest = journal.digest(key(1))
    journal.close()
    reopened = Journal.open(tmp_path / "new" / "folder")
    assert reopened.get(key(1)) == record
    assert reopened.digest(key(1)) == digest
    assert len(digest or "") == 16
    assert len(reopened) == 1
    assert (reopened.report.torn, reopened.report.damaged) == ((), ())


def test_an_unknown_key_is_no_error(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    assert journal.get(key(9)) is None
    assert journal.digest(key(9)) is None
    assert key(9) not in journal


@settings(max_examples=200)
@given(st.binary(min_size=16, max_size=16), st.dictionaries(st.text(), json_values, max_size=5))
def test_a_line_gives_back_what_it_was_given(name: bytes, record: dict[str, Any]) -> None:
    line = encode(name, record)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert key_of(line[:-1]) == name
    assert decode(line[:-1]) == record


def test_a_line_is_readable_with_ordinary_tools(tmp_path: Path) -> None:
    fill(tmp_path, {7: {"text": "a\nb"}})
    (segment,) = tmp_path.iterdir()
    crc, name, text = segment.read_text("utf-8").removesuffix("\n").split(" ", 2)
    assert len(crc) == 8
    assert name == key(7).hex()
    assert json.loads(text) == {"text": "a\nb"}
    assert text == '{"text":"a\\nb"}'


def test_a_segment_is_made_with_the_first_append_only(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    assert list(tmp_path.iterdir()) == []
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_written_once(tmp_path: Path) -> None:
    async def write() -> None:
        await asyncio.gather(*(journal.append(key(1), {"n": n}) for n in range(50)))
        await journal.append(key(1), {"n": 51})

    journal = Journal.open(tmp_path)
    asyncio.run(write())
    journal.close()
    assert journal.get(key(1)) == {"n": 0}
    (segment,) = tmp_path.iterdir()
    assert segment.read_bytes().count(b"\n") == 1


def test_one_journal_serves_several_loops_and_survives_cancelled_appends(tmp_path: Path) -> None:
    async def cancelled() -> None:
        append = asyncio.create_task(journal.append(key(1), {"n": 1}))
        await asyncio.sleep(0)
        append.cancel()

    async def kept() -> None:
        await journal.append(key(2), {"n": 2})

    journal = Journal.open(tmp_path)
    asyncio.run(cancelled())
    asyncio.run(kept())
    journal.close()
    assert journal.get(key(1)) == {"n": 1}
    assert journal.get(key(2)) == {"n": 2}


def test_many_appends_share_few_syncs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs: list[int] = []
    fsync = os.fsync

    def counted(descriptor: int) -> None:
        syncs.append(descriptor)
        fsync(descriptor)

    # A thread switch between any two appends would start a batch too early to share.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1)
    try:
        monkeypatch.setattr(os, "fsync", counted)
        fill(tmp_path, {n: {"n": n} for n in range(1000)})
    finally:
        sys.setswitchinterval(interval)
    assert len(Journal.open(tmp_path)) == 1000
    assert len(syncs) < 100


def test_closing_twice_is_harmless_and_appending_afterwards_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, {1: {"n": 1}})
    journal = Journal.open(tmp_path)
    journal.close()
    journal.close()
    assert journal.get(key(1)) == {"n": 1}
    with pytest.raises(UserError, match="closed"):
        asyncio.run(journal.append(key(2), {}))


def test_a_key_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        asyncio.run(Journal.open(tmp_path).append(b"short", {}))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "journal"):
        with pytest.raises(UserError, match="make it writable or name another") as raised:
            Journal.open(folder)
        assert str(folder) in str(raised.value)
