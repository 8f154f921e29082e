"""Text that may be searched: passages, and the corpus that they make."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from harness.identity import described_as


@described_as("passage")
@dataclass(frozen=True, slots=True)
class Passage:
    """A titled piece of text, by sentence."""

    title: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentences, joined by a space where none of their own separates them."""
        return " ".join(sentence.strip() for sentence in self.sentences)


@described_as("corpus")
@dataclass(frozen=True, slots=True)
class Corpus:
    """Passages that a solver may search. Its content, not its place, is what cells and draws
    depend on."""

    name: str = field(compare=False, repr=False)
    sha256: str
    """Content hash of the passages in order."""
    read: Callable[[], tuple[Passage, ...]] = field(repr=False, compare=False)
    """Loads the passages; cheap the second time. It may hold no benchmark and no target (law 3)."""

    @classmethod
    def of(cls, name: str, passages: Iterable[Passage]) -> Corpus:
        """The corpus of passages that are in memory already."""
        kept = tuple(passages)
        return cls(name, content_hash(kept), lambda: kept)


def content_hash(passages: Iterable[Passage]) -> str:
    """What a corpus is known by: sha256 of its passages in order, as canonical JSON."""
    digest = hashlib.sha256()
    for passage in passages:
        line = json.dumps([passage.title, *passage.sentences], separators=(",", ":"))
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()
