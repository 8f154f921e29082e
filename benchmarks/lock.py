"""Lock the content of a data folder: `python -m benchmarks.lock --data FOLDER`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import yaml

from benchmarks import fingerprint, passages
from benchmarks.base import TabularBenchmark
from benchmarks.hotpotqa import HotpotQA, HotpotQAClosedBook
from benchmarks.human_eval import HumanEval
from benchmarks.math500 import Math500
from benchmarks.mbpp import MBPP
from benchmarks.multiple_choice import ArcChallenge, TruthfulQA
from benchmarks.strategyqa import StrategyQA
from benchmarks.word_problems import GSM8K, SVAMP, ASDiv
from harness.errors import UserError

BENCHMARKS: tuple[type[TabularBenchmark], ...] = (
    ArcChallenge,
    ASDiv,
    GSM8K,
    HotpotQA,
    HotpotQAClosedBook,
    HumanEval,
    Math500,
    MBPP,
    StrategyQA,
    SVAMP,
    TruthfulQA,
)

HEADER = """\
# What each split held when it was locked: rows and hash of ids, questions, options and targets in
# order; of a corpus, its passages and their hash. Written by `python -m benchmarks.lock --data
# FOLDER`; entries from the hub are left alone.
"""


def entries(benchmark: TabularBenchmark) -> dict[str, dict[str, Any]]:
    """Lock entries of a benchmark by split (or corpus) and origin."""
    result: dict[str, dict[str, Any]] = {}
    for split, table in benchmark.splits().items():
        records = benchmark.records(table)
        entry = {"rows": len(records), "sha256": fingerprint.sha256(records)}
        result[split] = {table.origin: entry}
    if pool := benchmark.pooled():
        entry = {"rows": len(pool.passages), "sha256": pool.sha256}
        result[passages.PART] = {pool.origin: entry}
    return result


def merged(folder: str) -> dict[str, Any]:
    """The lock file's entries, with those of files replaced by what the folder holds."""
    lock = fingerprint.locked()
    for kind in BENCHMARKS:
        benchmark = kind(data=folder)
        for split, entry in entries(benchmark).items():
            lock.setdefault(benchmark.name, {}).setdefault(split, {}).update(entry)
    return lock


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the lock file; the exit code is 2 for data that cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", required=True, metavar="FOLDER", help="folder with all data files"
    )
    try:
        lock = merged(parser.parse_args(arguments).data)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    fingerprint.LOCK.write_text(HEADER + yaml.safe_dump(lock), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
