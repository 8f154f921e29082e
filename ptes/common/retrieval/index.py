"""BM25 over a corpus, by text and by title: the same ranking on every machine, ties by place."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock

import bm25s
import numpy as np

from harness.contracts.passage import Corpus, Passage

REMEMBERED = 10_000
"""Queries whose ranking is kept."""
_WORD = re.compile(r"\w+")
# fmt: off
_COMMON = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "in", "is", "it", "its",
    "of", "on", "or", "that", "the", "this", "to", "was", "were", "with",
))
# fmt: on
"""Words that say nothing of what a text is about: half of an index, and most of a query's time."""


class BM25Index:
    """Passages by their place in the corpus."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = tuple(passages)
        self._texts = Ranking([f"{each.title}\n{each.text}" for each in self.passages])
        self._titles = Ranking([each.title for each in self.passages])
        # The attempts of a vote ask the same of it, and a browser asks at each step.
        self._known = lru_cache(maxsize=REMEMBERED)(self._texts.best)
        self._places: dict[str, int] = {}
        for place, passage in enumerate(self.passages):
            self._places.setdefault(_folded(passage.title), place)

    def titled(self, title: str) -> int | None:
        """The first passage of this title, whatever its case, accents, quotes and spaces."""
        return self._places.get(_folded(title)) if _folded(title) else None

    def similar(self, title: str, count: int) -> list[int]:
        """The passages whose titles have most in common with this one, best first."""
        return self._titles.best(title, count)

    def best(self, query: str, count: int) -> list[int]:
        """The passages that fit the query best by title and text, best first; fewer, or none, where
        no other shares a word with it."""
        return list(self._known(query, count))


class Ranking:
    """Texts by BM25 (Lucene's variant, k1 = 1.5, b = 0.75)."""

    def __init__(self, texts: Sequence[str]) -> None:
        words = [_words(text) for text in texts]
        self._known = any(words)
        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it tells of every index it builds
        self._scores = bm25s.BM25(method="lucene")
        if self._known:
            self._scores.index(words, show_progress=False)

    def best(self, query: str, count: int) -> list[int]:
        """Places of the best texts, ties to the first; those that share no word are left out."""
        words = list(dict.fromkeys(_words(query)))
        ids = self._scores.get_tokens_ids(words) if self._known else []
        if not ids:
            return []
        scores = self._scores.get_scores_from_ids(ids)
        least = np.partition(scores, -count)[-count] if count < len(scores) else 0.0
        result = np.flatnonzero((scores >= least) & (scores > 0.0))
        order = np.lexsort((result, -scores[result]))
        return [int(place) for place in result[order][:count]]


_INDICES: dict[str, BM25Index] = {}
_BUILDING = Lock()


def index_of(corpus: Corpus) -> BM25Index:
    """The corpus's index, built once a process. Takes seconds for many passages: for where a stack
    is composed, not for where an attempt waits."""
    with _BUILDING:
        if corpus.sha256 not in _INDICES:
            _INDICES[corpus.sha256] = BM25Index(corpus.read())
        return _INDICES[corpus.sha256]


def _words(text: str) -> list[str]:
    """Its words in lower case without accents; common ones only where there is nothing else."""
    words = _WORD.findall(_plain(text))
    return [word for word in words if word not in _COMMON] or words


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in spread if not unicodedata.combining(each))


def _folded(title: str) -> str:
    return " ".join(_plain(title).strip("\"'“”‘’[] \t\n").split())
