"""CodeT from a file of recorded programs and tests: its choice depends on nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Any

from harness.engines.replay import ReplayConfig
from ptes.scaffolding.codet import CodeT
from ptes.selection.self_consistency import SelfConsistency
from tests.program_toys import ALSO_RIGHT, LARGEST, RIGHT, UNSORTED, ToyPrograms, program_rows

PROGRAMS = [UNSORTED, LARGEST, UNSORTED, RIGHT, UNSORTED, ALSO_RIGHT]
"""Three equal wrong programs, so that a vote takes them; two right ones that look different."""
SAMPLES = [
    "middle([3, 1, 2]) == 2\nassert middle([1, 2, 3]) == 2",
    "middle([9, 8, 7]) == 8\nassert middle([5, 5, 1]) == 5\nassert middle([1, 2",
    "middle([2, 9, 1]) == 9\n\nSome words.\nassert middle([4, 1, 3]) == 3",
]
"""Six whole assertions; the one about 9 is wrong, and one is cut off."""


def recorded(folder: Path, programs: Sequence[str], samples: Sequence[str], size: int = 1) -> str:
    """The bare form: role and draw, nothing else."""
    lines = [
        {"problem": f"p{n}", "role": role, "draw": draw, "text": text}
        for n in range(size)
        for role, texts in (("solve", programs), ("test", samples))
        for draw, text in enumerate(texts)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "recorded.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))
    return str(file)


def chosen(folder: Path, file: str, *ptes: Any, size: int = 1) -> list[dict[Any, Any]]:
    return program_rows(
        folder, [list(ptes)], ReplayConfig(file), ToyPrograms(size=size), greedy_base=False
    )


def test_codet_picks_the_right_program_and_a_vote_does_not(tmp_path: Path) -> None:
    file = recorded(tmp_path, PROGRAMS, SAMPLES)
    (vote,) = chosen(tmp_path / "vote", file, SelfConsistency(6))
    (codet,) = chosen(tmp_path / "codet", file, CodeT(6, 3))
    assert (vote["score"], codet["score"]) == (0.0, 1.0)
    weights = [round(candidate["weight"] ** 2) for candidate in codet["candidates"]]
    # Of six tests the unsorted pass four (the wrong one too), the largest two, the right five.
    assert weights == [3 * 4**2, 1 * 2**2, 3 * 4**2, 2 * 5**2, 3 * 4**2, 2 * 5**2]


def test_the_choice_depends_on_nothing_but_the_file(tmp_path: Path) -> None:
    """Twelve problems with the same recordings, in two folders and with an empty journal each."""
    file = recorded(tmp_path, PROGRAMS, SAMPLES, size=12)
    answers = [
        {row["problem"]: row["answer"] for row in chosen(tmp_path / name, file, codet, size=12)}
        for name, codet in (("one", CodeT(6, 3)), ("two", CodeT(6, 3)))
    ]
    assert answers[0] == answers[1]
    assert len(set(answers[0].values())) == 2  # both right programs are picked at times


def test_a_program_that_was_not_recorded_is_a_recorded_failure(tmp_path: Path) -> None:
    file = recorded(tmp_path, PROGRAMS[:5], SAMPLES)
    (row,) = chosen(tmp_path / "run", file, CodeT(6, 3))
    assert (row["status"], row["failures"]) == ("answered", 1)
    assert "selection=5" in row["candidates"][5]["error"]


def test_a_test_sample_that_was_not_recorded_fails_the_attempt(tmp_path: Path) -> None:
    file = recorded(tmp_path, PROGRAMS, SAMPLES[:2])
    (row,) = chosen(tmp_path / "run", file, CodeT(6, 3))
    assert row["status"] == "error"
    assert isnan(row["score"])
    assert "role 'test'" in row["error"]
