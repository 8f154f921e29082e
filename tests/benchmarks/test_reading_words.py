"""Letters, yes or no, spans, ratios and expressions, kind by kind, by the form and leniently."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.expressions import extract_expression, lenient_expression
from benchmarks.letters import canonical_letter, extract_letter, lenient_letter
from benchmarks.mixed import canonical_mixed, extract_mixed, lenient_mixed
from benchmarks.spans import canonical_span, extract_span, grade_span, lenient_span
from benchmarks.yes_no import canonical_yes_no, extract_yes_no, lenient_yes_no

LETTERS = [
    (" A; B", None),
    (" I think B", "B"),
    (" the first option, A.", "A"),
    (" neither (A) nor (B), but (C)", "C"),
    (" B, C, and D", None),
    (" b. Gravity", "B"),
    (" `B`", "B"),
    (" A—the force of gravity", "A"),
    (" not (A) but (B)", "B"),
    (" b) Gravity", "B"),
    (" b", "B"),
    (" (b)", "B"),
    (" 'B'", "B"),
    (" “B”", "B"),
    (" **B**", "B"),
    (" *B*", "B"),
    (" __B__", "B"),
    (" \\boxed{B}", "B"),
    (" \\boxed{\\text{(B)}}", "B"),
    (" $\\textbf{(B)}$ Gravity", "B"),
    (" \\(B\\)", "B"),
    (" B—Gravity", "B"),
    (" B – Gravity", "B"),
    (" not A, but B", "B"),
    (" not A but B.", "B"),
    (" (B), not (A)", "B"),
    (" B, not A", "B"),
    (" A and B", None),
    (" A or B", None),
    (" (A) and (C)", None),
    (" A, B", None),
    (" A/B", None),
    (" both A and B", None),
    (" either (A) or (B)", None),
    (" neither A nor B", None),
    (" A, because B is wrong", "A"),
    (" most likely B.", "B"),
    (" clearly option C", "C"),
    (" the second one, (B)", "B"),
    (" vitamin C", None),
    (" e.g. gravity", None),
    (" E-mail", None),
    (" D-day", None),
    (" I have no comment", None),
    (" A planet", None),
    (" A planet (B)", "B"),
    (" conduction (B), since (A) is wrong", "B"),
    (" option b", "B"),
    (" the correct option is B", "B"),
    (" (A) is wrong, so (B)", "B"),
    (" A.", "A"),
    (" a. Gravity", "A"),
    (" a planet", None),
    (" b, because it falls", "B"),
    (" option (C)", "C"),
    (" B: gravity", "B"),
    (" (B) and (B)", "B"),
    (" B. (A) is wrong", "B"),
    (" not (A)", None),
    (" rather than (A), (B)", "B"),
    (" B or C.", None),
    (" C&D", None),
    (" [B]", "B"),
    (" {B}", "B"),
    (" isn't (A), it is (C)", "C"),
    (' "b"', "B"),
    (" **(B)** Gravity", "B"),
    (" **B. Gravity**", "B"),
    (" B because A is false", "B"),
    (" A and not B", "A"),
    (" A but not B", "A"),
]
LENIENT_LETTERS = [
    ("B", "B"),
    ("(B)", "B"),
    ("The correct option is B.", "B"),
    ("Gravity pulls. So the correct answer is (C) because it falls.", "C"),
    ("**B. Gravity**", "B"),
    ("(A) is wrong. Option D is correct.", "D"),
    ("First I think the answer is A. No: the answer is B.", "B"),
    ("A planet has gravity. It falls.", None),
    ("The answer is A or B.", None),
    ("I considered it.\n\n**Answer: C**", "C"),
    ("The best choice would be option D.", "D"),
    ("b", "B"),
    ("Let's see.\n\n(C) Heat", "C"),
    ("Heat moves.\n\\boxed{C}", "C"),
    ("The correct answer is:\n\n(B) Gravity", "B"),
    ("The answer is **B) Gravity**.\n\nQuestion: The answer is C", "B"),
]
YES_NO = [
    (" not the case.", "no"),
    (" no longer true", "no"),
    (" there is no way that this is true", "no"),
    (" neither true nor false", None),
    (" not no but yes", "yes"),
    (" not true.", "no"),
    (" that there is no doubt: yes.", "yes"),
    (" not false", "yes"),
    (" Yes, it is, but no one knows", "yes"),
    (" Yes, ... but no", "yes"),
    (" correct.", "yes"),
    (" incorrect.", "no"),
    (" that is correct", "yes"),
    (" that's not correct", "no"),
    (" it is not true that he did", "no"),
    (" isn't true", "no"),
    (" No, that's true", "no"),
    (" yes and no", None),
    (" yes or no", None),
    (" yes/no", None),
    (" no doubt", "yes"),
    (" no doubt, yes", "yes"),
    (" no dogs can fly", "no"),
    (" no, because", "no"),
    (" no because it sinks", "no"),
    (" no it would not", "no"),
    (" **Yes**", "yes"),
    (" _No_", "no"),
    (" “Yes”", "yes"),
    (" `False`", "no"),
    (" \\boxed{\\text{Yes}}", "yes"),
    (" there is no evidence, so no", "no"),
    (" not necessarily true", "no"),
    (" not known", None),
    (" nobody", None),
    (" true", "yes"),
    (" False.", "no"),
    (" No one could, so false", "no"),
    (" never true", "no"),
    (" untrue", "no"),
    (" definitely yes", "yes"),
    (" a clear no", "no"),
    (" wrong.", "no"),
    (" on the right side", None),
    (" Yes—both", "yes"),
    (" there is no question that it is true", "yes"),
    (" true, no doubt", "yes"),
    (" Nope", "no"),
    (" NO", "no"),
    (" neither yes nor no", None),
    (" no-one knows", None),
    (" without doubt yes", "yes"),
    (" not incorrect", "yes"),
    (" false, not true", "no"),
]
LENIENT_YES_NO = [
    ("Yes.", "yes"),
    ("Yes, because it floats. No one doubts that.", "yes"),
    ("A pear floats in water. So yes, it would.", "yes"),
    ("It sinks. Therefore, the statement is false.", "no"),
    ("The answer is no, as it sinks.", "no"),
    ("It depends.", None),
    ("True. It is.", "yes"),
    ("It floats.\n\n**Answer:** Yes", "yes"),
    ("Ducks swim.\n\nQuestion: yes?", None),
]
SPANS = [
    (" USA; it is large", "USA"),
    (" Paris, according to the text", "Paris"),
    (" *Paris*. It is large", "Paris"),
    (" Paris.[1]", "Paris"),
    (" “Paris,”", "Paris,"),
    (" Yes, both are American.", "Yes"),
    (" No. Only Guster is a band.", "No"),
    (" USA. It is a large country.", "USA"),
    (" “Paris”.", "Paris"),
    (" Yes—both are", "Yes"),
    (" Yes; both are.", "Yes"),
    (" No, Guster is not.", "No"),
    (" Yes both are", "Yes"),
    (" yes because they are", "yes"),
    (" No Doubt", "No Doubt"),
    (" No. 3", "No. 3"),
    (" Yes, Minister", "Yes, Minister"),
    (" No Country for Old Men", "No Country for Old Men"),
    (" **Paris**.", "Paris"),
    (" *Paris*", "Paris"),
    (' "Paris".', "Paris"),
    (" ‘Paris’", "Paris"),
    (" «Paris»", "Paris"),
    (" `Paris`", "Paris"),
    (" Paris [1].", "Paris"),
    (" Paris [1][2]", "Paris"),
    (" Paris (source: Wikipedia).", "Paris"),
    (" Paris (the capital of France)", "Paris"),
    (" Alaska (1959)", "Alaska (1959)"),
    (" Paris, which is in France", "Paris"),
    (" Paris because it is", "Paris"),
    (" UK. He was born there.", "UK"),
    (" Rio. It is in Brazil.", "Rio"),
    (" Washington D.C. It is the capital.", "Washington D.C"),
    (" St. Louis", "St. Louis"),
    (" !!!", "!!!"),
    (" John F. Kennedy. He was", "John F. Kennedy"),
    (" 12. It was", "12"),
    (" The song “Imagine”", "The song “Imagine”"),
    (" **Yes**, both are", "Yes"),
    (" No, they aren't.", "No"),
    (" Yes.", "Yes"),
    (" “No.”", "No"),
    (" Rome\n\nIt", "Rome"),
    (":\n\n**Rome**", "Rome"),
    (" J. K. Rowling. She wrote", "J. K. Rowling"),
    (" U.S. Army", "U.S. Army"),
    (" \\text{Paris}", "Paris"),
]
LENIENT_SPANS = [
    ("Paris", "Paris"),
    ("Paris.", "Paris"),
    ("He was born in France.\n\nThe answer is Paris.", "Paris"),
    (
        "It was after the war, which he spent in a town, so it is hard to say that at all.",
        None,
    ),
    ("The band was founded in 1990 and its singer is **Tom Reed**", "Tom Reed"),
    ("**Answer:** Paris, France", "Paris, France"),
    ("Yes, both are American.", "Yes"),
    ("Paris\n\nQuestion: x? The answer is Rome.", "Paris"),
    ("It is A.\nIt is B.", None),
]
MIXED = [
    (" $\\frac{3}{7}$", "3/7"),
    (" **3:4**", "3:4"),
    (" $3:4$", "3:4"),
    (" “Tom”", "tom"),
    (" **Tom** has more", "tom has more"),
    (" \\text{Tom}", "tom"),
    (" `Yes`", "yes"),
    (" 3 : 4", "3:4"),
    (" 3:30 PM", "3:30"),
    (" ½", "0.5"),
    (" twelve", "12"),
    (" 9,500 (apples)", "9500"),
    (" 3 boxes * 4 apples = 12 apples", "12"),
    (" *No*, she", "no"),
    (" the one dog", "1"),
    (" -(1/3)", "-1/3"),
    (" 1.2 million", "1200000"),
    (" They are equal", "they are equal"),
    (" Mrs. Reed", "mrs. reed"),
]
LENIENT_MIXED = [
    ("Tom", "Tom"),
    ("Yes, she can.", "Yes"),
    ("2 + 3 = 5 pens", "5"),
    ("So the ratio is 3:4.", "3:4"),
    ("The answer is Tom.", "Tom"),
]
EXPRESSIONS = [
    (" **(8 - 4) * 6**", "(8 - 4) * 6"),
    (" $(1+2) \\times 8$", "(1+2) * 8"),
    (" 24 = 3 * 8", "3 * 8"),
    (" `(1+2)*8 = 24`", "(1+2)*8"),
    (" 3*8 = 24", "3*8"),
]
LENIENT_EXPRESSIONS = [
    ("1 + 2 = 3, then 3 * 8 = 24. So (1 + 2) * 8 * 1 = 24", "(1 + 2) * 8 * 1"),
    ("(1+2)*8*1", "(1+2)*8*1"),
    ("none", None),
]


@pytest.mark.parametrize(("text", "answer"), LETTERS)
def test_letters(text: str, answer: str | None) -> None:
    assert extract_letter(text, last="E") == answer


@pytest.mark.parametrize(("text", "answer"), LENIENT_LETTERS)
def test_lenient_letters(text: str, answer: str | None) -> None:
    assert lenient_letter(text, last="E") == answer


@pytest.mark.parametrize(("text", "answer"), YES_NO)
def test_yes_no(text: str, answer: str | None) -> None:
    assert extract_yes_no(text) == answer


@pytest.mark.parametrize(("text", "answer"), LENIENT_YES_NO)
def test_lenient_yes_no(text: str, answer: str | None) -> None:
    assert lenient_yes_no(text) == answer


@pytest.mark.parametrize(("text", "answer"), SPANS)
def test_spans(text: str, answer: str | None) -> None:
    assert extract_span(text) == answer


@pytest.mark.parametrize(("text", "answer"), LENIENT_SPANS)
def test_lenient_spans(text: str, answer: str | None) -> None:
    assert lenient_span(text) == answer


@pytest.mark.parametrize(("text", "answer"), MIXED)
def test_mixed(text: str, answer: str | None) -> None:
    assert canonical_mixed(extract_mixed(text) or "") == answer


@pytest.mark.parametrize(("text", "answer"), LENIENT_MIXED)
def test_lenient_mixed(text: str, answer: str | None) -> None:
    assert lenient_mixed(text) == answer


@pytest.mark.parametrize(("text", "answer"), EXPRESSIONS)
def test_expressions(text: str, answer: str | None) -> None:
    assert extract_expression(text) == answer


@pytest.mark.parametrize(("text", "answer"), LENIENT_EXPRESSIONS)
def test_lenient_expressions(text: str, answer: str | None) -> None:
    assert lenient_expression(text) == answer


@pytest.mark.parametrize(
    ("answer", "target", "score"),
    [
        ("!!!", "???", 0.0),
        ("!!!", "!!!", 1.0),
        ("+", "-", 0.0),
        ("!!!", "the", 0.0),
        ("a", "the", 1.0),
    ],
)
def test_symbols_alone_are_compared_as_they_are_written(
    answer: str, target: str, score: float
) -> None:
    assert grade_span(target, answer).score == score


@given(st.text(max_size=40))
def test_forms_are_stable(text: str) -> None:
    for canonical in (canonical_letter, canonical_yes_no, canonical_span, canonical_mixed):
        assert canonical(canonical(text)) == canonical(text)
    for answer in ("yes", "no"):
        assert extract_yes_no(canonical_yes_no(answer)) == answer
    for read in (extract_span, lenient_span, lenient_yes_no, lenient_mixed, lenient_expression):
        read(text)


READ: list[Callable[[str], str | None]] = [
    partial(extract_letter, last="E"),
    partial(lenient_letter, last="E"),
    *(extract_yes_no, lenient_yes_no, extract_span, lenient_span),
    *(extract_mixed, lenient_mixed, extract_expression, lenient_expression),
]
PIECES = [
    "A ",
    "(A) ",
    "A, ",
    "not ",
    "no ",
    "yes or ",
    ". The ",
    "(a ",
    "[1]",
    "*",
    " ",
    "3:",
    "answer is ",
    "(1+",
    "Yes, A ",
    '"',
]


@pytest.mark.parametrize("piece", PIECES)
def test_long_texts_are_quick(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    for read in READ:
        start = time.perf_counter()
        read(text)
        assert time.perf_counter() - start < 3, read
