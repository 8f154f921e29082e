"""Numbers in answers, kind by kind: each list stands for a way in which models write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.numeric import canonical_number, extract_number, lenient_number

GROUPED = [
    (" $9{,}500$.", "9500"),
    (" 9 500 dollars", "9500"),
    (" 9\\,500", "9500"),
    (" 9\u2009500", "9500"),
    (" 9\u202f500", "9500"),
    (" 9\xa0500", "9500"),
    (" 1,00,000", "100000"),
    (" 12,34,567", "1234567"),
    (" 1'000", "1000"),
    (" 1_000_000", "1000000"),
    (" 12 345 678", "12345678"),
    (" 9~500", "9500"),
    (" 9,\\!500", "9500"),
    (" 1.000,50", "1.000"),
    (" 3,5", "3"),
    (" 1,234,567 people", "1234567"),
    (" 1,0000", "1"),
    (" 70 000", "70000"),
    (" 2 12 hours", "2"),
    (" €1,000", "1000"),
    (" 1,000.50", "1000.50"),
    (" 0.30000000000000004", "0.30000000000000004"),
    (" 9\u2007500", "9500"),
    (" $12\\,345\\,678$", "12345678"),
    (" 9’500", "9500"),
    (" 1,23,45,678 rupees", "12345678"),
    (" 4 100/200", "4 100/200"),
    (" 1 234 567.89", "1234567.89"),
    (" 1,000, 2,000", "1000"),
    (" 12, 345", "12"),
    (" $18,000/year", "18000"),
]
SUMS = [
    (" 3 boxes * 4 apples = 12 apples", "12"),
    (" 20 dollars + 30 dollars = 50 dollars", "50"),
    (" 2^3 = 8", "8"),
    (" $3 \\times 4 = 12$", "12"),
    (" $3 \\cdot 4 = 12$ apples", "12"),
    (" (3 + 4) * 2 = 14", "14"),
    (" 12 = 3 * 4", "12"),
    (" 3 * 4 = 12, 12 + 5 = 17", "17"),
    (" 3 boxes (of 4 apples) = 12 apples", "12"),
    (" 3 plus 4 is 7", "7"),
    (" 3 times 4 equals 12", "12"),
    (" 10/3 = 3.33", "3.33"),
    (" 10/3 ≈ 3.33", "3.33"),
    (" 2**3 = 8", "8"),
    (" $18 per day * 7 = $126", "126"),
    (" 50% of 20 is 10", "10"),
    (" 3 - 5 = -2", "-2"),
    (" $5 - $3 = $2", "2"),
    (" 5 + 7 = twelve", "12"),
    (" 12 apples = 12", "12"),
    (" 3,000 - 1,000 = 2,000 dollars", "2000"),
    (" the total is 5 + 5 = 10", "10"),
    (" 12 eggs = 1 dozen", "1"),
]
FRACTIONS = [
    (" $\\frac{3}{7}$", "3/7"),
    (" \\tfrac37", "3/7"),
    (" 2\\frac{1}{2}", "2 1/2"),
    (" 2½", "2 1/2"),
    (" ½", "1/2"),
    (" 2 1/2", "2 1/2"),
    (" $-\\frac{1}{2}$", "-1/2"),
    (" 2 and 1/2", "2 1/2"),
    (" \\dfrac{10}{4}", "10/4"),
    (" 3 / 7", "3/7"),
    (" 1¾ cups", "1 3/4"),
    (" 3⁄7", "3/7"),
    (" -\\frac{3}{7}", "-3/7"),
]
SCALES = [
    (" 1.2 million", "1200000"),
    (" 3 thousand", "3000"),
    (" 2 billion", "2000000000"),
    (" $5k", "5000"),
    (" $1.2M", "1200000"),
    (" 1.2e6", "1200000"),
    (" 1.2 \\times 10^6", "1200000"),
    (" 1.2 × 10^{6}", "1200000"),
    (" 1.2 x 10⁶", "1200000"),
    (" 3e-4", "0.0003"),
    (" 7 dozen eggs", "7"),
    (" 3.5 million dollars", "3500000"),
    (" 5 hundred", "500"),
    (" 1e3", "1000"),
]
WORDS = [
    (" twelve", "12"),
    (" twelve apples", "12"),
    (" forty-two", "42"),
    (" one hundred and five", "105"),
    (" half", "1/2"),
    (" two thirds", "2/3"),
    (" one and a half", "1 1/2"),
    (" two and a half hours", "2 1/2"),
    (" half a million", "500000"),
    (" a dozen", "12"),
    (" half a dozen", "6"),
    (" three thousand two hundred", "3200"),
    (" no one knows", None),
    (" she has twelve left", "12"),
    (" twenty-five percent", "25"),
]
SIGNS = [
    (" negative 5", "-5"),
    (" minus 5", "-5"),
    (" −5", "-5"),
    (" -$5", "-5"),
    (" ($5)", "5"),
    (" $-5", "-5"),
    (" negative $5", "-5"),
    (" - 5", "5"),
    (" (−5)", "-5"),
    (" minus $12.50", "-12.50"),
    (" negative twelve", "-12"),
    (" –5", "-5"),
]
EXPLAINED = [
    (" x = 5 because 3 = 3", "5"),
    (" 5 because 2 + 3 = 5", "5"),
    (" 42 (x = 7)", "42"),
    (" one of them has 5", "5"),
    (" 5 apples, since 3 + 2 = 5", "5"),
    (" x = 5, y = 7", "5"),
    (" 4, not 5", "4"),
    (" 5 + 5 = 10, so 10", "10"),
    (" 5 if 2 + 2 = 4", "5"),
    (" 18. She has 2 + 3 = 5.", "18"),
    (" 5; 3 + 3 = 6", "5"),
    (" 7 days after 3 + 1 = 4", "7"),
    (" 40 (20 * 2 = 40)", "40"),
]
OTHERS = [
    (" ９５００", "9500"),
    (" 33⅓", "33 1/3"),
    (" 7 days/week * 3 = 21", "21"),
    (" 60 mph * 2 h = 120 miles", "120"),
    (" 50%", "50"),
    (" 50\\%", "50"),
    (" \\$5", "5"),
    (" 3rd", "3"),
    (" the 21st", "21"),
    (" \\text{5 apples}", "5"),
    (" $\\boxed{5}$", "5"),
    (" 60 miles/hour", "60"),
    (" 5 cm^2", "5"),
    (" 90^\\circ", "90"),
    (" 2 and a half", "2 1/2"),
    (" 5 - 3", "5"),
    (" 3 to 4", "3"),
]
SAME = [
    ("0.30000000000000004", "0.3"),
    ("17.999999999999996", "18"),
    ("2.3333333333333335", "2.3333333333333335"),
    ("59.99999999999999", "60"),
    ("5.999999999999998", "6"),
    ("3.14159265358979", "3.14159265358979"),
    ("1.2 million", "1200000"),
    ("½", "0.5"),
    ("23.400000000000002", "23.4"),
]
LENIENT = [
    ("She sells 9 eggs at $2, so she makes $18 every day.", "18"),
    ("16 - 3 - 4 = 9 eggs.\n9 * 2 = $18", "18"),
    ("So \\boxed{18} dollars, as 9*2=18. It took 3 days.", "18"),
    ("#### 18", "18"),
    ("**Answer:** 18", "18"),
    ("She makes **$18** every day for 7 days.", "18"),
    ("18", "18"),
    ("1. Add 3.\n2. So we get 5 apples.", "5"),
    ("Total: 3 + 4 = 7 apples left", "7"),
    ("none", None),
    ("18\n\nQuestion: 9 pens?", "18"),
    ("She has 12 eggs left because she began with 16.", "12"),
]


@pytest.mark.parametrize(("text", "answer"), GROUPED)
def test_grouped_are_read(text: str, answer: str | None) -> None:
    assert extract_number(text) == answer


@pytest.mark.parametrize(("text", "answer"), SUMS)
def test_sums_are_read(text: str, answer: str | None) -> None:
    assert extract_number(text) == answer


@pytest.mark.parametrize(("text", "answer"), FRACTIONS)
def test_fractions_are_read(text: str, answer: str | None) -> None:
    assert extract_number(text) == answer


@pytest.mark.parametrize(("text", "answer"), SCALES)
def test_scales_are_read(text: str, answer: str | None) -> None:
    assert extract_number(text) == answer


@pytest.mark.parametrize(("text", "answer"), WORDS)
def test_words_are_read(text: str, answer: str | None) -> None:
    assert extract_number(text) == answer


@pytest.mark.parametrize(("text", "answer"), SIGNS)
def test_signs_are_read(text: str, answer: str | None) -> None:
    assert extract_number(text) == answer


@pytest.mark.parametrize(("text", "answer"), EXPLAINED)
def test_explained_are_read(text: str, answer: str | None) -> None:
    assert extract_number(text) == answer


@pytest.mark.parametrize(("text", "answer"), OTHERS)
def test_others_are_read(text: str, answer: str | None) -> None:
    assert extract_number(text) == answer


@pytest.mark.parametrize(("text", "form"), SAME)
def test_noise_and_scales_have_the_form_of_the_number(text: str, form: str) -> None:
    assert canonical_number(text) == form


@pytest.mark.parametrize(("text", "answer"), LENIENT)
def test_a_reply_of_no_form_is_read(text: str, answer: str | None) -> None:
    assert lenient_number(text) == answer


@given(st.text(alphabet="0123456789.,/-=^* ½{}\\\\$eEkadfhlnortuwm'", max_size=40))
def test_what_is_read_is_read_again(text: str) -> None:
    answer = extract_number(text)
    form = canonical_number(text if answer is None else answer)
    assert canonical_number(form) == form
    if answer is not None:
        assert canonical_number(extract_number(form) or "") == form


@given(
    st.integers(1000, 10**12),
    st.sampled_from([",", "{,}", "\\,", "\u2009", "\u202f", "\u00a0", " ", "'", "_"]),
)
def test_thousands_are_grouped_by_any_mark(number: int, mark: str) -> None:
    assert extract_number(f" {f'{number:,}'.replace(',', mark)} dollars") == str(number)


PIECES = [
    "9",
    "9,",
    "9 ",
    " 500",
    "(",
    "(a",
    "{",
    "$",
    "*",
    " = 3 * ",
    ", ",
    ". A",
    "is 3 ",
    "twelve ",
    "\\frac{1}",
]


@pytest.mark.parametrize("piece", PIECES)
def test_long_texts_are_quick(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    for read in (extract_number, canonical_number, lenient_number):
        start = time.perf_counter()
        read(text)
        assert time.perf_counter() - start < 3, read
