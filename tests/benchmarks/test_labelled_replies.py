"""Replies of a real chat model, each with the right reading as a person wrote it down.

Qwen2.5-Coder-0.5B-Instruct answered exercises of our own (those of `benchmarks/exemplars` and a few
more) in turns of its own, at temperature 0.7: told to answer at once (`base`), told nothing
(`plain`), and told to reason (`cot`). Replies that were cut are not among them. `right` is what the
reply says, whether or not that is the right answer to the exercise.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from math_verify import parse, verify

from benchmarks.letters import canonical_letter, extract_letter, lenient_letter
from benchmarks.math500 import canonical_math, extract_math, grade_math, lenient_math
from benchmarks.numeric import canonical_number, extract_number, lenient_number
from benchmarks.program_reading import read_program
from benchmarks.programs import canonical_program, shown
from benchmarks.spans import canonical_span, extract_span, grade_span, lenient_span
from benchmarks.yes_no import canonical_yes_no, extract_yes_no, lenient_yes_no
from harness.contracts.benchmark import Task
from harness.solvers.reading import read_reply

ROWS = [
    json.loads(line)
    for line in Path(__file__).with_name("labelled_replies.jsonl").read_text().splitlines()
]
LAST = "E"


def task(kind: str, extract: Any, canonical: Any, lenient: Any) -> Task:
    return Task(kind, "", "", extract, canonical, lenient=lenient)


TASKS = {
    each.name: each
    for each in (
        task("number", extract_number, canonical_number, lenient_number),
        task("mathematics", extract_math, canonical_math, lenient_math),
        task("yes_no", extract_yes_no, canonical_yes_no, lenient_yes_no),
        task("span", extract_span, canonical_span, lenient_span),
        task(
            "letter",
            partial(extract_letter, last=LAST),
            canonical_letter,
            partial(lenient_letter, last=LAST),
        ),
    )
}
MISREAD = {
    "letter-0-plain": "names the option's words and no letter",
    "span-7-cot": "says `the answer is correct` before it says which",
}
"""Replies that are read otherwise than a person does, and why."""


def agrees(row: dict[str, Any]) -> bool:
    """Whether our reading is the one that was written down."""
    kind, reply, right = row["kind"], row["reply"], row["right"]
    if kind == "program":
        stub = shown(row["header"].rstrip(), _name(row))
        found = read_program(reply, stub)
        return found is not None and canonical_program(found.program) == canonical_program(right)
    answer = read_reply(TASKS[kind], reply).answer
    if answer is None:
        return False
    if kind == "mathematics":
        return bool(grade_math(right, answer))
    if kind == "span":
        return grade_span(right, answer).score == 1.0
    return TASKS[kind].canonical(answer) == right


def _name(row: dict[str, Any]) -> str:
    (name,) = re.findall(r"def (\w+)\(", row["header"])
    return str(name)


def test_there_are_enough_of_each_kind() -> None:
    counts = Counter(row["kind"] for row in ROWS)
    assert len(ROWS) >= 200
    assert min(counts.values()) >= 20
    assert all(row["right"] for row in ROWS)


@pytest.mark.parametrize("kind", [*TASKS, "program"])
def test_replies_are_read_as_a_person_reads_them(kind: str) -> None:
    wrong = {row["id"] for row in ROWS if row["kind"] == kind and not agrees(row)}
    assert wrong == {name for name in MISREAD if name.startswith(kind)}


FLEXIBLE = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
"""lm-evaluation-harness' `flexible-extract` of GSM8K: the last number anywhere."""


def lm_eval(reply: str) -> str | None:
    found = FLEXIBLE.findall(reply)
    return re.sub(r"[,$]|\.$", "", next(filter(None, found[-1]))) if found else None


def math_verify(row: dict[str, Any]) -> bool:
    """The package's own extraction and comparison, as its documentation shows them."""
    return bool(verify(parse(f"${row['right']}$"), parse(row["reply"])))


def test_peers_agree_with_people_no_more_often() -> None:
    numbers = [row for row in ROWS if row["kind"] == "number"]
    theirs = [row["id"] for row in numbers if lm_eval(row["reply"]) == row["right"]]
    assert len(theirs) <= sum(map(agrees, numbers))
    formulas = [row for row in ROWS if row["kind"] == "mathematics"]
    assert sum(map(math_verify, formulas)) <= sum(map(agrees, formulas))
