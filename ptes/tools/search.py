"""Search and lookup over an offline corpus (ReAct, Yao et al. 2023, section 3.1).

`search[entity]` shows the first sentences of the passage of that title, or else names similar
titles; `lookup[string]` shows the next sentence with that string in the passage last found.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.paper import PaperSettings
from harness.contracts.passage import Corpus
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.tool import Observation, Tool
from harness.ranges import Count
from ptes.common.retrieval.corpora import corpus_of, no_corpus
from ptes.common.retrieval.index import BM25Index, index_of

MEMORY = "page"
"""Search leaves here what lookup looks through: the passage's place, and how far it has come."""
SIMILAR = 5
"""Titles that are named where none is right."""
LARGE = 20_000
"""Passages from which a query takes long enough to be put beside the event loop."""
PATIENCE = 60.0
"""Seconds: a busy machine shall not decide what is found."""


@dataclass(frozen=True)
class SearchState:
    """The two tools over one index."""

    index: BM25Index
    sentences: int
    nearest: bool

    async def search(self, argument: str, state: Any, draw: Draw) -> Observation:
        """The passage of that title; without one the best by BM25, or what is similar."""
        if len(self.index.passages) < LARGE:
            return self._search(argument, state)
        return await asyncio.to_thread(self._search, argument, state)

    def _search(self, argument: str, state: Any) -> Observation:
        place = self.index.titled(argument)
        if place is None and self.nearest:
            place = next(iter(self.index.best(argument, 1)), None)
        if place is None:
            similar = self.index.similar(argument, SIMILAR) or self.index.best(argument, SIMILAR)
            titles = ", ".join(self.index.passages[each].title for each in similar)
            return Observation(f"Could not find [{argument.strip()}]. Similar: [{titles}].", state)
        first = self.index.passages[place].sentences[: self.sentences]
        return Observation(" ".join(each.strip() for each in first), {"place": place})

    async def lookup(self, argument: str, state: Any, draw: Draw) -> Observation:
        """The next sentence with the string; asked for again, the one after it."""
        if state is None:
            return Observation("No passage has been found yet: search for one first.", state)
        term = argument.strip().casefold()
        place, nth = state["place"], state["next"] if state.get("term") == term else 0
        page = self.index.passages[place].sentences
        results = [each.strip() for each in page if term in each.casefold()]
        after = {"place": place, "term": term, "next": nth + 1}
        if nth >= len(results):
            return Observation("No more results." if results else "No results.", after)
        return Observation(f"(Result {nth + 1} / {len(results)}) {results[nth]}", after)


def search_tools(corpus: Corpus, sentences: int = 5, nearest: bool = False) -> tuple[Tool, Tool]:
    """The tools `search` and `lookup` over a corpus."""
    made = SearchState(index_of(corpus), sentences, nearest)
    identity = f"{corpus.sha256}|{sentences}|{nearest}"
    search = Tool(
        name="search",
        description="Shows the beginning of the text with this title, or similar titles.",
        example="Ada Lovelace",
        call=made.search,
        memory=MEMORY,
        identity=identity,
        local=True,
        over=lambda other: search_tools(other, sentences, nearest)[0],
        timeout=PATIENCE,
    )
    lookup = Tool(
        name="lookup",
        description="Shows the next sentence that holds these words in the text last found.",
        example="born in",
        call=made.lookup,
        memory=MEMORY,
        identity=identity,
        local=True,
        over=lambda other: search_tools(other, sentences, nearest)[1],
        timeout=PATIENCE,
    )
    return search, lookup


@dataclass(frozen=True)
class Search(PTE):
    """Offers `search` and `lookup`. `sentences` are shown of a passage (5 in the paper); `nearest`
    shows the best passage by BM25 where no title is right, in place of similar titles."""

    corpus: Corpus | None = None
    sentences: Count = 5
    nearest: bool = False

    name: ClassVar[str] = "search"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.TOOLS})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Yao et al. 2022",
        {"sentences": 5, "nearest": False},
        {"sentences": "section 3.1", "nearest": "section 3.1: similar titles are named"},
    )
    offers: ClassVar[frozenset[str]] = frozenset({"search", "lookup"})
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})

    def applies_to(self, site: StackContext) -> str | None:
        return no_corpus(self.name, self.corpus, site.task)

    def tools(self, task: Task) -> tuple[Tool, ...]:
        return search_tools(corpus_of(self.corpus, task), self.sentences, self.nearest)
