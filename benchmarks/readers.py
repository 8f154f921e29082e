"""The kinds of answers that a benchmark of one's own can name: how each is asked for and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from benchmarks.equivalence import canonical_math, grade_math
from benchmarks.letters import canonical_letter, extract_letter, lenient_letter
from benchmarks.mathematics import extract_math, lenient_math
from benchmarks.numeric import canonical_number, extract_number, lenient_number
from benchmarks.spans import canonical_span, extract_span, lenient_span
from benchmarks.yes_no import canonical_yes_no, extract_yes_no, lenient_yes_no


@dataclass(frozen=True, slots=True)
class Reader:
    """One kind of answer."""

    answer_format: str
    """What it looks like, in words that the model is shown."""
    extract: Callable[[str], str | None]
    """The answer in what follows the cue; None without one."""
    canonical: Callable[[str], str]
    """Equal answers as equal strings."""
    lenient: Callable[[str], str | None] | None = None
    """The answer in a whole reply that keeps to no form; None reads no such reply."""
    same: Callable[[str, str], bool] | None = None
    """Whether the second answer is the first, the right one; None compares their common forms."""
    slow: bool = False
    """The functions compute, and are called in a worker with a limit of time."""


READERS: Mapping[str, Reader] = {
    "number": Reader("a number", extract_number, canonical_number, lenient_number),
    "words": Reader("a few words", extract_span, canonical_span, lenient_span),
    "yes_no": Reader("yes or no", extract_yes_no, canonical_yes_no, lenient_yes_no),
    "letter": Reader(
        "the letter of the right option in parentheses",
        partial(extract_letter, last="Z"),
        canonical_letter,
        partial(lenient_letter, last="Z"),
    ),
    "mathematics": Reader(
        "a mathematical expression in LaTeX between dollar signs",
        extract_math,
        canonical_math,
        lenient_math,
        grade_math,
        slow=True,
    ),
}
"""`number` (1,000 = 1000.0 = 2000/2), `words` (case, articles and punctuation do not count),
`yes_no` (true and false too), `letter` (of options that the rows bring) and `mathematics` (LaTeX,
compared by math-verify)."""
