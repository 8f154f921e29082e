"""Exact match and F1 of short answers, against figures by hand and the official procedure."""

from __future__ import annotations

import re
import string
from collections import Counter
from itertools import product

import pytest

from benchmarks.spans import canonical_span, extract_span, f1, grade_span, normalise

BY_HAND = [
    ("Chief of Protocol", "Chief of Protocol", 1.0, 1.0),
    ("the chief of protocol.", "Chief of Protocol", 1.0, 1.0),
    ("Chief", "Chief of Protocol", 0.0, 0.5),
    ("Chief of the Protocol Office", "Chief of Protocol", 0.0, 6 / 7),
    ("Greenwich Village", "Greenwich Village, New York City", 0.0, 4 / 7),
    ("New  York\tCity", "New York City", 1.0, 1.0),
    ("1969 until 1974", "1969-1974", 0.0, 0.0),
    ("1969 - 1974", "1969-1974", 0.0, 0.0),
    ("3677 seated", "3,677 seated", 1.0, 1.0),
    ("YES", "yes", 1.0, 1.0),
    ("yes, they were", "yes", 0.0, 0.0),
    ("yes", "yes, they were", 0.0, 0.0),
    ("no", "yes", 0.0, 0.0),
    ("no one", "no", 0.0, 0.0),
    ("No.", "no", 1.0, 1.0),
    ("noanswer", "no answer", 0.0, 0.0),
    ("an Apple", "apple", 1.0, 1.0),
    ("theatre", "the theatre", 1.0, 1.0),
    ("A. A. Milne", "AA Milne", 0.0, 2 / 3),
    ("the the the", "the", 1.0, 0.0),
    ("York York", "York", 0.0, 2 / 3),
    ("York", "York York", 0.0, 2 / 3),
    ("Eugène", "Eugene", 0.0, 0.0),
    ("“Sonic”", "Sonic", 0.0, 0.0),
    ('"Sonic"', "Sonic", 1.0, 1.0),
    ("", "Sonic", 0.0, 0.0),
    ("rock 'n' roll", "rock n roll", 1.0, 1.0),
    ("USA", "U.S.A.", 1.0, 1.0),
]


def _official(answer: str, target: str) -> tuple[float, float]:
    """The procedure of the official evaluation, written a second time, step by step."""

    def words(text: str) -> str:
        kept = "".join(each for each in text.lower() if each not in set(string.punctuation))
        return " ".join(re.sub(r"\b(a|an|the)\b", " ", kept).split())

    said, right = words(answer), words(target)
    exact = float(said == right)
    for one, other in ((said, right), (right, said)):
        if one in ["yes", "no", "noanswer"] and one != other:
            return exact, 0.0
    common = Counter(said.split()) & Counter(right.split())
    same = sum(common.values())
    if same == 0:
        return exact, 0.0
    precision, recall = same / len(said.split()), same / len(right.split())
    return exact, 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize(("answer", "target", "exact", "overlap"), BY_HAND)
def test_figures_by_hand(answer: str, target: str, exact: float, overlap: float) -> None:
    grade = grade_span(target, answer)
    assert grade.score == exact
    assert grade.metrics == {"f1": pytest.approx(overlap)}


def test_every_pair_is_as_the_official_procedure_has_it() -> None:
    texts = {text for answer, target, *_ in BY_HAND for text in (answer, target)}
    for answer, target in product(sorted(texts), repeat=2):
        grade = grade_span(target, answer)
        assert (grade.score, grade.metrics["f1"]) == _official(answer, target), (answer, target)
        assert f1(answer, target) == pytest.approx(f1(target, answer))


def test_no_answer_is_wrong_by_both() -> None:
    grade = grade_span("yes", None)
    assert (grade.score, grade.metrics) == (0.0, {"f1": 0.0})


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (" Chief of Protocol.", "Chief of Protocol"),
        (": Chief of Protocol", "Chief of Protocol"),
        (" Paris. It lies on the Seine.", "Paris"),
        (" St. Louis. It lies on a river.", "St. Louis"),
        (" St. Petersburg. It is cold.", "St. Petersburg"),
        (" John F. Kennedy.\nQuestion: who?", "John F. Kennedy"),
        (" 1999. He was born", "1999"),
        (" $10.5 million", "$10.5 million"),
        (" www.example.com", "www.example.com"),
        ("\n\nyes", "yes"),
        ("!!!", "!!!"),
        (" .", None),
        ("  \n", None),
    ],
)
def test_the_first_sentence_of_the_first_line_is_read(text: str, answer: str | None) -> None:
    assert extract_span(text) == answer


def test_answers_that_exact_match_takes_for_equal_are_one_vote() -> None:
    assert canonical_span("The  Beatles!") == canonical_span("beatles") == normalise("Beatles")
    assert canonical_span("The") == "the"
    assert canonical_span("!!!") == "!!!"
