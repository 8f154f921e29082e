"""Mathematical answers, kind by kind, as they follow a cue and in replies that have none."""

from __future__ import annotations

import json
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from math_verify import parse, verify

from benchmarks.equivalence import canonical_math, grade_math
from benchmarks.math500 import Math500
from benchmarks.mathematics import extract_math, lenient_math

CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases/mathematics.jsonl").read_text("utf-8").splitlines()
]
"""What followed the cue, the answer that is wanted, and whether it is that, decided by hand; and
what math-verify by itself says of the reply where it says otherwise."""
KINDS = {
    "emphasis", "box", "list", "surplus", "tuple", "later formula", "words", "thousands",
    "inequality", "base", "expression",
}  # fmt: skip

slow_at_first = settings(deadline=None, max_examples=60)  # the first parse builds a grammar


def _right(after_cue: str, gold: str) -> bool:
    answer = extract_math(after_cue)
    return answer is not None and grade_math(gold, answer)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['kind']}: {case['after_cue']!a} for {case['gold']!a}"
)
def test_an_answer_is_graded_as_a_person_would(case: dict[str, Any]) -> None:
    assert _right(case["after_cue"], case["gold"]) is case["correct"]


def test_every_kind_has_right_and_wrong_answers() -> None:
    count = Counter((case["kind"], case["correct"]) for case in CASES)
    assert {kind for kind, _ in count} == KINDS
    assert all(count[kind, True] + count[kind, False] >= 20 for kind in KINDS)
    assert sum(not case["correct"] for case in CASES) >= 100


def _by_the_peer(case: dict[str, Any]) -> bool:
    return bool(verify(parse(f"${case['gold']}$"), parse(f"The answer is{case['after_cue']}")))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_math_verify_alone_differs_where_it_is_said_to(kind: str) -> None:
    differing = [case for case in CASES if case["kind"] == kind and "peer" in case]
    assert len(differing) >= 5
    for case in differing[:8]:
        assert _by_the_peer(case) is case["peer"] is not case["correct"], case


def test_answers_on_which_math_verify_alone_is_right_are_right_with_us() -> None:
    agreed = [case for case in CASES if "peer" not in case][::6]
    for case in agreed:
        assert _by_the_peer(case) is case["correct"] is _right(case["after_cue"], case["gold"])


@pytest.mark.parametrize(
    ("reply", "gold"),
    [
        ("5", "5"),
        ("**5**", "5"),
        ("$\\frac12$", "\\frac12"),
        ("Sure! 2 + 3 = 5.", "5"),
        ("**Answer:** $5$", "5"),
        ("### Final Answer\n\n$5$", "5"),
        ("Final answer: Evelyn", "\\text{Evelyn}"),
        ("Evelyn.", "\\text{Evelyn}"),
        ("First, 2 + 3 = 5. Then 5 * 2 = 10.\n\nThus the total is 10.", "10"),
        ("#### 12", "12"),
        ("The solutions are $x=1$ and $x=-2$.", "1,-2"),
        ("$$\\boxed{5}$$\nI hope this helps with your 2 questions!", "5"),
        ("Therefore $x = 5$. Let me know if you have 2 more questions!", "5"),
        ("x = 5\n\n```python\nprint(7)\n```", "5"),
        ("The correct answer is (C) 12.", "\\text{(C)}"),
        ("The domain is $(2,\\infty)$.", "(2,\\infty)"),
        ("Hence $2516_8$.", "2516_8"),
        ("We find\n\\begin{align*}\nx &= 2 + 3 \\\\\n&= 5.\n\\end{align*}", "5"),
        ("So $2x = 10$, which implies $x = 5$.", "5"),
        ("Therefore, the answer:\n\n$$x = 5$$", "5"),
        ("\\boxed{4}. Wait, I made a mistake.\n\n\\boxed{5}", "5"),
    ],
)
def test_a_reply_without_the_form_is_read(reply: str, gold: str) -> None:
    answer = lenient_math(reply)
    assert answer is not None
    assert grade_math(gold, answer)


@pytest.mark.parametrize("reply", ["", " ", "Let me think about it first, step by step."])
def test_a_reply_without_an_answer_has_none(reply: str) -> None:
    assert lenient_math(reply) is None


AROUND = [
    " ${}$.", " \\boxed{{{}}}.", ":\n\n$${}$$", " **${}$**.", ":\n\\[\n{}\n\\]", " {}.",
    " ${}$, since $x = 99$.", " $98$, wait, $\\boxed{{{}}}$.", " therefore ${}$ as required.",
]  # fmt: skip


def test_gold_answers_read_back_from_whatever_is_around_them(real_data: str) -> None:
    for gold in sorted({str(item.target) for item in Math500(data=real_data).load().items}):
        common = canonical_math(gold)
        assert grade_math(gold, gold)
        for around in AROUND:
            answer = extract_math(around.format(gold))
            assert answer is not None, (gold, around)
            assert canonical_math(answer) == common, (gold, around, answer)


