"""Our reading beside that of lm-evaluation-harness (its task `gsm8k_cot`, version 3), on one set of
replies: what each reads, and that ours is right at least as often.

Of the peer the facts are used, its two patterns and what it ignores when it compares: the first
match after `The answer is`, and the last number anywhere.
"""

from __future__ import annotations

import re

import pytest

from benchmarks.numeric import canonical_number, extract_number, lenient_number
from harness.solvers.replies import after_cue

STRICT = re.compile(r"The answer is (\-?[0-9\.\,]+).")
FLEXIBLE = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")

REPLIES = [
    # reply, the right reading, what strict-match and flexible-extract read
    ("3 + 4 = 7. The answer is 7.", "7", "7", "7"),
    ("She pays $1,200. The answer is 1,200.", "1200", "1200", "1200"),
    ("He owes 5. The answer is -5.", "-5", "-5", "-5"),
    ("It is 2.50 each. The answer is 2.50.", "2.5", None, None),
    ("The answer is $64.", "64", None, "64"),
    ("The answer is **64**.", "64", None, "64"),
    ("So the answer is 64 dollars.", "64", None, "64"),
    ("The answer is:\n\n18", "18", None, "18"),
    ("The answer is 3.\n\nExercise 2: Tom has 7 pens. The answer is 7.", "3", "3", "7"),
    ("The answer is 4. No, that is wrong. The answer is 5.", "5", "4", "5"),
    ("The answer is 3 boxes * 4 apples = 12 apples.", "12", "3", "12"),
    ("The answer is 20 + 30 = 50 dollars.", "50", "20", "50"),
    ("The answer is 12, since 3 * 4 = 12 and 2 are left.", "12", "12", "2"),
    ("The answer is $70{,}000$.", "70000", None, "000"),
    ("The answer is 9 500.", "9500", "9", "500"),
    ("The answer is 1.2 million.", "1200000", "1.2", "1.2"),
    ("The answer is \\frac{3}{4}.", "0.75", None, "4"),
    ("The answer is 3/4.", "0.75", "3", "4"),
    ("The answer is twelve.", "12", None, None),
    ("The answer is negative 5.", "-5", None, "5"),
    ("She makes $18 every day because 9 * 2 = 18, on 7 days.", "18", None, "7"),
    ("**Answer:** 42 apples", "42", None, "42"),
    ("So there are \\boxed{15} of them in 3 rooms.", "15", None, "3"),
    ("#### 18", "18", None, "18"),
]


def _compared(answer: str) -> str:
    return re.sub(r"\.$", "", re.sub(r"[,$]", "", answer))


def _strict(reply: str) -> str | None:
    found = STRICT.findall(reply)
    return _compared(found[0]) if found else None


def _flexible(reply: str) -> str | None:
    found = FLEXIBLE.findall(reply)
    return _compared(next(filter(None, found[-1]))) if found else None


def _ours(reply: str) -> str | None:
    answer = extract_number(after_cue(reply, "The answer is"))
    answer = lenient_number(reply) if answer is None else answer
    return None if answer is None else canonical_number(answer)


@pytest.mark.parametrize(("reply", "right", "strict", "flexible"), REPLIES)
def test_ours_reads_what_was_said(
    reply: str, right: str, strict: str | None, flexible: str | None
) -> None:
    assert _ours(reply) == right
    if right != "2.5":  # 2.50 is compared as it is written there
        assert (_strict(reply), _flexible(reply)) == (strict, flexible)


def test_ours_is_right_at_least_as_often() -> None:
    def right(read: object) -> int:
        assert callable(read)
        return sum(read(reply) == answer for reply, answer, *_ in REPLIES)

    assert right(_ours) >= max(right(_strict), right(_flexible))
    assert right(_strict) < right(_flexible) < len(REPLIES)
