"""Short answers in free words: exact match and F1 as the official HotpotQA evaluation has them.

The evaluation is `hotpot_evaluate_v1.py` of Yang et al. 2018, which normalises as SQuAD's does.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import Any

from benchmarks.numeric import first_line
from harness.contracts.benchmark import Grade

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_CLOSED = ("yes", "no", "noanswer")
"""Answers that share no words with others: F1 between them and another answer is 0."""
_NEXT_SENTENCE = re.compile(r"(?<=\w{4})(?<!Prof)\.\s+(?=[A-Z])")
"""Four letters before the full stop, so that `St. Louis` and `John F. Kennedy` stay whole; no right
answer of the development set is cut."""


def normalise(text: str) -> str:
    """Lower case without punctuation and articles, white space made single."""
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def f1(answer: str, target: str) -> float:
    """Harmonic mean of precision and recall of the answer's words, in [0, 1]."""
    said, right = normalise(answer), normalise(target)
    if said != right and (said in _CLOSED or right in _CLOSED):
        return 0.0
    words, wanted = said.split(), right.split()
    same = (Counter(words) & Counter(wanted)).total()
    if not same:
        return 0.0
    precision, recall = same / len(words), same / len(wanted)
    return 2 * precision * recall / (precision + recall)


def grade_span(target: Any, answer: str | None) -> Grade:
    """Exact match as the score, F1 beside it; both are 0 without an answer."""
    if answer is None:
        return Grade(0.0, {"f1": 0.0})
    exact = normalise(answer) == normalise(target)
    return Grade(float(exact), {"f1": f1(answer, target)})


def extract_span(text: str) -> str | None:
    """The first sentence of an answer's first line, without a closing full stop."""
    line = first_line(text.strip().removeprefix(":"))
    answer = _NEXT_SENTENCE.split(line, maxsplit=1)[0].strip()
    return answer.removesuffix(".").rstrip() or None


def canonical_span(text: str) -> str:
    """The normalised answer; one that is all punctuation or articles stays as it is."""
    return normalise(text) or text.strip().lower()
