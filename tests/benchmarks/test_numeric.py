"""Numbers in answers: what is read, and what is equal."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.numeric import canonical_number, extract_number


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (" 42.", "42"),
        (" 42", "42"),
        (": 42", "42"),
        (" $42 per day", "42"),
        (" $42.50.", "42.50"),
        (" 1,234,567 people", "1234567"),
        (" 1,0000", "1"),
        (" -5", "-5"),
        (" −5", "-5"),
        (" -$5", "-5"),
        (" $-5", "-5"),
        (" 10-5", "10"),
        (" .5", ".5"),
        (" 5%", "5"),
        (" 3/4 of it", "3/4"),
        (" 2 1/2 hours", "2 1/2"),
        (" 2 12 hours", "2"),
        (" 3 + 4 = 7.", "7"),
        (" 20 x 3 = $60.", "60"),
        (" 2 + 3 = 4 + 1 = 5 apples", "5"),
        (" 42, since x = 7", "42"),
        (" 7 =", "7"),
        (" **42**", "42"),
        (" \\boxed{42}", "42"),
        (" about 42 or 43", "42"),
        ("\n 42\n17", "42"),
        (" forty-two", "42"),
        (" not known", None),
        ("", None),
        (" \n", None),
    ],
)
def test_reads_a_number(text: str, answer: str | None) -> None:
    assert extract_number(text) == answer


@pytest.mark.parametrize(
    ("texts", "canonical"),
    [
        (("1,000", "1000", "1000.0", "$1000", "$1,000.00", "01000"), "1000"),
        (("0", "-0", "0.00", "-0.0", ".0", "0/7"), "0"),
        (("0.5", ".5", "1/2", "2/4", "0.50", "1.5/3"), "0.5"),
        (("2.5", "5/2", "2 1/2"), "2.5"),
        (("1/3", "2/6", "0 1/3"), "1/3"),
        (("-2.5", "-5/2", "-2 1/2", "-$2.50"), "-2.5"),
        (("1/0",), "1/0"),
        (("  Not a  NUMBER ",), "not a number"),
    ],
)
def test_equal_numbers_have_one_form(texts: tuple[str, ...], canonical: str) -> None:
    assert {canonical_number(text) for text in texts} == {canonical}


@given(st.text())
def test_nothing_crashes_and_the_form_is_stable(text: str) -> None:
    extracted = extract_number(text)
    if extracted is not None:
        canonical = canonical_number(extracted)
        assert canonical_number(canonical) == canonical
    assert canonical_number(canonical_number(text)) == canonical_number(text)


@given(st.text(alphabet="0123456789.,/-−$ =(x)", max_size=40))
def test_odd_numbers_are_stable(text: str) -> None:
    assert canonical_number(canonical_number(text)) == canonical_number(text)


@given(st.integers(), st.integers(min_value=0, max_value=6))
def test_written_forms_of_a_number_agree(number: int, zeros: int) -> None:
    grouped = f"{number:,}"
    decimal = f"{number}.{'0' * zeros}" if zeros else str(number)
    forms = {canonical_number(form) for form in (str(number), grouped, decimal, f" ${number}")}
    assert forms == {str(number)}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_decimals_keep_their_value(number: Decimal) -> None:
    assert Decimal(canonical_number(f"{number:f}")) == number


@given(st.integers(min_value=0), st.integers(min_value=0))
def test_different_numbers_stay_different(one: int, other: int) -> None:
    assert (canonical_number(str(one)) == canonical_number(str(other))) == (one == other)


def test_very_long_numbers_are_exact() -> None:
    digits = "9" * 20_000
    assert canonical_number(digits) == digits
    assert canonical_number(f"{digits}/{digits}7") == f"{digits}/{digits}7"
    assert extract_number(f" {digits}.") == digits
