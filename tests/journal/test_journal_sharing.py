from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.journal import Journal
from harness.journal.line import encode

ROOT = Path(__file__).parents[2]

WRITE = """
import asyncio, sys
from pathlib import Path
from harness.journal import Journal

journal = Journal.open(Path(sys.argv[1]))
first, last = int(sys.argv[2]), int(sys.argv[3])

async def write():
    async def one(n):
        await journal.append(n.to_bytes(16, "big"), {"text": f"record {n}\\n", "n": n})
    await asyncio.gather(*(one(n) for n in range(first, last)))

asyncio.run(write())
journal.close()
"""

FEW_DESCRIPTORS = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from harness.journal import Journal

journal = Journal.open(Path(sys.argv[1]))
for round in range(2):
    for n in range(3000):
        assert journal.get(n.to_bytes(16, "big")) == {"n": n}
"""


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def start(script: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], cwd=ROOT)


def test_two_processes_writing_at_once_lose_nothing(tmp_path: Path) -> None:
    writers = [start(WRITE, tmp_path, 0, 2000), start(WRITE, tmp_path, 1000, 3000)]
    assert [writer.wait() for writer in writers] == [0, 0]
    journal = Journal.open(tmp_path)
    assert len(journal) == 3000
    for number in range(3000):
        assert journal.get(key(number)) == {"text": f"record {number}\n", "n": number}
    report = journal.report
    assert report.segments == 2
    assert (report.torn, report.damaged) == ((), ())


def test_which_duplicate_wins_does_not_depend_on_the_order(tmp_path: Path) -> None:
    records = [{"text": "b"}, {"text": "a"}, {"text": "c"}, {"text": "a"}]
    digests = set()
    for number, order in enumerate(itertools.permutations(records)):
        folder = tmp_path / str(number)
        folder.mkdir()
        for place, record in enumerate(order):
            (folder / f"{place}.jsonl").write_bytes(encode(key(1), record))
        journal = Journal.open(folder)
        assert journal.get(key(1)) == {"text": "a"}
        assert journal.report.duplicates == 3
        assert journal.report.records == 1
        digests.add(journal.digest(key(1)))
    assert len(digests) == 1


@pytest.mark.parametrize("own", ["a", "c"])
def test_the_rule_also_holds_against_ones_own_record(tmp_path: Path, own: str) -> None:
    journal = Journal.open(tmp_path)
    asyncio.run(journal.append(key(1), {"text": own}))
    (tmp_path / "other.jsonl").write_bytes(encode(key(1), {"text": "b"}))
    journal.refresh()
    assert journal.get(key(1)) == {"text": min(own, "b")}
    assert journal.report.duplicates == 1
    journal.close()
    assert Journal.open(tmp_path).get(key(1)) == {"text": min(own, "b")}


def test_refresh_finds_what_others_added(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    other = tmp_path / "other.jsonl"
    line = encode(key(2), {"n": 2})
    other.write_bytes(encode(key(1), {"n": 1}))
    journal = Journal.open(tmp_path)
    asyncio.run(journal.append(key(3), {"n": 3}))
    with other.open("ab") as file:
        file.write(line[:20])
        file.flush()
        journal.refresh()
        assert key(2) not in journal
        assert journal.report.torn == ("other.jsonl",)
        file.write(line[20:])
    journal.refresh()
    (tmp_path / "third.jsonl").write_bytes(encode(key(4), {"n": 4}))
    journal.refresh()
    assert [(journal.get(key(n)) or {})["n"] for n in range(1, 5)] == [1, 2, 3, 4]
    report = journal.report
    assert (report.segments, report.records, report.duplicates) == (3, 4, 0)
    assert (report.torn, report.damaged) == ((), ())
    assert caplog.messages == []
    journal.close()


def test_thousands_of_segments_need_few_descriptors(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number:04}.jsonl").write_bytes(encode(key(number), {"n": number}))
    assert start(FEW_DESCRIPTORS, tmp_path).wait() == 0


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_writes_a_segment_of_its_own(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    asyncio.run(journal.append(key(1), {"from": "parent"}))
    child = os.fork()
    if child == 0:
        # The child leaves by _exit whatever happens: it must not go on running the tests.
        try:
            asyncio.run(journal.append(key(2), {"from": "child"}))
            journal.close()
            results = [journal.get(key(1)), journal.get(key(2))]
            os._exit(0 if results == [{"from": "parent"}, {"from": "child"}] else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    asyncio.run(journal.append(key(3), {"from": "parent"}))
    journal.refresh()
    assert journal.get(key(2)) == {"from": "child"}
    journal.close()
    reopened = Journal.open(tmp_path)
    assert [key(n) in reopened for n in (1, 2, 3)] == [True] * 3
    report = reopened.report
    assert (report.segments, report.records, report.duplicates) == (2, 3, 0)
    assert (report.torn, report.damaged) == ((), ())
