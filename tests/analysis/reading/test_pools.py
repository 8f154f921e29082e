"""Pools are kept where the choice can be made again from them, and shared draws are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.contracts.experiment import Experiment
from analysis.contracts.votes import plurality
from analysis.reading.records import read
from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from ptes.prompting.few_shot import FewShot
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from tests.analysis.reading.told import RUNGS, one
from tests.toys import ToyBenchmark, toy_model, toy_run

VOTE = "self_consistency"


def first_vote(frame: pd.DataFrame) -> int:
    """Row of the vote's first attempt on the first rung, in the first replicate."""
    rows = (frame["stack"] == VOTE) & (frame["model"] == RUNGS[0]) & (frame["replicate"] == 0)
    return int(frame.index[rows][0])


def altered(frame: pd.DataFrame, change: Callable[[list[dict[str, Any]]], Any]) -> pd.DataFrame:
    """The frame with the pool of the vote's first attempt changed."""
    row = first_vote(frame)
    candidates: list[Any] = list(frame["candidates"])
    pool = [dict(candidate) for candidate in candidates[row]]
    candidates[row] = change(pool)
    return frame.assign(candidates=candidates)


def test_a_vote_has_its_pool_on_every_rung(frame: pd.DataFrame) -> None:
    experiment = one(frame)
    place = experiment.arm(VOTE)
    assert set(experiment.pools) == {(place, rung) for rung in range(3)}
    assert experiment.replicates is not None
    for rung in range(3):
        pool = experiment.pools[place, rung]
        assert pool.answers.shape == pool.scores.shape == (40, 5)
        again = np.take_along_axis(pool.scores, plurality(pool.answers)[:, None], axis=1)[:, 0]
        assert np.array_equal(again, experiment.replicates[place, rung, 0])


@pytest.mark.parametrize(
    "change",
    [
        lambda pool: pool[:-1],  # stopped early
        lambda pool: [c | {"weight": 0.3 * c["weight"]} for c in pool],  # weighted
        lambda pool: [c | {"canonical": "nobody's"} for c in pool],  # chosen in another way
    ],
)
def test_any_other_choice_has_none_there(
    frame: pd.DataFrame, change: Callable[[list[dict[str, Any]]], Any]
) -> None:
    experiment = one(altered(frame, change))
    place = experiment.arm(VOTE)
    assert set(experiment.pools) == {(place, 1), (place, 2)}
    assert set(experiment.shared) == {(0, 1), (0, 2)}


def test_candidates_without_answer_do_not_vote(frame: pd.DataFrame) -> None:
    """Four of five find no answer: the fifth decides, alone."""

    def change(pool: list[dict[str, Any]]) -> list[dict[str, Any]]:
        silent = {"status": "no_answer", "canonical": None, "answer": None, "weight": 0.0}
        return [c | silent | {"score": 0.0} for c in pool[:4]] + [pool[4] | {"weight": 1.0}]

    changed = altered(frame, change)
    row = first_vote(changed)
    for column in ("canonical", "score"):
        changed.at[row, column] = list(changed["candidates"])[row][4][column]
    experiment = one(changed)
    pool = experiment.pools[experiment.arm(VOTE), 0]
    assert pool.answers[0].tolist() == [-1, -1, -1, -1, 4]


def test_a_pool_without_any_answer_submits_none(frame: pd.DataFrame) -> None:
    silent = {"status": "no_answer", "canonical": None, "weight": 0.0, "score": 0.0}
    changed = altered(frame, lambda pool: [c | silent for c in pool])
    row = first_vote(changed)
    changed.at[row, "canonical"], changed.at[row, "score"] = None, 0.0
    experiment = one(changed)
    assert experiment.pools[experiment.arm(VOTE), 0].answers[0].tolist() == [-1] * 5


def test_an_item_left_out_is_left_out_of_the_pools(frame: pd.DataFrame) -> None:
    hit = (frame["stack"] == "a") & (frame["problem"] == "item-00002")
    frame.loc[hit, "score"] = np.nan
    whole, less = one(frame.assign(score=frame["score"].fillna(0.0))), one(frame)
    place = whole.arm(VOTE)
    kept = [n for n in range(40) if n != 2]
    assert np.array_equal(less.pools[place, 1].answers, whole.pools[place, 1].answers[kept])


def test_the_base_shares_the_votes_draws_and_others_do_not(frame: pd.DataFrame) -> None:
    experiment = one(frame)
    place = experiment.arm(VOTE)
    assert experiment.shared == {(0, rung): place for rung in range(3)}


def test_draws_shared_on_nearly_all_items_are_shared(frame: pd.DataFrame) -> None:
    for few, expected in ((2, True), (3, False)):  # of 40: 95% and less
        rows = (frame["stack"] == "base") & (frame["problem"] < f"item-{few:05d}")
        strange = [{"key": "f" * 16, "content": ""}]
        draws = [strange if hit else d for hit, d in zip(rows, frame["draws"], strict=True)]
        changed = frame.copy()
        changed["draws"] = pd.Series(draws, index=frame.index)
        assert ((0, 0) in one(changed).shared) == expected


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """A run of the harness on the fake engine."""
    folder = tmp_path_factory.mktemp("ran")
    judge = ModelJudge(toy_model(folder / "judge", "judge"), n=3)
    stacks: list[list[PTE]] = [
        [],
        [FewShot(2)],
        [SelfConsistency(3)],
        [SelfConsistency(7)],
        [SelfConsistency(5, adaptive=True)],
        [FewShot(2), SelfConsistency(3)],
        [judge, SelfConsistency(3)],
    ]
    engine = FakeConfig(lambda request, _: f" {request.seed % 2}.", name="scripted")
    models = [toy_model(folder / "rung", "rung")]
    toy_run(folder, stacks, engine, ToyBenchmark(size=30), greedy_base=True, models=models)
    (experiment,) = read([folder / "run"])
    return experiment


def test_a_run_of_the_harness_reads_as_it_was_made(ran: Experiment) -> None:
    assert [arm.label for arm in ran.arms] == [
        "base",
        "base (greedy)",
        "few_shot",
        "self_consistency[n=3,adaptive=false]",
        "self_consistency[n=5,adaptive=true]",
        "self_consistency[n=7,adaptive=false]",
        "few_shot+self_consistency",
        "model_judge+self_consistency",
    ]
    assert ran.arms[6].categories == {"few_shot": "prompting", "self_consistency": "selection"}
    assert ran.benchmark == ran.name == "toy"
    assert ran.means.shape == (8, 1)
    assert not np.isnan(ran.means).any()
    assert ran.multiples is not None
    assert ran.multiples[[0, 3, 5], 0] == pytest.approx([1.0, 3.0, 7.0], rel=0.1)
    assert ran.one_time is not None
    assert (ran.one_time == 0).all()


def test_its_plain_votes_have_pools_and_hold_the_smaller_ones(ran: Experiment) -> None:
    assert {arm for arm, _ in ran.pools} == {3, 5, 6}
    assert ran.shared[0, 0] == 5
    assert ran.shared[3, 0] == 5
    assert ran.shared[2, 0] == 6
    assert (1, 0) not in ran.shared
    assert (7, 0) not in ran.shared
