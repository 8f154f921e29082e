"""A text browser over a corpus, with WebGPT's actions (Nakano et al. 2021, table 1).

Search, open a result, find, scroll, go to the top, go back, quote. Where the browser is, and what
has been quoted, is the attempt's state, so that a search may branch at any page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.contracts.draw import Draw
from harness.contracts.passage import Corpus
from harness.contracts.tool import Observation, Tool
from ptes.common.retrieval.index import BM25Index, index_of

MEMORY = "browser"
RESULTS, LINES = 5, 6
"""Results, and sentences of a page, that are shown at once."""
SNIPPET = 80
"""Characters shown of a result."""
QUOTED = 400
"""Characters of a quote at most."""
ANY = {"type": "string"}

State = Mapping[str, Any]
START: State = {"views": [], "quotes": []}
"""Views, the last one shown: results (`query`, `at`) or a page (`place`, `at`); quotes (`title`,
`text`)."""
NOWHERE = "No page is open: search first, then open a result."


@dataclass(frozen=True)
class Browser:
    """What each action does to the state."""

    index: BM25Index
    quotes: int

    def search(self, asked: str, state: State) -> tuple[str, State]:
        """Show the results of a query."""
        return self._see(state, {"query": asked, "at": 0})

    def open(self, asked: str, state: State) -> tuple[str, State]:
        """Open a result by its number, or by its title."""
        view = _view(state)
        if "query" not in view:
            return "There are no results to open one of: search first.", state
        places = self._results(view["query"])
        number = re.search(r"\d+", asked)
        if number and 1 <= int(number[0]) <= len(places):
            return self._see(state, {"place": places[int(number[0]) - 1], "at": 0})
        place = self.index.titled(asked)
        if place not in places:
            return f"There is no result {asked!r}: give a number from 1 to {len(places)}.", state
        return self._see(state, {"place": place, "at": 0})

    def find(self, asked: str, state: State) -> tuple[str, State]:
        """Scroll to the next sentence that holds the text."""
        view = _view(state)
        if "place" not in view:
            return NOWHERE, state
        lines = self.index.passages[view["place"]].sentences
        first = view["at"] + ("found" in view)
        for at in range(first, len(lines)):
            if asked.casefold() in lines[at].casefold():
                return self._turn(state, {**view, "at": at, "found": True})
        return f"{asked!r} does not come {'again' if 'found' in view else 'from here on'}.", state

    def scroll(self, asked: str, state: State) -> tuple[str, State]:
        """Go down or up by so many windows."""
        view = _view(state)
        if not view:
            return NOWHERE, state
        number = re.search(r"[1-3]", asked)
        windows = (int(number[0]) if number else 1) * (-1 if "up" in asked.casefold() else 1)
        size, total = self._size(view)
        last = max(0, (total - 1) // size * size)
        at = min(last, max(0, view["at"] + windows * size))
        return self._turn(state, {**_still(view), "at": at})

    def top(self, asked: str, state: State) -> tuple[str, State]:
        """Go to the beginning."""
        view = _view(state)
        return self._turn(state, {**_still(view), "at": 0}) if view else (NOWHERE, state)

    def back(self, asked: str, state: State) -> tuple[str, State]:
        """Go back to what was shown before this page or these results."""
        earlier = state["views"][:-1]
        if not earlier:
            return "There is nothing to go back to.", state
        return self._shown({**state, "views": earlier})

    def quote(self, asked: str, state: State) -> tuple[str, State]:
        """Keep a piece of the page, word for word, for the answer to cite."""
        view = _view(state)
        if "place" not in view:
            return NOWHERE, state
        if len(state["quotes"]) >= self.quotes:
            return f"There are {self.quotes} quotes already: that is enough to answer.", state
        page = self.index.passages[view["place"]]
        text = _word_for_word(asked, page.text)
        if text is None:
            return "This does not stand on the page: quote it word for word.", state
        kept = {"title": page.title, "text": text[:QUOTED]}
        quotes = [*state["quotes"], kept]
        return f"Quote [{len(quotes)}] is kept.", {**state, "quotes": quotes}

    def _see(self, state: State, view: State) -> tuple[str, State]:
        return self._shown({**state, "views": [*state["views"], view]})

    def _turn(self, state: State, view: State) -> tuple[str, State]:
        return self._shown({**state, "views": [*state["views"][:-1], view]})

    def _shown(self, state: State) -> tuple[str, State]:
        view = _view(state)
        at, (size, total) = view["at"], self._size(view)
        until = min(total, at + size)
        if "query" in view:
            lines = [self._result(n, place) for n, place in enumerate(self._results(view["query"]))]
            shown = "\n".join(lines[at:until]) or "Nothing was found."
            return f"Results for {view['query']!r}:\n{shown}", state
        page = self.index.passages[view["place"]]
        text = " ".join(line.strip() for line in page.sentences[at:until])
        return f"{page.title} (sentences {at + 1} to {until} of {total}):\n{text}", state

    def _result(self, number: int, place: int) -> str:
        passage = self.index.passages[place]
        return f"{number + 1}. {passage.title}: {passage.text[:SNIPPET]}..."

    def _results(self, query: str) -> list[int]:
        return self.index.best(query, 3 * RESULTS)

    def _size(self, view: State) -> tuple[int, int]:
        """How much is shown at once, and how much there is."""
        if "query" in view:
            return RESULTS, len(self._results(view["query"]))
        return LINES, len(self.index.passages[view["place"]].sentences)


def _view(state: State) -> State:
    view: State = state["views"][-1] if state["views"] else {}
    return view


def _still(view: State) -> State:
    """The view without its place in a series of finds."""
    return {key: value for key, value in view.items() if key != "found"}


def _word_for_word(asked: str, page: str) -> str | None:
    """The page's own words for what was asked, whatever the case and the white space."""
    words = [re.escape(word) for word in asked.strip(" \"'“”").split()]
    result = re.search(r"\s+".join(words), page, re.IGNORECASE) if words else None
    return result[0] if result else None


def browser_tools(corpus: Corpus, quotes: int) -> tuple[Tool, ...]:
    """The browser's tools over a corpus."""
    browser = Browser(index_of(corpus), quotes)
    identity = f"{corpus.sha256}|{quotes}"

    def tool(name: str, description: str, example: str, argument: bool = True) -> Tool:
        act: Callable[[str, State], tuple[str, State]] = getattr(browser, name)

        async def call(asked: str, state: Any, draw: Draw) -> Observation:
            return Observation(*act(asked.strip(), state or START))

        schema = ANY | ({"minLength": 1} if argument else {})
        return Tool(
            name=name,
            description=description,
            example=example,
            call=call,
            schema=schema,
            memory=MEMORY,
            identity=f"{identity}|{name}",
            local=True,
            timeout=60.0,
        )

    return (
        tool("search", "Shows results for a query.", "Ada Lovelace birthplace"),
        tool("open", "Opens a result by its number.", "1"),
        tool("find", "Goes to the next place with this text.", "born in"),
        tool("quote", "Keeps these words of the page for your answer.", "born in London"),
        tool("scroll", "Goes down or up.", "down", argument=False),
        tool("top", "Goes to the beginning.", "", argument=False),
        tool("back", "Goes back.", "", argument=False),
    )
