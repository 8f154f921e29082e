"""Processes that are killed while they pack, and many that pack at once, beside living writers."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.journal import Journal, packing, reader
from harness.journal.line import encode
from tests.journal.test_journal_packs import contents, numbered, pack_files, segment
from tests.thorough import size

ROOT = Path(__file__).parents[2]

OPEN = """
import json, sys
from pathlib import Path
from harness.journal import Journal, packing, reader

reader.ENOUGH, reader.MOST, packing.RATIO = 1, 40, 10**9
print("ready", flush=True)
sys.stdin.readline()
journal = Journal.open(Path(sys.argv[1]))
print(json.dumps([n for n in range(2000) if journal.get(n.to_bytes(16, "big")) == {"n": n}]))
"""

WRITE = """
import asyncio, os, sys
from pathlib import Path
from harness.journal import Journal, packing, reader

reader.ENOUGH, reader.MOST = 20, 50
journal = Journal.open(Path(sys.argv[1]))
first = int(sys.argv[2])

async def write():
    for n in range(first, first + 200):
        await journal.append(n.to_bytes(16, "big"), {"n": n})
        os.write(1, b"%d\\n" % n)
        if n % 50 == 0:
            journal.refresh()

asyncio.run(write())
journal.close()
"""


@pytest.fixture(autouse=True)
def pack_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "ENOUGH", 1)
    monkeypatch.setattr(packing, "RATIO", 10**9)


def opened_and_killed(folder: Path, passed: set[tuple[str, int]], skip: int) -> bool:
    """Open the journal in a child that is killed at a line of code of packing that is not in
    `passed`, after `skip` others; these are added. False if the child came to its end."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            new: list[tuple[str, int]] = []

            def lines(frame, event, argument):  # type: ignore[no-untyped-def]
                here = (frame.f_code.co_filename, frame.f_lineno)
                if event == "line" and here not in passed:
                    passed.add(here)
                    new.append(here)
                    if len(new) > skip:
                        os.write(write, json.dumps(new).encode())
                        os.kill(os.getpid(), signal.SIGKILL)
                return lines

            def calls(frame, event, argument):  # type: ignore[no-untyped-def]
                return lines if "/harness/journal/pack" in frame.f_code.co_filename else None

            sys.settrace(calls)
            Journal.open(folder)
        finally:
            os._exit(0)
    os.close(write)
    killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with os.fdopen(read) as pipe:
        said = pipe.read()
    passed.update((file, line) for file, line in json.loads(said or "[]"))
    return killed


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_kill_9_at_every_line_of_packing_loses_nothing(tmp_path: Path) -> None:
    """Two packs are there and a third segment, so that packing, merging and tidying all happen;
    each kill falls on a line that no earlier one fell on, in the folder that the last one left."""
    for name, first in (("a", 0), ("b", 30)):
        segment(tmp_path, name, numbered(*range(first, first + 30)))
        contents(tmp_path)
    expected = numbered(*range(60))
    passed: set[tuple[str, int]] = set()
    added = 100
    killed = True
    while killed:
        segment(tmp_path, f"c{added}", numbered(added))
        expected[added] = {"n": added}
        added += 1
        killed = opened_and_killed(tmp_path, passed, size(0, 4))
        if added % 5 == 0:
            assert contents(tmp_path, 500) == expected
    assert contents(tmp_path, 500) == expected
    assert len(passed) > 150


def test_many_that_pack_at_once_all_have_everything(tmp_path: Path) -> None:
    for number in range(5):
        lines = [encode(n.to_bytes(16, "big"), {"n": n}) for n in range(number, 400, 5)]
        (tmp_path / f"{number}.jsonl").write_bytes(b"".join(lines))
    command = [sys.executable, "-c", OPEN, str(tmp_path)]
    openers = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for opener in openers:
        assert opener.stdout is not None
        opener.stdout.readline()
    for opener in openers:  # all are ready: they begin within milliseconds of one another
        assert opener.stdin is not None
        opener.stdin.write("\n")
        opener.stdin.flush()
    assert [json.loads(opener.communicate()[0]) for opener in openers] == [list(range(400))] * 4
    assert len(Journal.open(tmp_path)) == 400
    assert not list((tmp_path / "packs").glob("*.part"))


def test_writers_that_pack_beside_one_another_and_are_killed_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(2)
    reported: list[int] = []
    for number in range(size(20, 4)):
        command = [sys.executable, "-c", WRITE, str(tmp_path)]
        writers = [
            subprocess.Popen([*command, str(first)], cwd=ROOT, stdout=subprocess.PIPE)
            for first in (400 * number, 400 * number + 100)
        ]
        streams = [writer.stdout for writer in writers if writer.stdout is not None]
        reported += [int(stream.readline()) for stream in streams]
        time.sleep(chance.uniform(0, 0.3))
        for writer, stream in zip(writers, streams, strict=True):
            writer.kill()
            reported += map(int, stream.read().split())
            writer.wait()
        journal = Journal.open(tmp_path)
        for n in reported:
            assert journal.get(n.to_bytes(16, "big")) == {"n": n}
        assert journal.report.damaged == ()
    assert pack_files(tmp_path)
    assert len(reported) > 50
