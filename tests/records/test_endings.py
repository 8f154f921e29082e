"""How attempts ended, from rows of any age, and the bound of a pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from harness.contracts.address import Address
from harness.contracts.attempt import Attempt, AttemptStatus, Candidate
from harness.contracts.benchmark import Grade
from harness.contracts.problem import Problem
from harness.contracts.prompt import Prompt
from harness.records.endings import Endings, endings
from harness.records.pool_endings import pool_endings
from harness.solvers.pool import SelectionResult, submit

OLD = {"status": "no_answer", "score": 0.0, "completions": [{"calls": 2}]}
"""A row of before it was noted what was cut."""


def row(status: str, score: float | None, cut: bool = False, **changes: Any) -> dict[str, Any]:
    """A row of one attempt."""
    strict = "7" if status == "answered" else None
    made = {"completions": [{"calls": 1}], "cut_completions": int(cut)}
    told = {"status": status, "score": score, "cut": cut, "answer_strict": strict, **made}
    return told | {"at_once": status == "answered" or None, **changes}


TEN = [
    *[row("answered", 1.0)] * 4,
    row("answered", 0.0, at_once=False),
    row("answered", 1.0, answer_strict=None, at_once=False),
    row("no_answer", 0.0),
    *[row("cut", 0.0, cut=True)] * 2,
    row("answered", 1.0, cut=True, at_once=None),  # its rationale was cut, and it was right
]


@pytest.mark.parametrize("framed", [False, True])
def test_shares_and_scores_by_hand(framed: bool) -> None:
    counted = endings(pd.DataFrame(TEN) if framed else TEN)
    assert counted.cut_share == pytest.approx(0.3)
    assert counted.unread_share == pytest.approx(0.1)
    assert counted.cut_completion_share == pytest.approx(0.3)
    assert counted.strict_score == pytest.approx(0.5)
    assert counted.upper_score == pytest.approx(0.8)
    assert counted.at_once_share == pytest.approx(4 / 6)
    assert counted.warns


def test_what_was_not_graded_counts_nowhere() -> None:
    lost = [row("error", None, at_once=None), row("overflow", None, at_once=None)]
    assert endings([*TEN, *lost]) == endings(TEN)


@pytest.mark.parametrize("framed", [False, True])
def test_of_older_rows_nothing_is_known_and_nothing_is_0(framed: bool) -> None:
    rows = [OLD, OLD | {"cut": None, "at_once": None}]
    counted = endings(pd.DataFrame(rows) if framed else rows)
    assert counted == Endings()
    assert (counted.cut_share, counted.unread_share, counted.upper_score) == (None, None, None)
    assert (counted.strict_score, counted.at_once_share, counted.warns) == (None, None, False)


def test_older_rows_among_newer_ones_are_left_out() -> None:
    assert endings([OLD, *TEN]) == endings(TEN)


def test_counts_of_shards_add_up() -> None:
    assert endings(TEN[:3]) + endings(TEN[3:]) == endings(TEN)
    assert Endings() + endings(TEN) == endings(TEN)


def test_three_per_cent_is_a_few() -> None:
    def cell(cut: int) -> Endings:
        return endings([row("cut", 0.0, cut=True)] * cut + [row("answered", 1.0)] * (100 - cut))

    assert [cell(cut).warns for cut in (0, 3, 4)] == [False, False, True]


def test_the_attempts_of_a_pool_are_its_candidates() -> None:
    pool: dict[str, Any] = {
        "attempts": 5,
        "cut_attempts": 2,
        "unread_attempts": 1,
        "score_if_cut_right": 1.0,
    }
    counted = endings([row("answered", 0.0, **pool), row("answered", 1.0)])
    assert (counted.attempts, counted.cut, counted.unread) == (6, 2, 1)
    assert counted.upper_score == 1.0


def candidate(answer: str | None, cut: bool = False, weight: float | None = None) -> Candidate:
    status = AttemptStatus.ANSWERED if answer else AttemptStatus.NO_ANSWER
    if cut and answer is None:
        status = AttemptStatus.CUT
    problem = Problem("p", "?")
    attempt = Attempt(problem, Prompt("?"), Address(), answer=answer, canonical=answer, cut=cut)
    return Candidate(
        replace(attempt, status=status), float(bool(answer)) if weight is None else weight
    )


def told(pool: Sequence[Candidate]) -> dict[str, Any]:
    """The columns of a pool in which 7 is right."""
    chosen = submit(tuple(pool))
    grades = [Grade(float(each.attempt.answer == "7")) for each in pool]
    return pool_endings(
        SelectionResult(chosen, tuple(pool)), Grade(float(chosen.answer == "7")), grades
    )


def voted(*answers: str | None, cut: Sequence[int] = ()) -> list[Candidate]:
    """A plurality over these answers; those at the places `cut` were cut."""
    return [
        candidate(answer, place in cut, float(answers.count(answer)) if answer else 0.0)
        for place, answer in enumerate(answers)
    ]


@pytest.mark.parametrize(
    ("pool", "bound"),
    [
        (voted("7"), 1.0),
        (voted("5"), 0.0),
        (voted("5", cut=[0]), 1.0),
        (voted(None, cut=[0]), 1.0),
        (voted(None), 0.0),
        # Two votes for 5: one that was cut reaches them only together with a right one.
        (voted("5", "5", None, cut=[2]), 0.0),
        (voted("5", "5", "7", None, cut=[3]), 1.0),
        (voted("5", "5", None, None, cut=[2, 3]), 1.0),
        # A vote for 5 that was itself cut would be one for 7.
        (voted("5", "5", "5", "7", cut=[2]), 1.0),
        (voted("5", "5", "5", "5", cut=[3]), 0.0),
    ],
)
def test_the_bound_of_a_vote_is_what_votes_could_have_come_to(
    pool: list[Candidate], bound: float
) -> None:
    assert told(pool)["score_if_cut_right"] == bound


def test_of_another_rule_than_a_vote_nobody_knows_what_it_would_have_made_of_one_more() -> None:
    judged = [candidate("5", weight=0.9), candidate("5", weight=0.2), candidate(None, cut=True)]
    assert told(judged)["score_if_cut_right"] == 1.0
    assert told(judged[:2])["score_if_cut_right"] == 0.0


def test_a_pools_attempts_are_counted_and_lost_ones_are_none() -> None:
    lost = replace(candidate(None).attempt, status=AttemptStatus.ERROR)
    counted = told([*voted("5", None, None, cut=[2]), Candidate(lost, 0.0)])
    assert counted["attempts"] == 3
    assert (counted["cut_attempts"], counted["unread_attempts"]) == (1, 1)
