"""Measures the journal; run from the project's folder: `python -m tests.performance.journal`."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from harness.journal import Journal
from harness.journal.line import encode
from tests.performance.figure import figure

RECORDS = 1_000_000
SEGMENTS = 16
APPENDS = 100_000
TASKS = 2_000


def main() -> None:
    """Print every figure; exit with code 1 if one misses its bar."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch, "million")
        build(folder)
        seconds, megabytes = open_in_fresh_process(folder)
        rate = asyncio.run(append_rate(Path(scratch, "appends")))
    met = [
        figure("journal_open_1m", seconds, "s", "<= 10"),
        figure("journal_memory_1m", megabytes, "MB", "<= 1000"),
        figure("journal_appends_per_second", rate, "1/s", ">= 20000"),
    ]
    sys.exit(0 if all(met) else 1)


def key(number: int) -> bytes:
    """A key as good as random."""
    return blake2b(number.to_bytes(8, "big"), digest_size=16).digest()


def record(generator: random.Random) -> dict[str, Any]:
    """A record of the size and shape of a usual completion."""
    return {
        "text": "The train covers 60 km in 45 minutes.\n" * generator.randint(8, 16),
        "finish": "stop",
        "tokens": generator.randint(100, 200),
        "seconds": generator.random(),
    }


def build(folder: Path) -> None:
    """Write the segments of `RECORDS` completions."""
    folder.mkdir()
    generator = random.Random(0)
    for segment in range(SEGMENTS):
        with (folder / f"segment-{segment:02}.jsonl").open("wb") as file:
            for number in range(segment, RECORDS, SEGMENTS):
                file.write(encode(key(number), record(generator)))


def open_in_fresh_process(folder: Path) -> tuple[float, float]:
    """Seconds to open the journal, and megabytes by which the process grows."""
    command = [sys.executable, "-m", "tests.performance.journal", str(folder)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, megabytes = json.loads(output)
    return seconds, megabytes


def measure_open(folder: Path) -> None:
    """Open the journal in this process and print seconds and megabytes as JSON."""
    process = psutil.Process()
    before, start = process.memory_info().rss, time.perf_counter()
    journal = Journal.open(folder)
    seconds, after = time.perf_counter() - start, process.memory_info().rss
    assert len(journal) == RECORDS
    print(json.dumps([seconds, (after - before) / 1e6]))


async def append_rate(folder: Path) -> float:
    """Durable appends a second from many tasks at once."""
    journal = Journal.open(folder)
    example = record(random.Random(0))
    keys = [key(number) for number in range(APPENDS)]

    async def task(first: int) -> None:
        for name in keys[first::TASKS]:
            await journal.append(name, example)

    start = time.perf_counter()
    await asyncio.gather(*(task(first) for first in range(TASKS)))
    seconds = time.perf_counter() - start
    journal.close()
    return APPENDS / seconds


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure_open(Path(sys.argv[1]))
    else:
        main()
