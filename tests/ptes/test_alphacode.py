"""AlphaCode's selection reaches what its rule gives, and fails where its rule fails."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptes.scaffolding.codet import CodeT
from ptes.selection.alphacode import AlphaCode
from tests.program_toys import (
    ALSO_RIGHT,
    LARGEST,
    RIGHT,
    UNSORTED,
    ToyPrograms,
    program_rows,
    scripted,
)

TELLING = "middle([3, 1, 2]) == 'anything'\nassert middle([5, 4, 9, 1, 2]) == None"
"""Calls that tell the programs apart; the values expected are wrong, and not looked at."""
SILENT = "middle([7]) == 7"
SMALLEST = "\n    return min(xs)\n"


def run(folder: Path, solve: list[str], tests: str, **changes: Any) -> Mapping[str, Any]:
    alphacode = AlphaCode(n=len(solve), inputs=1)
    (row,) = program_rows(folder, [[alphacode]], scripted(solve=solve, test=[tests]), **changes)
    return row


def weights(row: Mapping[str, Any]) -> list[float]:
    return [round(candidate["weight"], 9) for candidate in row["candidates"]]


def test_what_fails_the_statements_example_is_out(tmp_path: Path) -> None:
    row = run(tmp_path, [LARGEST, LARGEST, LARGEST, RIGHT], TELLING)
    assert (row["score"], weights(row)) == (1.0, [0.0, 0.0, 0.0, 1.0])


def test_the_largest_cluster_wins_however_its_programs_are_written(tmp_path: Path) -> None:
    row = run(tmp_path, [UNSORTED, RIGHT, UNSORTED, ALSO_RIGHT, RIGHT], TELLING)
    assert (row["score"], weights(row)) == (1.0, [2.0, 3.0, 2.0, 3.0, 3.0])


def test_it_fails_where_a_mistake_is_the_most_common_behaviour(tmp_path: Path) -> None:
    row = run(tmp_path, [UNSORTED, UNSORTED, RIGHT], TELLING)
    assert (row["score"], weights(row)) == (0.0, [2.0, 2.0, 1.0])


def test_inputs_that_tell_nothing_apart_leave_one_cluster(tmp_path: Path) -> None:
    row = run(tmp_path, [UNSORTED, RIGHT, RIGHT], SILENT)
    assert weights(row) == [3.0, 3.0, 3.0]


def test_where_nothing_passes_the_example_all_stay(tmp_path: Path) -> None:
    row = run(tmp_path, [LARGEST, SMALLEST, SMALLEST], TELLING)
    assert weights(row) == [1.0, 2.0, 2.0]


def test_a_statement_without_examples_filters_nothing(tmp_path: Path) -> None:
    bare = ToyPrograms(header='def middle(xs):\n    """The middle one in order of size."""')
    row = run(tmp_path, [LARGEST, LARGEST, RIGHT], TELLING, benchmark=bare)
    assert weights(row) == [2.0, 2.0, 1.0]


def test_with_codet_both_agreements_count_and_the_tests_are_written_once(tmp_path: Path) -> None:
    tests = ["middle([3, 1, 2]) == 2\nassert middle([5, 4, 9, 1, 2]) == 4"]
    engine = scripted(solve=[LARGEST, LARGEST, UNSORTED, RIGHT], test=tests)
    stack = [AlphaCode(n=4, inputs=1), CodeT(n=4, tests=1)]
    (row,) = program_rows(tmp_path, [stack], engine)
    assert row["score"] == 1.0
    # The filter takes the largest out; of the two left, CodeT's tests are passed by one alone.
    assert weights(row) == [0.0, 0.0, 0.0, 2.0]
    assert [request.tag.role for request in engine.asked].count("test") == 1
