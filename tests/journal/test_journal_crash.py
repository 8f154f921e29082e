from __future__ import annotations

import asyncio
import errno
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import UserError
from harness.journal import Journal, JournalError

ROOT = Path(__file__).parents[2]

WRITE_UNTIL_KILLED = """
import asyncio, os, sys
from pathlib import Path
from harness.journal import Journal

journal = Journal.open(Path(sys.argv[1]))
first = int(sys.argv[2])

async def write(lane):
    for n in range(first + lane, first + 1_000_000, 20):
        await journal.append(n.to_bytes(16, "big"), {"n": n, "text": "x" * (n % 5000)})
        os.write(1, b"%d\\n" % n)

async def main():
    await asyncio.gather(*(write(lane) for lane in range(20)))

asyncio.run(main())
"""

WRITE_UNTIL_FULL = """
import asyncio, resource, sys
from pathlib import Path
from harness.journal import Journal, JournalError

resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
journal = Journal.open(Path(sys.argv[1]))

async def write():
    for n in range(1000):
        await journal.append(n.to_bytes(16, "big"), {"n": n})
        print(n, flush=True)

try:
    asyncio.run(write())
except JournalError as error:
    assert "cannot be written (File too large)" in str(error)
    sys.exit(3)
"""


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def test_kill_at_any_moment_keeps_what_was_reported(tmp_path: Path) -> None:
    generator = random.Random(1)
    reported: list[int] = []
    for round_number in range(10):
        command = [
            sys.executable,
            "-c",
            WRITE_UNTIL_KILLED,
            str(tmp_path),
            str(round_number * 10**6),
        ]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            reported.append(int(process.stdout.readline()))
            time.sleep(generator.uniform(0, 0.05))
            process.kill()
            reported += map(int, process.stdout.read().split())
        journal = Journal.open(tmp_path)
        for number in reported:
            assert journal.get(key(number)) == {"n": number, "text": "x" * (number % 5000)}
        assert journal.report.damaged == ()
    assert len(reported) > 10


def test_a_file_that_cannot_grow_keeps_what_was_reported(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITE_UNTIL_FULL, str(tmp_path)]
    process = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    assert process.returncode == 3
    reported = [int(number) for number in process.stdout.split()]
    journal = Journal.open(tmp_path)
    assert [journal.get(key(n)) for n in reported] == [{"n": n} for n in reported]
    assert len(journal) == len(reported) > 100
    assert len(journal.report.torn) == 1


@pytest.mark.parametrize("call", ["write", "fsync", "open"])
def test_a_full_disk_is_told_to_every_waiter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def write(first: int) -> list[BaseException | None]:
        appends = (journal.append(key(n), {"n": n}) for n in range(first, first + 100))
        return await asyncio.gather(*appends, return_exceptions=True)

    journal = Journal.open(tmp_path)
    if call != "open":
        assert asyncio.run(write(0)) == [None] * 100
    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        refused = asyncio.run(write(1000))
    refused += asyncio.run(write(2000))
    assert {type(error) for error in refused} == {JournalError}
    (message,) = {str(error) for error in refused}
    assert str(tmp_path) in message
    assert "free space and run the same command again: finished draws are kept" in message
    assert isinstance(refused[0], UserError)
    if call != "open":
        assert journal.get(key(7)) == {"n": 7}
        asyncio.run(journal.append(key(7), {"n": 7}))
    assert key(1000) not in journal
    journal.close()
    journal.close()


def test_a_line_half_written_when_the_disk_filled_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def half_then_full(descriptor: int, data: memoryview) -> int:
        if len(data) < 40:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[: len(data) // 2])

    journal = Journal.open(tmp_path)
    asyncio.run(journal.append(key(1), {"n": 1}))
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half_then_full)
        with pytest.raises(JournalError):
            asyncio.run(journal.append(key(2), {"n": 2}))
    journal.close()
    reopened = Journal.open(tmp_path)
    assert reopened.get(key(1)) == {"n": 1}
    assert key(2) not in reopened
    assert len(reopened.report.torn) == 1
    asyncio.run(reopened.append(key(2), {"n": 2}))
    reopened.close()
    assert len(Journal.open(tmp_path)) == 2
