"""In-context retrieval: passages like the question are put before it (Ram et al. 2023).

It stands in for RETRO (Borgeaud et al. 2022), whose model attends to retrieved text through layers
of its own: these cannot be added to a fixed model. What it gains and costs is not RETRO's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.paper import PaperSettings
from harness.contracts.passage import Corpus, Passage
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot, StackContext
from harness.ranges import Count
from ptes.common.retrieval.corpora import corpus_of, no_corpus
from ptes.common.retrieval.index import index_of


def note(passage: Passage, longest: int) -> str:
    """A passage as it is shown, cut between two sentences where it is too long."""
    kept: list[str] = []
    for sentence in passage.sentences:
        if kept and sum(map(len, kept)) + len(sentence) > longest:
            break
        kept.append(sentence.strip())
    return f"{passage.title}: {' '.join(kept)[:longest]}"


@dataclass(frozen=True)
class Retrieval(PTE):
    """The `k` best passages by BM25 for the question as notes before it, best last, next to the
    question; each of at most `characters`. An in-context stand-in for RETRO."""

    corpus: Corpus | None = None
    k: Count = 2
    characters: Count = 1000

    name: ClassVar[str] = "retrieval"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Borgeaud et al. 2021 (RETRO)",
        {"k": 2},
        {"k": "neighbours of each chunk in training"},
        "neighbours come in by layers of their own, which a fixed model does not have",
    )
    order: ClassVar[int] = 5
    signals: ClassVar[frozenset[str]] = frozenset({"corpus"})

    def applies_to(self, site: StackContext) -> str | None:
        if site.task.kind is AnswerKind.PROGRAM:
            return f"retrieval puts passages before a question, and {site.task.name} asks for code"
        return no_corpus(self.name, self.corpus, site.task)

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        index = index_of(corpus_of(self.corpus, task))
        result = index.best(prompt.question, self.k)
        shown = (note(index.passages[place], self.characters) for place in reversed(result))
        return replace(prompt, notes=(*shown, *prompt.notes))