SEPARATORS = [",", "{,}", "\\,", "\\;", "\\ ", "\\!", ",\\!", " ", "~", "\u2009", "\u202f", "'"]


@slow_at_first
@given(st.integers(1000, 10**12), st.sampled_from(SEPARATORS), st.booleans())
def test_thousands_are_read_however_they_are_apart(
    number: int, separator: str, dollars: bool
) -> None:
    grouped = f"{number:,}".replace(",", separator)
    answer = extract_math(f" ${grouped}$." if dollars and separator != "'" else f" {grouped}.")
    assert answer is not None
    assert canonical_math(answer) == str(number)


@slow_at_first
@given(st.lists(st.integers(-99, 99), min_size=2, max_size=5, unique=True), st.randoms())
def test_lists_are_equal_in_any_order_and_not_to_longer_ones(items: list[int], random: Any) -> None:
    gold = ", ".join(map(str, items))
    random.shuffle(items)
    said = [f"${item}$" for item in items]
    assert _right(f" {', '.join(said[:-1])} and {said[-1]}.", gold)
    assert _right(f" $\\{{{','.join(map(str, items))}\\}}$", gold)
    assert not _right(f" {', '.join(said)} and $100$.", gold)
    assert not _right(f" {', '.join(said[1:])}.", gold)


@slow_at_first
@given(
    st.fractions(-50, 50, max_denominator=60),
    st.sampled_from(["**{}**", "*{}*", "`{}`", "**{}**.", "$\\boxed{{{}}}$", "_{}_", "<b>{}</b>"]),
)
def test_emphasis_changes_no_number(value: Fraction, mark: str) -> None:
    after_cue = " " + mark.format(f"{value.numerator}/{value.denominator}")
    assert _right(after_cue, f"\\frac{{{value.numerator}}}{{{value.denominator}}}")
    assert not _right(after_cue, f"\\frac{{{value.numerator + 1}}}{{{value.denominator}}}")


@settings(deadline=None, max_examples=8)
@given(st.integers(-20, 20), st.integers(1, 20), st.booleans(), st.booleans())
def test_inequalities_are_their_intervals(
    low: int, size: int, closed_low: bool, closed_high: bool
) -> None:
    left, right = ["<", "\\le"][closed_low], ["<", "\\le"][closed_high]
    opposite = ["\\le", "<"][closed_low]
    interval = f"{'(['[closed_low]}{low}, {low + size}{')]'[closed_high]}"
    said = f" ${low} {left} x {right} {low + size}$"
    other = f" ${low} {opposite} x {right} {low + size}$"
    assert _right(said, interval)
    assert not _right(other, interval)


LONG = [
    "$", "$$", "\\[ ", "\\(", "{", "(", "((1", "[", "\\boxed{", "\\boxed{1} and ", "\\text{",
    "\\begin{align}", "1 ", "1,", "answer is ", "The answer is 5. ", "*", "* a", "_ a_", "`", "~~a",
    "<b>", "\n- 1", " ", ". A", "1 cm and ", "\\ ", "1\\,000", "sqrt(", "x=", "1\\pm", "base ",
    "_{\\text{", "$a$, ", "that the ", "Aa, ", "$5 is ", "\\$", "5!", "&lt;", "1 / ",
]  # fmt: skip


@pytest.mark.parametrize("piece", LONG)
def test_a_long_reply_is_read_soon(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    for read in (extract_math, lenient_math):
        start = time.perf_counter()
        answer = read(f" $5$ {text}")
        read(text)
        assert time.perf_counter() - start < 2
        if answer is not None:
            assert isinstance(canonical_math(answer), str)


@pytest.mark.parametrize(
    "text",
    [
        "1" + "\\pm 2" * 20, "(x+y+z+w)^{99}", "(x+1)" * 50, "\\sqrt{2" * 20, "x^5-x+1>0",
        "\\sqrt{x+\\sqrt{x+\\sqrt{x}}}>x", "\\frac{1}{" * 15 + "2" + "}" * 15, "99^{99^{2}}",
    ],
)  # fmt: skip
def test_costly_answers_have_a_form_soon(text: str) -> None:
    start = time.perf_counter()
    assert canonical_math(text) == canonical_math(f" {text} ")
    assert time.perf_counter() - start < 4


HOPELESS = (
    "1E9999999", "1.5E+12345678", "-2e-99999", "9^{9^{9^9}}", "2**10000000", "10^{10^{10}}",
    "\\binom{20000}{10000}", "\\dbinom{99999}{5}", "100000!", "((9!)!)!", "7^{77}^{777}",
    "9" * 100_000, "\\sqrt{10^{99999}}", "\\frac{99999!}{99998!}", "3^{99999999}",
)  # fmt: skip


@pytest.mark.parametrize("answer", HOPELESS, ids=lambda answer: answer[:20])
def test_what_computes_without_end_is_known_by_its_looks(answer: str) -> None:
    begun = time.process_time()
    assert canonical_math(answer) == canonical_math(answer)
    assert not grade_math("5", answer)
    assert time.process_time() - begun < 5
