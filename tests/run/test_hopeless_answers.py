"""An answer that cannot be read or graded is that candidate's wrong answer, with its reason."""

from __future__ import annotations

import asyncio
import signal
import time
from math import isnan, nan
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.contracts.benchmark import Grade
from harness.errors import NotGradedError
from harness.records.store import read
from harness.run import grading, worker
from harness.run.worker import Workers, WorkFailedError
from ptes.selection.self_consistency import SelfConsistency
from tests import hopeless
from tests.hopeless import Hopeless
from tests.program_toys import scripted
from tests.run.conftest import Start
from tests.toys import ToyBenchmark, toy_run

RIGHT = " 0."


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "SECONDS", 0.5)
    monkeypatch.setattr(grading, "SECONDS", 0.5)


def voted(folder: Path, bad: str, slow: bool = True) -> dict[str, Any]:
    """The record of three right votes and one bad one."""
    engine = scripted(solve=[bad, RIGHT, RIGHT, RIGHT])
    runner = toy_run(folder, [[SelfConsistency(4)]], engine, Hopeless(slow=slow))
    row: dict[str, Any] = runner.records.frame().to_dict("records")[0]  # type: ignore[assignment]
    return row


REASONS = {
    "hang": "out of CPU time",
    "raise": "ValueError: exceeds the limit",
    "flood": "MemoryError",
    "crash": "crashed",
}


@pytest.mark.parametrize(
    ("where", "how"),
    [
        *(("extract", "hang"), ("canonical", "hang"), ("grade", "hang")),
        *(("extract", "raise"), ("canonical", "flood"), ("grade", "crash")),
    ],
)
def test_one_of_four_votes_is_wrong_and_the_others_count(
    tmp_path: Path, where: str, how: str
) -> None:
    row = voted(tmp_path, f" {where}:{how}.")
    assert (row["status"], row["score"], row["failures"]) == ("answered", 1.0, 0)
    assert len(row["candidates"]) == 4
    assert [each["score"] for each in row["candidates"]] == [0.0, 1.0, 1.0, 1.0]
    said = row["candidates"][0]["verdict"] if where == "grade" else row["error"]
    assert REASONS[how] in said


def test_it_is_wrong_where_it_is_submitted(tmp_path: Path) -> None:
    engine = scripted(solve=[" grade:raise."])
    runner = toy_run(tmp_path, [[]], engine, Hopeless())
    (row,) = runner.records.frame().to_dict("records")
    assert (row["score"], row["status"]) == (0.0, "answered")
    assert row["verdict"].startswith("ungradable: ValueError")


@pytest.mark.parametrize("where", ["extract", "canonical", "grade"])
def test_so_it_is_where_answers_are_read_on_the_spot(tmp_path: Path, where: str) -> None:
    row = voted(tmp_path, f" {where}:raise.", slow=False)
    assert (row["score"], row["failures"]) == (1.0, 0)
    assert [each["score"] for each in row["candidates"]] == [0.0, 1.0, 1.0, 1.0]


def test_what_is_read_on_the_spot_has_so_much_cpu_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hopeless, "canonical", lambda answer: hopeless.loop())
    begun = time.thread_time()
    with pytest.raises(WorkFailedError, match="OutOfCpuTimeError"):
        grading._here(hopeless.loop)
    assert 0.4 < time.thread_time() - begun < 2


def test_rules_of_the_users_own_are_applied_in_a_process_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_rules.py").write_text("def digit(text):\n    return text.strip()\n")
    monkeypatch.syspath_prepend(tmp_path)
    import my_rules  # type: ignore[import-not-found]

    assert grading._own(my_rules.digit)
    assert not grading._own(hopeless.extract)
    assert not grading._own(lambda text: text)


@pytest.mark.parametrize(
    ("given", "score"), [(1 + 1e-15, 1.0), (-1e-15, 0.0), (0.5, 0.5), (2.0, None), (nan, None)]
)
def test_a_score_is_from_0_to_1_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: float, score: float | None
) -> None:
    monkeypatch.setattr(ToyBenchmark, "grade", lambda *_: Grade(given))
    runner = toy_run(tmp_path, [[]], benchmark=ToyBenchmark(size=1))
    (row,) = read([runner.folder / "records"]).to_dict("records")
    if score is None:
        assert isnan(row["score"])
        assert "scores are from 0 to 1" in row["error"]
    else:
        assert row["score"] == score


def test_a_process_that_something_else_ended_is_tried_again_and_then_there_is_no_grade() -> None:
    async def main() -> None:
        workers = Workers(1)
        try:
            with pytest.raises(NotGradedError, match="3 times"):
                await workers.run(hopeless.done, "die")
            assert await workers.run(hopeless.canonical, "5") == "5"
        finally:
            workers.close()

    asyncio.run(main())


def test_no_grade_of_a_submitted_answer_is_a_recorded_failure(tmp_path: Path) -> None:
    engine = scripted(solve=[" grade:die."])
    runner = toy_run(tmp_path, [[]], engine, Hopeless())
    (row,) = runner.records.frame().to_dict("records")
    assert (row["status"], row["failures"]) == ("error", 1)
    assert row["score"] is None or row["score"] != row["score"]
    assert "NotGradedError" in row["error"]


def test_of_a_candidate_that_was_not_submitted_it_is_none_in_the_record(tmp_path: Path) -> None:
    row = voted(tmp_path, " grade:die.")
    assert (row["score"], row["failures"]) == (1.0, 0)
    assert row["candidates"][0]["score"] is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_in_the_middle_of_a_hopeless_answer(
    pte: Start, tmp_path: Path, number: int
) -> None:
    run = pte(
        *("run", "model=toy_model", "benchmark=hopeless", "engine=hopeless"),
        "context_window=10000",
    )
    try:
        computing = _computing(run.pid)
        run.send_signal(number)
        begun = time.monotonic()
        assert run.wait(30) == 130
        assert time.monotonic() - begun < 15
        assert not computing.is_running()
    finally:
        run.kill()


def _computing(parent: int) -> psutil.Process:
    """The process below another that has computed for more than a second."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for child in psutil.Process(parent).children(recursive=True):
            times = child.cpu_times()
            if times.user > 1.5 and "spawn_main" in " ".join(child.cmdline()):
                return child
        time.sleep(0.1)
    raise AssertionError("nothing hangs")
