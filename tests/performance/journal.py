"""Measures the journal; run from the project's folder: `python -m tests.performance.journal`.

With THOROUGH=1 at 1, 5 and 20 million completions (10 GB of disk, half an hour), and what 100
million would take by the line through the last two; else at 1 million alone.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
import sys
import time
from binascii import crc32
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import psutil

from harness.journal import Journal
from tests.performance.figure import figure
from tests.thorough import THOROUGH

MILLION = 1_000_000
STEPS = [1, 5, 20] if THOROUGH else [1]
"""Millions of completions at which it is measured; the same folder grows."""
SWEEP = 100
"""Millions that a large sweep draws."""
SEGMENTS = 16
LOOKUPS = 100_000


def main() -> None:
    """Print every figure; exit with code 1 if one misses its bar."""
    with TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as scratch:
        folder = Path(scratch, "completions")
        measured, met, before = {}, [], 0
        for millions in STEPS:
            grow(folder, before * MILLION, millions * MILLION)
            first = measure(folder, millions)  # it reads all that is new, and packs it
            measured[millions] = found = measure(folder, millions)
            before = millions
            met += [
                figure(
                    f"journal_first_open_{millions}m", first["open"], "s", f"<= {30 * millions}"
                ),
                figure(f"journal_packing_memory_{millions}m", first["peak"], "MB", "<= 1000"),
                figure(f"journal_open_{millions}m", found["open"], "s", "<= 5"),
                figure(f"journal_memory_{millions}m", found["memory"], "MB", "<= 500"),
                figure(f"journal_lookup_{millions}m", found["get"], "us", "<= 20"),
                figure(f"journal_lookup_absent_{millions}m", found["absent"], "us", "<= 20"),
            ]
        if len(STEPS) > 1:
            for what, unit, bar in (("open", "s", "<= 25"), ("memory", "MB", "<= 500")):
                low, high = measured[STEPS[-2]][what], measured[STEPS[-1]][what]
                slope = (high - low) / (STEPS[-1] - STEPS[-2])
                expected = high + slope * (SWEEP - STEPS[-1])
                met.append(figure(f"journal_{what}_{SWEEP}m_expected", expected, unit, bar))
        shutil.rmtree(folder)
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


def grow(folder: Path, first: int, last: int) -> None:
    """Write segments of the completions with these numbers, as a sweep's next jobs would."""
    folder.mkdir(exist_ok=True)
    generator = random.Random(0)
    records = [msgspec.json.encode(record(generator)) for _ in range(1000)]
    for segment in range(SEGMENTS):
        with (folder / f"{last:09}-{segment:02}.jsonl").open("wb") as file:
            for number in range(first + segment, last, SEGMENTS):
                body = b"%s %s" % (key(number).hex().encode(), records[number % 1000])
                file.write(b"%08x %s\n" % (crc32(body), body))


def measure(folder: Path, millions: int) -> dict[str, float]:
    """What `measure_open` prints, from a process of its own."""
    command = [sys.executable, "-m", "tests.performance.journal", "--open", str(folder)]
    done = subprocess.run([*command, str(millions * MILLION)], check=True, capture_output=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measure_open(folder: Path, records: int) -> None:
    """Open the journal in this process, look keys up, and print what that took as JSON.

    Lines are looked up twice, and timed when their pages are in memory: a disk has its own speed.
    Memory is the whole process's, after the look-ups.
    """
    start = time.perf_counter()
    journal = Journal.open(folder)
    seconds = time.perf_counter() - start
    assert len(journal) == records
    generator = random.Random(1)
    there = [key(generator.randrange(records)) for _ in range(LOOKUPS)]
    absent = [key(records + n) for n in range(LOOKUPS)]
    assert all(journal.get(each) is not None for each in there)
    assert not any(each in journal for each in absent)
    found = {
        "open": seconds,
        "get": microseconds(journal.get, there),
        "absent": microseconds(journal.__contains__, absent),
        "memory": psutil.Process().memory_info().rss / 1e6,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }
    print(json.dumps(found))


def microseconds(look: Callable[[bytes], Any], keys: list[bytes]) -> float:
    """The mean time of a look-up, of this process alone: others may be using the machine."""
    start = time.process_time()
    for each in keys:
        look(each)
    return 1e6 * (time.process_time() - start) / len(keys)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--open"]:
        measure_open(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
