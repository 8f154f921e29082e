"""Searching a corpus: building its index and asking it, over the library that it is made with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import bm25s

from harness.contracts.passage import Passage
from ptes.common.retrieval.index import BM25Index
from tests.performance.figure import figure
from tests.performance.reference import cpu_seconds

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
    ours: list[BM25Index] = []
    theirs: list[Any] = []
    texts = [f"{each.title} {each.text}" for each in passages]
    built = cpu_seconds(lambda: ours.append(BM25Index(passages)))
    plain = cpu_seconds(lambda: theirs.append(_built(texts)))
    results: list[list[int]] = []
    asked = cpu_seconds(lambda: results.extend(ours[0].best(query, 5) for query in queries))
    assert all(len(each) == 5 for each in results)
    bare = cpu_seconds(lambda: [_asked(theirs[0], query) for query in queries])
    print(f"  (CPU ms a query: {1e3 * asked / QUERIES:.1f}, bm25s {1e3 * bare / QUERIES:.1f})")
    print(f"  (CPU seconds of the index: {built:.1f}, bm25s {plain:.1f})")
    return all(
        (
            figure("index_70k_over_bm25s", built / plain, "x", "<= 2.5"),
            figure("search_70k_over_bm25s", asked / bare, "x", "<= 1.5"),
        )
    )


def _built(texts: Sequence[str]) -> Any:
    """The library's own index, by its own tokens."""
    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(texts), show_progress=False), show_progress=False)
    return index


def _asked(index: Any, query: str) -> Any:
    tokens = bm25s.tokenize(query, show_progress=False)
    return index.retrieve(tokens, k=5, show_progress=False)


if __name__ == "__main__":
    raise SystemExit(not main())
