"""A program that checks written work decides who may be submitted, or who may vote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pocket.arithmetic import PocketArithmetic
from benchmarks.pocket.operators import exercise
from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from harness.errors import UserError
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.selection.program_verifier import ProgramVerifier
from ptes.selection.self_consistency import SelfConsistency
from tests.refusals import refusal
from tests.toys import ToyBenchmark, toy_plan, toy_run

COT = ChainOfThought()
ONE = PocketArithmetic(size=5, limit=1)


def said(works: list[str]) -> FakeConfig:
    """The nth candidate says the nth of these."""
    return FakeConfig(lambda request, _: f" {works[request.tag.address['selection']]}")


def submitted(folder: Path, engine: FakeConfig, *ptes: PTE) -> dict[Any, Any]:
    run = toy_run(folder, [[COT, *ptes]], engine, ONE)
    (row,) = run.records.frame().to_dict("records")
    return row


@pytest.fixture
def right() -> str:
    """Sound work with the right answer."""
    question = ONE.load().items[0].problem.question
    worked = exercise(question[0], int(question[1:]), ONE.convention)
    return f"{worked.careful} The answer is {worked.answer}."


WRONG = "a01=01; The answer is 77."


def test_the_first_sound_attempt_is_submitted(tmp_path: Path, right: str) -> None:
    row = submitted(tmp_path, said([WRONG, WRONG, right]), ProgramVerifier(3))
    assert row["score"] == 1.0
    assert [c["weight"] for c in row["candidates"]] == [0.0, 0.0, 1.0]


def test_a_majority_of_unsound_attempts_has_no_vote(tmp_path: Path, right: str) -> None:
    engine = said([WRONG, WRONG, WRONG, right])
    assert submitted(tmp_path / "v", engine, SelfConsistency(4))["score"] == 0.0
    row = submitted(tmp_path / "p", engine, ProgramVerifier(4), SelfConsistency(4))
    assert row["score"] == 1.0


def test_a_right_answer_after_wrong_work_is_not_trusted(tmp_path: Path, right: str) -> None:
    lucky = f"a1=01; {right.partition('; ')[2]}"
    row = submitted(tmp_path, said([lucky, right]), ProgramVerifier(2))
    assert [c["weight"] for c in row["candidates"]] == [0.0, 1.0]


def test_where_none_is_sound_the_first_is_submitted(tmp_path: Path) -> None:
    other = WRONG.replace("77", "78")
    row = submitted(tmp_path, said([WRONG, other]), ProgramVerifier(2))
    assert row["answer"] == "77"
    assert [c["weight"] for c in row["candidates"]] == [1.0, 1.0]


def test_an_attempt_without_an_answer_is_never_sound(tmp_path: Path, right: str) -> None:
    row = submitted(tmp_path, said(["The answer is none.", right]), ProgramVerifier(2))
    assert row["score"] == 1.0


def test_the_opening_is_not_part_of_the_work(tmp_path: Path, right: str) -> None:
    seen: list[str] = []

    def script(request: CompletionRequest, prompt: str) -> str:
        seen.append(prompt)
        return f" {right}"

    row = submitted(tmp_path, FakeConfig(script), ProgramVerifier(2))
    assert seen[0].endswith(COT.opening)
    assert [c["weight"] for c in row["candidates"]] == [1.0, 1.0]


def test_a_benchmark_without_a_checker_refuses_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="checker of written work, and toy has none"):
        toy_plan(tmp_path, [[COT, ProgramVerifier()]], FakeConfig(), ToyBenchmark())


def test_without_written_work_there_is_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="checks written work, and requires chain_of_thought"):
        toy_plan(tmp_path, [[ProgramVerifier()]], FakeConfig(), ONE)


def test_it_says_what_it_looks_at_and_cannot_choose_among_one() -> None:
    assert ProgramVerifier.signals == {"tools"}
    assert replace(ProgramVerifier(), n=9).with_samples(4).samples == 4
    assert "its.n is 1: give a whole number from 2" in refusal(ProgramVerifier, n=1)
