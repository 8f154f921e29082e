"""Text that may be searched: passages, and the corpus that they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Passage:
    """A titled piece of text, by sentence."""

    title: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentences, joined by a space where none of their own separates them."""
        return " ".join(sentence.strip() for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Passages that a solver may search. Its content, not its place, is what cells and draws
    depend on."""

    name: str
    sha256: str
    """Content hash of the passages in order."""
    read: Callable[[], tuple[Passage, ...]] = field(repr=False, compare=False)
    """Loads the passages; cheap the second time. It may hold no benchmark and no target (law 3)."""
