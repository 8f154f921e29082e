"""CodeT reaches what its rule gives, and fails where its rule fails."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ptes.scaffolding.codet import CodeT, agreement
from ptes.selection.self_consistency import SelfConsistency
from tests.program_toys import (
    ALSO_RIGHT,
    BROKEN,
    LARGEST,
    RIGHT,
    UNSORTED,
    program_rows,
    prompts_of,
    scripted,
)
from tests.refusals import refusal

GOOD_TESTS = (
    "middle([3, 1, 2]) == 2\nassert middle([5, 4, 9, 1, 2]) == 4\nassert middle([1, 2, 3]) == 2"
)
LOPSIDED = "middle([1, 2, 3]) == 3\nassert middle([4, 5, 9]) == 9\nassert middle([7]) == 7"
"""A test writer who takes the middle for the largest."""


def run(folder: Path, solve: list[str], tests: list[str], **changes: Any) -> Mapping[str, Any]:
    codet = CodeT(n=len(solve), tests=len(tests))
    (row,) = program_rows(folder, [[codet]], scripted(solve=solve, test=tests), **changes)
    return row


def weights(row: Mapping[str, Any]) -> list[float]:
    return [candidate["weight"] for candidate in row["candidates"]]


def test_it_finds_the_right_program_where_the_vote_does_not(tmp_path: Path) -> None:
    solve = [UNSORTED, UNSORTED, UNSORTED, RIGHT, ALSO_RIGHT]
    (vote,) = program_rows(tmp_path / "vote", [[SelfConsistency(5)]], scripted(solve=solve))
    assert vote["score"] == 0.0
    row = run(tmp_path / "codet", solve, [GOOD_TESTS])
    assert row["score"] == 1.0
    # Three programs pass one test, two pass three: sqrt(3) x 1 against sqrt(2) x 3.
    expected = [math.sqrt(3)] * 3 + [math.sqrt(2) * 3] * 2
    assert weights(row) == pytest.approx(expected)


def test_it_fails_where_the_tests_share_the_programs_mistake(tmp_path: Path) -> None:
    row = run(tmp_path, [RIGHT, LARGEST, ALSO_RIGHT], [LOPSIDED])
    assert row["score"] == 0.0
    assert "max(xs)" in row["answer"]


def test_repeated_tests_and_programs_count_again(tmp_path: Path) -> None:
    """The wrong test, written five times, outweighs three right ones."""
    wrong, right = "middle([1, 2, 3]) == 3", GOOD_TESTS
    once = run(tmp_path / "once", [RIGHT, LARGEST], [wrong, right])
    assert once["score"] == 1.0
    often = run(tmp_path / "often", [RIGHT, LARGEST], [wrong] * 5 + [right])
    assert often["score"] == 0.0
    helped = run(tmp_path / "helped", [RIGHT] * 4 + [LARGEST], [wrong] * 5 + [right])
    assert helped["score"] == 1.0


def test_only_the_first_five_assertions_of_a_sample_count(tmp_path: Path) -> None:
    sample = (
        "middle([1]) == 1" + "\nassert middle([1]) == 1" * 4 + "\nassert middle([3, 1, 2]) == 3" * 9
    )
    row = run(tmp_path, [LARGEST, RIGHT, RIGHT], [sample])
    assert weights(row) == pytest.approx([math.sqrt(3) * 5] * 3)


def test_the_best_sets_are_merged_and_one_of_them_is_picked_alike_each_time(tmp_path: Path) -> None:
    """Two sets with one program and one test each: over many problems both are picked."""
    tests = ["middle([3, 1, 2]) == 2\nassert middle([3, 1, 2]) == 3"]
    picked = []
    for again in (0, 1):
        rows = program_rows(
            tmp_path / str(again),
            [[CodeT(n=2, tests=1)]],
            scripted(solve=[RIGHT, LARGEST], test=tests),
            replicates=24,
        )
        picked.append([row["score"] for row in sorted(rows, key=lambda row: row["replicate"])])
        assert all(max(weights(row)) == 1.0 for row in rows)
        assert {round(weight, 12) for row in rows for weight in weights(row)} == {1.0}
    assert picked[0] == picked[1]
    assert 4 <= sum(picked[0]) <= 20


def test_where_no_program_passes_a_test_all_stay(tmp_path: Path) -> None:
    row = run(tmp_path, [RIGHT, BROKEN], ["middle([1]) == 'one'"])
    assert sorted(weights(row)) == pytest.approx([1.0, 1.0])


def test_what_was_not_written_is_out(tmp_path: Path) -> None:
    row = run(tmp_path, ["", RIGHT, ""], [GOOD_TESTS])
    assert (row["score"], weights(row)) == (1.0, [0.0, 3.0, 0.0])


def test_the_test_writer_sees_no_example(tmp_path: Path) -> None:
    engine = scripted(solve=[RIGHT, RIGHT], test=[GOOD_TESTS])
    program_rows(tmp_path, [[CodeT(n=2, tests=1)]], engine)
    prompts = prompts_of(engine)
    assert ">>>" in prompts["solve"][0]
    assert ">>>" not in prompts["test"][0]
    assert prompts["test"][0].endswith("\n    pass\n\n# check the correctness of middle\nassert ")
    assert "Return the middle one" in prompts["test"][0]


def test_the_record_says_what_was_looked_at(tmp_path: Path) -> None:
    row = run(tmp_path, [RIGHT, RIGHT], [GOOD_TESTS])
    assert (list(row["signals"]), row["oracle"]) == (["own_tests"], False)
    assert {role["role"] for role in row["roles"]} == {"solve", "test"}
    assert row["verdict"] == "passed"
    assert row["tier"] in ("namespaces", "landlock")


def test_sets_with_equal_scores_are_equal_to_the_last_bit() -> None:
    # sqrt(18) x 1 and sqrt(2) x 3 differ as floating-point products.
    passed = [(True, False, False, False)] * 18 + [(False, True, True, True)] * 2
    scores = agreement(passed, [1, 1, 1, 1])
    assert len(set(scores)) == 1


def test_a_smaller_budget_cuts_programs_and_tests_together() -> None:
    cut = CodeT(n=100, tests=60).with_samples(50)
    assert (cut.n, cut.tests) == (50, 30)


def test_one_program_is_refused() -> None:
    assert "its.n is 1: give a whole number from 2" in refusal(CodeT, n=1)
