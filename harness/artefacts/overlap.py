"""Whether train and test items are apart: by their text, and by near-duplicates of it.

Two texts are the same if they are once case, punctuation and white space are put aside. Two longer
ones are near-duplicates if they share most of their runs of words: a Jaccard index of 0.7 of runs
of three. Lee et al. 2022 (Deduplicating Training Data Makes Language Models Better, section 4.2)
take 0.8 of runs of five, of whole documents; a problem of thirty words in which one word was
changed would pass for another there. A text of fewer than `SHORT` words is compared as a whole.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

RUN = 3
"""Words in a run."""
SHORT = 8
"""Words below which a text is compared as a whole."""
ALIKE = 0.7
"""Least Jaccard index of near-duplicates."""
_WORD = re.compile(r"\w+")


def same_text(text: str) -> str:
    """A text without what does not tell two apart; symbols stay where they are all that it is."""
    words = _WORD.findall(text.lower())
    return " ".join(words) if len(words) >= SHORT else "".join(text.lower().split())


class Texts:
    """Texts that others are held against."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts: Sequence[str] = tuple(dict.fromkeys(texts))
        self._same = {same_text(text): text for text in self._texts}
        self._runs: list[frozenset[str]] = [_runs(text) for text in self._texts]
        self._holding: dict[str, list[int]] = defaultdict(list)
        for place, runs in enumerate(self._runs):
            for run in runs:
                self._holding[run].append(place)

    def like(self, text: str) -> str | None:
        """The first of the texts that is the same as this one or nearly so; None without one."""
        if (found := self._same.get(same_text(text))) is not None:
            return found
        runs = _runs(text)
        shared = Counter(place for run in runs for place in self._holding.get(run, ()))
        for place, count in sorted(shared.items()):
            if count >= ALIKE * len(runs | self._runs[place]):
                return self._texts[place]
        return None


def _runs(text: str) -> frozenset[str]:
    words = _WORD.findall(text.lower())
    if len(words) < SHORT:
        return frozenset()
    return frozenset(" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
