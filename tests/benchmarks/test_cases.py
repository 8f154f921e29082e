"""Answers after a cue, and whole replies, that were once read wrong: each stands for its kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks.letters import canonical_letter, extract_letter
from benchmarks.math500 import canonical_math, grade_math
from benchmarks.mathematics import extract_math
from benchmarks.mixed import canonical_mixed, extract_mixed
from benchmarks.numeric import canonical_number, extract_number
from benchmarks.spans import canonical_span, extract_span, grade_span
from benchmarks.yes_no import canonical_yes_no, extract_yes_no
from harness.solvers.replies import after_cue

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("cases.jsonl").read_text().splitlines()
    if line
]
READERS: dict[str, tuple[Callable[[str], str | None], Callable[[str], str]]] = {
    "number": (extract_number, canonical_number),
    "math": (extract_math, canonical_math),
    "letter": (partial(extract_letter, last="E"), canonical_letter),
    "yes_no": (extract_yes_no, canonical_yes_no),
    "span": (extract_span, canonical_span),
    "mixed": (extract_mixed, canonical_mixed),
}


def right(kind: str, gold: str, answer: str | None) -> bool:
    """Whether an answer is right, by the benchmark's own grader."""
    if kind == "math":
        return bool(grade_math(gold, answer))
    return grade_span(gold, answer).score == 1.0


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_each_case_is_read_right(case: dict[str, Any]) -> None:
    kind = case.get("benchmark_reader", "number")
    extract, canonical = READERS[kind]
    said = case.get("after_cue") or after_cue(case["reply"], "The answer is")
    answer = extract(said)
    if "gold" in case:
        assert right(kind, case["gold"], answer) == case["correct"], answer
    else:
        assert answer is not None
        assert canonical(answer) == canonical(case["answer"])
