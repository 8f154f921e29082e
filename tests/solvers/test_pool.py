"""Selection is one pool and composable stages; votes, ties and stops follow address order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contracts.address import Address
from harness.contracts.attempt import Attempt, AttemptStatus, Candidate
from harness.contracts.draw import Draw
from harness.contracts.problem import Problem
from harness.contracts.prompt import Prompt
from harness.contracts.solver import Policy
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from harness.errors import EngineError, OverflowedError
from harness.solvers.pool import SelectionPool, SelectionResult, submit
from ptes.selection.self_consistency import SelfConsistency, Vote
from tests.toys import ToyBenchmark, toy_handle, toy_run

SUM = Problem("toy-0", "What is 0 + 0?")
Answer = str | Exception | None


@dataclass(frozen=True)
class Scripted:
    """Gives the n-th candidate the n-th answer, the later ones sooner than the earlier."""

    answers: tuple[Answer, ...]
    drawn: list[int]

    @property
    def policy(self) -> Policy:
        raise NotImplementedError

    def start(self, problem: Problem, draw: Draw) -> Attempt:
        return Attempt(problem, Prompt(problem.question), draw.address)

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        place = draw.address["selection"]
        for _ in range(len(self.answers) - place):
            await asyncio.sleep(0)
        self.drawn.append(place)
        answer = self.answers[place]
        if isinstance(answer, Exception):
            raise answer
        status = AttemptStatus.NO_ANSWER if answer is None else AttemptStatus.ANSWERED
        return replace(attempt, answer=answer, canonical=answer, status=status)


def run(
    folder: Path, answers: Sequence[Answer], pte: SelfConsistency | None = None
) -> SelectionResult:
    solver = Scripted(tuple(answers), [])
    stop = pte.stop_rule() if pte else None
    pool = SelectionPool(
        solver,
        len(answers),
        (("vote", Vote()),),
        ("vote", stop) if stop else None,
    )
    return asyncio.run(pool.run(SUM, toy_handle(folder, FakeConfig())))


def candidate(answer: str | None, weight: float, place: int = 0) -> Candidate:
    where = Address().at("selection", place)
    status = AttemptStatus.NO_ANSWER if answer is None else AttemptStatus.ANSWERED
    attempt = Attempt(SUM, Prompt(""), where, answer=answer, canonical=answer, status=status)
    return Candidate(attempt, weight)


def vote(pool: tuple[Candidate, ...], folder: Path) -> tuple[Candidate, ...]:
    return asyncio.run(Vote()(pool, toy_handle(folder, FakeConfig())))


def test_the_most_common_answer_is_submitted(tmp_path: Path) -> None:
    assert run(tmp_path, ["1", "2", "2"]).submitted.answer == "2"


def test_ties_go_to_the_answer_seen_first_by_address_not_by_arrival(tmp_path: Path) -> None:
    outcome = run(tmp_path, ["2", "1", "1", "2"])
    assert outcome.submitted.answer == "2"
    assert outcome.submitted.address == Address()


def test_the_pool_is_kept_in_address_order_whatever_arrives_first(tmp_path: Path) -> None:
    solver = Scripted(("1", "2", "3"), [])
    outcome = asyncio.run(SelectionPool(solver, 3).run(SUM, toy_handle(tmp_path, FakeConfig())))
    assert solver.drawn == [2, 1, 0]
    places = [str(candidate.attempt.address) for candidate in outcome.pool]
    assert places == ["", "selection=1", "selection=2"]


weighted = st.lists(
    st.tuples(st.sampled_from(["1", "2", "3"]), st.integers(0, 64).map(lambda n: n / 64)),
    min_size=1,
    max_size=12,
)


@given(weighted)
def test_a_vote_sums_weights_per_canonical_answer(pairs: list[tuple[str, float]]) -> None:
    pool = tuple(candidate(answer, weight, n) for n, (answer, weight) in enumerate(pairs))
    totals = {a: sum(w for answer, w in pairs if answer == a) for a, _ in pairs}
    voted = asyncio.run(Vote()(pool, None))  # type: ignore[arg-type]
    for before, after in zip(pool, voted, strict=True):
        assert after.attempt is before.attempt
        assert after.weight == (totals[before.attempt.canonical or ""] if before.weight else 0.0)
    if any(weight for _, weight in pairs):
        assert totals[str(submit(voted).canonical)] == max(totals.values())


def test_two_light_candidates_outvote_a_heavy_one(tmp_path: Path) -> None:
    pool = (candidate("2", 0.75), candidate("1", 0.5, 1), candidate("1", 0.5, 2))
    assert [c.weight for c in vote(pool, tmp_path)] == [0.75, 1.0, 1.0]
    assert submit(vote(pool, tmp_path)).answer == "1"


def test_equal_answers_are_equal_by_their_canonical_form(tmp_path: Path) -> None:
    engine = FakeConfig(
        lambda request, prompt: [" 7.", " 05.", " 5."][request.tag.address["selection"]]
    )
    runner = toy_run(tmp_path, [[SelfConsistency(3)]], engine, ToyBenchmark(size=1))
    (row,) = runner.records.frame().to_dict("records")
    assert (row["answer"], row["canonical"]) == ("05", "5")
    assert [c["weight"] for c in row["candidates"]] == [1.0, 2.0, 2.0]


def test_a_candidate_that_failed_or_gave_no_answer_has_no_vote(tmp_path: Path) -> None:
    failed = EngineError("gone")
    outcome = run(tmp_path, [failed, None, None, None, OverflowedError(9, 8), "4"])
    assert outcome.submitted.answer == "4"
    assert [c.weight for c in outcome.pool] == [0, 0, 0, 0, 0, 1]
    statuses = [c.attempt.status.value for c in outcome.pool]
    assert statuses == ["error", "no_answer", "no_answer", "no_answer", "overflow", "answered"]


def failing(*places: int) -> FakeConfig:
    def script(request: CompletionRequest, prompt: str) -> str:
        if request.tag.address["selection"] in places:
            raise EngineError("the server hung up")
        return " 7."

    return FakeConfig(script)


def test_failed_candidates_are_recorded_and_counted(tmp_path: Path) -> None:
    stack = [SelfConsistency(4)]
    runner = toy_run(tmp_path, [stack], failing(0, 2), ToyBenchmark(size=1))
    (row,) = runner.records.frame().to_dict("records")
    assert (row["answer"], row["status"], row["failures"]) == ("7", "answered", 2)
    assert [c["error"] for c in row["candidates"]] == [
        "the server hung up",
        None,
        "the server hung up",
        None,
    ]
    assert row["calls"] == 2
    engine = FakeConfig(lambda request, prompt: " 7.")
    again = toy_run(tmp_path, [stack], engine, ToyBenchmark(size=1)).records.frame()
    assert [str(request.tag.address) for request in engine.asked] == ["", "selection=2"]
    assert list(again["failures"]) == [0]


def test_a_pool_in_which_all_failed_is_an_error(tmp_path: Path) -> None:
    stack = [SelfConsistency(3)]
    runner = toy_run(tmp_path, [stack], failing(0, 1, 2), ToyBenchmark(size=1))
    (row,) = runner.records.frame().to_dict("records")
    assert (row["status"], row["failures"]) == ("error", 3)
    assert pd.isna(row["score"])
    assert row["error"] == "the server hung up"


def test_a_pool_without_any_answer_is_wrong_not_failed(tmp_path: Path) -> None:
    outcome = run(tmp_path, [None, None])
    assert outcome.submitted.status is AttemptStatus.NO_ANSWER


@pytest.mark.parametrize("failure", [EngineError("gone"), OverflowedError(9, 8)])
def test_an_attempt_without_an_answer_is_submitted_before_one_that_failed(
    tmp_path: Path, failure: Exception
) -> None:
    assert run(tmp_path, [failure, None]).submitted.status is AttemptStatus.NO_ANSWER


def test_an_adaptive_stop_looks_at_each_prefix_in_address_order(tmp_path: Path) -> None:
    solver = Scripted(tuple("7" * 10), [])
    rule = SelfConsistency(10, adaptive=True).stop_rule()
    assert rule is not None
    pool = SelectionPool(solver, 10, stop=("self_consistency", rule))
    outcome = asyncio.run(pool.run(SUM, toy_handle(tmp_path, FakeConfig())))
    assert solver.drawn == [0, 1, 2, 3]
    assert len(outcome.pool) == 4


def test_disagreement_draws_the_whole_pool(tmp_path: Path) -> None:
    outcome = run(tmp_path, list("1212121212"), SelfConsistency(10, adaptive=True))
    assert len(outcome.pool) == 10
    assert outcome.submitted.answer == "1"


def test_candidates_without_an_answer_settle_nothing(tmp_path: Path) -> None:
    answers = [None, EngineError("gone"), None, "7", "7", "7", "7", "7", "7"]
    outcome = run(tmp_path, answers, SelfConsistency(9, adaptive=True))
    assert len(outcome.pool) == 3 + 4
