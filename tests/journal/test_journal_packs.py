"""Packs hold what the segments hold, whatever befalls them, and are never needed."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest

from harness.journal import Journal, pack, packing, packs, reader
from harness.journal.line import KEY_BYTES, encode
from harness.journal.pack import MAGIC, Pack, PackDamage
from tests.thorough import size

OLD = time.time() - 2 * 3600
"""When a segment was last written to of which nothing is still under way."""


@pytest.fixture(autouse=True)
def small_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is packed at once, in blocks and merges of a few lines."""
    monkeypatch.setattr(reader, "ENOUGH", 1)
    monkeypatch.setattr(pack, "BLOCK", 4)
    monkeypatch.setattr(pack, "_BLOCK_BYTES", 4 * pack.ENTRY_BYTES)
    monkeypatch.setattr(packing, "STEP", 2)


def key(number: int) -> bytes:
    """Keys that crowd: many share their first half."""
    return (number % 7).to_bytes(8, "big") + number.to_bytes(8, "big")


def segment(folder: Path, name: str, records: dict[int, dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.jsonl"
    path.write_bytes(b"".join(encode(key(n), record) for n, record in records.items()))
    os.utime(path, (OLD, OLD))
    return path


def contents(folder: Path, most: int = 200) -> dict[int, dict[str, Any]]:
    """All that a journal that is opened now serves."""
    journal = Journal.open(folder)
    served = {n: record for n in range(most) if (record := journal.get(key(n))) is not None}
    assert [n for n in range(most) if key(n) in journal] == sorted(served)
    journal.close()
    return served


def pack_files(folder: Path) -> list[Path]:
    return sorted((folder / "packs").glob("*.pack"))


def numbered(*numbers: int, word: str = "n") -> dict[int, dict[str, Any]]:
    return {n: {word: n} for n in numbers}


def test_what_is_packed_is_read_from_no_segment_but_its_own_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment(tmp_path, "a", numbered(*range(0, 60)))
    segment(tmp_path, "b", numbered(*range(60, 100)))
    everything = contents(tmp_path)
    assert everything == numbered(*range(100))
    (file,) = pack_files(tmp_path)
    monkeypatch.setattr(reader, "blocks", None)  # whoever reads lines in bulk fails
    journal = Journal.open(tmp_path)
    assert journal._index._fresh == {}
    assert len(journal) == 100
    assert contents(tmp_path) == everything
    assert pack_files(tmp_path) == [file]
    assert file.stat().st_size < 100 * (24 + 5) + 300


def test_only_what_came_since_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = segment(tmp_path, "a", numbered(*range(50)))
    contents(tmp_path)
    with first.open("ab") as file:
        file.write(encode(key(50), {"n": 50}))
    segment(tmp_path, "b", numbered(51, 52))
    monkeypatch.setattr(reader, "ENOUGH", 1000)
    journal = Journal.open(tmp_path)
    assert sorted(journal._index._fresh) == sorted(key(n) for n in (50, 51, 52))
    assert len(journal) == 53
    assert contents(tmp_path) == numbered(*range(53))


def test_a_journal_of_few_lines_has_no_packs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    segment(tmp_path, "a", numbered(*range(50)))
    assert contents(tmp_path) == numbered(*range(50))
    assert not (tmp_path / "packs").exists()


@pytest.mark.parametrize("seed", range(size(60, 12)))
def test_with_and_without_packs_the_same_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Random histories: segments that grow, duplicates, damage and torn lines, openings between."""
    chance = random.Random(seed)
    monkeypatch.setattr(reader, "MOST", chance.choice([3, 20, 1000]))
    packed, plain = tmp_path / "packed", tmp_path / "plain"
    for _ in range(chance.randint(2, 8)):
        name = f"{chance.randint(0, 4)}.jsonl"
        text = b"".join(
            encode(key(n), {"n": n, "from": chance.choice("abc")})
            for n in chance.choices(range(60), k=chance.randint(1, 25))
        )
        if chance.random() < 0.4:
            at = chance.randrange(len(text))
            text = text[:at] + bytes([text[at] ^ 1 << chance.randrange(8)]) + text[at + 1 :]
        for folder in (packed, plain):
            folder.mkdir(exist_ok=True)
            with (folder / name).open("ab") as file:
                file.write(text if text.endswith(b"\n") else text + b"\n")
            if chance.random() < 0.5:
                os.utime(folder / name, (OLD, OLD))
        if chance.random() < 0.7:
            contents(packed)
    with monkeypatch.context() as patch:
        patch.setattr(reader, "ENOUGH", 10**9)
        patch.setattr(reader, "MOST", 10**9)
        expected = contents(plain)
        whole = Journal.open(plain)
    assert contents(packed) == expected
    again = Journal.open(packed)
    assert len(again) >= len(whole)
    assert set(again.report.damaged) == set(whole.report.damaged)
    assert [again.digest(key(n)) for n in range(60)] == [whole.digest(key(n)) for n in range(60)]


def test_of_duplicates_in_different_packs_the_same_one_wins_before_and_after_merging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(packing, "RATIO", 0)  # nothing is merged
        for name in "bac":
            segment(tmp_path, name, {1: {"text": name}, **numbered(*range(2, 9), word=name)})
            journal = Journal.open(tmp_path)
        assert len(pack_files(tmp_path)) == 3
        assert journal.get(key(1)) == {"text": "a"}
    segment(tmp_path, "d", numbered(20, 21, 22, 23))
    assert contents(tmp_path)[1] == {"text": "a"}
    journal = Journal.open(tmp_path)
    assert len(journal) == 12
    assert journal.report.duplicates == 16
    assert len(journal._index._packed._placed) == 1


def test_every_changed_bit_of_a_pack_is_found_and_costs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    segment(tmp_path, "a", numbered(*range(9)))
    expected = contents(tmp_path)
    (file,) = pack_files(tmp_path)
    whole = file.read_bytes()
    for at in range(len(whole)):
        changed = whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :]
        file.unlink()  # never in place: whoever has it mapped keeps it
        file.write_bytes(changed)
        caplog.clear()
        assert contents(tmp_path, 20) == expected
        assert f"{file} is not as it was written" in caplog.text
        assert contents(tmp_path, 20) == expected
        assert file.read_bytes() == whole  # and it is made again
        (tmp_path / "packs" / f"{file.name}.damaged").unlink()


def test_a_pack_that_is_cut_or_empty_is_made_again(tmp_path: Path) -> None:
    segment(tmp_path, "a", numbered(*range(9)))
    expected = contents(tmp_path)
    (file,) = pack_files(tmp_path)
    whole = file.read_bytes()
    for cut in range(len(whole)):
        file.unlink()
        file.write_bytes(whole[:cut])
        with pytest.raises(PackDamage):
            Pack(file)
        assert contents(tmp_path, 20) == expected
        assert file.read_bytes() == whole


def test_packs_may_be_deleted_while_a_journal_is_open(tmp_path: Path) -> None:
    segment(tmp_path, "a", numbered(*range(30)))
    contents(tmp_path)
    journal = Journal.open(tmp_path)
    for file in pack_files(tmp_path):
        file.unlink()
    assert [journal.get(key(n)) for n in range(30)] == [{"n": n} for n in range(30)]
    journal.refresh()
    assert [journal.get(key(n)) for n in range(30)] == [{"n": n} for n in range(30)]
    assert contents(tmp_path) == numbered(*range(30))


def test_damage_in_a_segment_that_is_packed_costs_its_own_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = segment(tmp_path, "a", numbered(*range(30)))
    expected = contents(tmp_path)
    whole = path.read_bytes()
    line = len(encode(key(0), {"n": 0}))
    for at in range(line, 2 * line):  # every byte of the second line, its newline included
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        caplog.clear()
        journal = Journal.open(tmp_path)
        assert journal.get(key(1)) is None
        assert f"damaged line in {path} at byte {line} is skipped" in caplog.text
        for n in (0, *range(2, 30)):
            assert journal.get(key(n)) == expected[n]
        assert key(1) not in journal
    asyncio.run(journal.append(key(1), {"n": "again"}))
    assert journal.get(key(1)) == {"n": "again"}
    journal.close()
    assert contents(tmp_path)[1] == {"n": "again"}
    assert contents(tmp_path) == expected | {1: {"n": "again"}}


@pytest.mark.parametrize("left", [0, 100, 1000])
def test_a_segment_that_is_shorter_than_packed_is_read_anew(tmp_path: Path, left: int) -> None:
    path = segment(tmp_path, "a", numbered(*range(30)))
    segment(tmp_path, "b", numbered(*range(30, 40)))
    contents(tmp_path)
    os.truncate(path, left)
    lines = path.read_bytes().count(b"\n")
    assert contents(tmp_path) == numbered(*range(lines), *range(30, 40))


def test_a_segment_that_is_deleted_is_gone_from_what_is_packed(tmp_path: Path) -> None:
    path = segment(tmp_path, "a", numbered(*range(30)))
    segment(tmp_path, "b", numbered(*range(30, 40)))
    contents(tmp_path)
    path.unlink()
    assert contents(tmp_path) == numbered(*range(30, 40))
    assert len(Journal.open(tmp_path)) == 10


def test_a_segment_that_was_edited_is_read_anew(tmp_path: Path) -> None:
    path = segment(tmp_path, "a", numbered(*range(30)))
    expected = contents(tmp_path)
    path.write_bytes(encode(key(99), {"n": 99}) + path.read_bytes())
    journal = Journal.open(tmp_path)
    assert {n: journal.get(key(n)) for n in range(30)} == expected


def test_what_a_living_writer_has_not_shown_whole_is_not_packed_for_good(tmp_path: Path) -> None:
    path = segment(tmp_path, "a", numbered(*range(10)))
    whole = path.read_bytes()
    line = len(encode(key(0), {"n": 0}))
    path.write_bytes(whole[: 3 * line] + bytes(line) + whole[4 * line :])  # as NFS may show it
    assert contents(tmp_path) == numbered(0, 1, 2, *range(5, 10)) | numbered(4)
    path.write_bytes(whole)
    assert contents(tmp_path) == numbered(*range(10))


def test_what_this_process_writes_leaves_memory_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST", 50)
    journal = Journal.open(tmp_path)

    async def write() -> None:
        for first in range(0, 180, 30):
            await asyncio.gather(
                *(journal.append(key(n), {"n": n}) for n in range(first, first + 30))
            )

    asyncio.run(write())
    journal.close()
    assert len(journal._index._fresh) < 60
    assert pack_files(tmp_path)
    assert [journal.get(key(n)) for n in range(180)] == [{"n": n} for n in range(180)]
    assert len(journal) == 180
    assert contents(tmp_path) == numbered(*range(180))


def test_a_damaged_pack_costs_a_process_none_of_its_own_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST", 50)
    segment(tmp_path, "a", numbered(*range(100, 150)))
    journal = Journal.open(tmp_path)

    async def write() -> None:
        await asyncio.gather(*(journal.append(key(n), {"n": n}) for n in range(60)))

    asyncio.run(write())
    for placed in journal._index._packed._placed:
        with placed.pack.path.open("r+b") as file:  # a disk that fails
            file.seek(100)
            file.write(b"\xff\xff")
    expected = numbered(*range(60), *range(100, 150))
    assert {n: journal.get(key(n)) for n in expected} == expected
    asyncio.run(journal.append(key(60), {"n": 60}))
    journal.close()
    assert contents(tmp_path) == expected | numbered(60)


@pytest.mark.parametrize("at", range(8))
def test_a_place_that_changes_after_its_block_was_checked_is_found(tmp_path: Path, at: int) -> None:
    segment(tmp_path, "a", numbered(*range(3)))
    expected = contents(tmp_path)
    (file,) = pack_files(tmp_path)
    journal = Journal.open(tmp_path)
    assert {n: journal.get(key(n)) for n in expected} == expected
    with file.open("r+b") as disk:
        disk.seek(len(MAGIC) + KEY_BYTES + at)
        disk.write(b"\xff")
    assert {n: journal.get(key(n)) for n in expected} == expected


def test_a_pack_that_is_cut_while_it_is_open_ends_nobody(tmp_path: Path) -> None:
    segment(tmp_path, "a", numbered(*range(400)))
    expected = contents(tmp_path, 400)
    journal = Journal.open(tmp_path)
    assert journal.get(key(0)) == expected[0]
    [path] = pack_files(tmp_path)
    os.truncate(path, 100)
    assert journal.get(key(398)) == expected[398]  # far behind what is left
    assert {n: journal.get(key(n)) for n in expected} == expected
    journal.close()


def test_a_disk_that_refuses_packs_is_told_of_once_and_costs_memory_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    segment(tmp_path, "a", numbered(*range(30)))
    monkeypatch.setattr(packs, "write", full)
    with caplog.at_level(logging.WARNING):
        journal = Journal.open(tmp_path)
        journal.refresh()
    assert [journal.get(key(n)) for n in range(30)] == [{"n": n} for n in range(30)]
    assert len(caplog.messages) == 1
    assert "nothing can be packed (No space left on device)" in caplog.text
    assert list((tmp_path / "packs").iterdir()) == []


def test_packs_grow_by_a_ratio_so_that_few_are_looked_into(tmp_path: Path) -> None:
    for number in range(40):
        segment(tmp_path, f"{number:02}", numbered(*range(5 * number, 5 * number + 5)))
        journal = Journal.open(tmp_path)
        sizes = sorted(placed.pack.records for placed in journal._index._packed._placed)
        assert len(sizes) <= 4
    assert sum(sizes) == 200
    assert contents(tmp_path, 300) == numbered(*range(200))


def test_what_is_superseded_is_removed_weeks_later_and_not_before(tmp_path: Path) -> None:
    for number in range(4):
        segment(tmp_path, f"{number}", numbered(*range(5 * number, 5 * number + 5)))
        contents(tmp_path)
    assert len(pack_files(tmp_path)) > 2
    (tmp_path / "packs" / "killed.part").write_bytes(b"half")
    for file in (tmp_path / "packs").iterdir():
        os.utime(file, (time.time() - 15 * 86400,) * 2)
    segment(tmp_path, "9", numbered(*range(100, 105)))
    assert contents(tmp_path) == numbered(*range(20), *range(100, 105))
    names = {file.suffix for file in (tmp_path / "packs").iterdir()}
    assert names == {".pack"}
    assert len(pack_files(tmp_path)) <= 3


def test_packs_made_while_a_large_journal_is_read_are_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST", 10)
    monkeypatch.setattr(reader, "ENOUGH", 1000)
    segment(tmp_path, "a", numbered(*range(50)))
    for number in range(10):
        segment(tmp_path, f"b{number}", numbered(*range(50 + 10 * number, 60 + 10 * number)))
    journal = Journal.open(tmp_path)
    assert [placed.pack.records for placed in journal._index._packed._placed] == [150]
    assert contents(tmp_path) == numbered(*range(150))
