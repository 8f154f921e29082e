"""Measures reading records; run from the project's folder: `python -m tests.performance.records`.

A sweep of eight stacks, one of them with 40 votes, on five rungs and many benchmarks of a thousand
items: `pte results`, and the analysis of every benchmark, each in a process of its own. With
THOROUGH=1 of 3 million attempts (some GB of disk, a quarter of an hour); else of 320,000.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.simulation import Truth
from harness.records import sealed
from tests.analysis.simulated_records import write_records
from tests.performance.figure import figure
from tests.thorough import THOROUGH

BENCHMARKS = 75 if THOROUGH else 8
ATTEMPTS = "3m" if THOROUGH else "320k"
STACKS = [frozenset(names) for names in ({"a"}, {"b"}, {"c"}, {"a", "b"}, {"a", "c"}, {"b", "c"})]
TRUTH = Truth({each: 0.3 * len(each) for each in STACKS}, items=1000, votes=40)
HASHES = ("cell", "setting", "experiment")


def main() -> None:
    """Print every figure; exit with code 1 if one misses its bar."""
    with TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as scratch:
        run = Path(scratch)
        sweep(run)
        met = []
        for what in ("results", "analyze"):
            seconds, memory = measured(what, run)
            # What Python and its libraries take is in both; what grows is the records' part.
            bar = "<= 4000" if THOROUGH else "<= 1200"
            met.append(figure(f"records_{ATTEMPTS}_{what}", memory, "MB", bar))
            bar = f"<= {1500 if THOROUGH else 240}"
            met.append(figure(f"records_{ATTEMPTS}_{what}_seconds", seconds, "s", bar))
    sys.exit(0 if all(met) else 1)


def sweep(run: Path) -> None:
    """Records of one simulated benchmark, and the same under the names of others."""
    write_records(TRUTH, run / "one", seed=1)
    written = sorted((run / "one" / "records").glob("*.parquet"))
    folder = run / "records"
    folder.mkdir()
    for path in written:
        table = pq.read_table(path)
        for number in range(BENCHMARKS):
            named = renamed(table, number)
            cell = named.column("cell")[0].as_py()
            sealed.write(named, folder / f"{cell}.parquet")
        path.unlink()


def renamed(table: pa.Table, number: int) -> pa.Table:
    """A cell as it would be on another benchmark."""
    made: pa.Table = table
    for name in (*HASHES, "benchmark"):
        said = table.column(name)[0].as_py()
        other = f"{said}-{number}"
        if name in HASHES:
            other = blake2b(other.encode(), digest_size=16).hexdigest()
        place = made.column_names.index(name)
        made = made.set_column(place, made.schema.field(name), pa.array([other] * len(table)))
    return made


def measured(what: str, run: Path) -> tuple[float, float]:
    """Seconds and MB at most, of a process of its own."""
    command = [sys.executable, "-m", "tests.performance.records", "--read", what, str(run)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found["seconds"], found["memory"]


def read(what: str, run: Path) -> None:
    """Do it in this process, and print what it took as JSON."""
    start = time.perf_counter()
    if what == "results":
        from harness.cli.results import print_results

        print_results([run], "table")
    else:
        from analysis.pipeline import AnalysisSettings, analyse
        from analysis.reading.records import read as experiments

        found = analyse(experiments([run / "records"]), AnalysisSettings(replicates=200))
        assert len(found) == BENCHMARKS
        assert not any(each.failure for each in found)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"seconds": seconds, "memory": peak}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
