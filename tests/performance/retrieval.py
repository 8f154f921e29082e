"""Searching a corpus: building its index, and queries a second."""

from __future__ import annotations

import random
import time

from harness.contracts.passage import Passage
from ptes.common.retrieval.index import BM25Index
from tests.performance.figure import figure

PASSAGES, QUERIES, SEED = 70_000, 500, 0
"""About as many passages as the whole of HotpotQA's development set."""
VOCABULARY, WORDS, ASKED = 60_000, 90, 12


def words(chance: random.Random, count: int) -> list[str]:
    """Words as frequent as in a language: the nth one n times rarer than the first (Zipf)."""
    return [f"w{int(VOCABULARY ** chance.random())}" for _ in range(count)]


def main() -> bool:
    """Print every figure; whether all bars are met."""
    chance = random.Random(SEED)
    passages = [
        Passage(" ".join(words(chance, 3)), (" ".join(words(chance, WORDS)),))
        for _ in range(PASSAGES)
    ]
    queries = [" ".join(words(chance, ASKED)) for _ in range(QUERIES)]
    start = time.perf_counter()
    index = BM25Index(passages)
    built = time.perf_counter() - start
    start = time.perf_counter()
    results = [index.best(query, 5) for query in queries]
    rate = QUERIES / (time.perf_counter() - start)
    assert all(len(each) == 5 for each in results)
    return all(
        (
            figure("index_70k_passages", built, "s", "<= 120"),
            figure("search_70k_queries_per_second", rate, "queries/s", ">= 50"),
        )
    )


if __name__ == "__main__":
    raise SystemExit(not main())
