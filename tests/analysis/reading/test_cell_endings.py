"""How attempts ended, from records to experiments and their findings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.contracts.endings import CellEndings
from analysis.contracts.experiment import Experiment
from analysis.contracts.finding import Severity
from tests.analysis.reading.told import RUNGS, TRUTH, of, one, said

ATTEMPTS = TRUTH.items * TRUTH.draws


def ended(experiment: Experiment) -> CellEndings:
    assert experiment.endings is not None
    return experiment.endings


def cut(frame: pd.DataFrame, stack: str, model: str, number: int) -> int:
    """Cut so many wrong attempts of an arm on a rung; how many there were to cut."""
    wrong = frame.index[of(frame, stack, model) & (frame["score"] == 0)][:number]
    frame.loc[wrong, "cut"] = True
    frame.loc[wrong, "status"] = "cut"
    frame.loc[wrong, ["cut_attempts", "score_if_cut_right", "cut_completions"]] = [1, 1.0, 1]
    frame.loc[wrong, "answer_strict"] = None
    return len(wrong)


def test_shares_and_the_bound_are_those_of_the_arm_on_the_rung(frame: pd.DataFrame) -> None:
    number = cut(frame, "a", RUNGS[0], 8)
    experiment = one(frame)
    place = experiment.arm("a"), 0
    assert ended(experiment).cut[place] == pytest.approx(number / ATTEMPTS)
    bound = experiment.means[place] + number / ATTEMPTS
    assert ended(experiment).upper[place] == pytest.approx(bound)
    assert ended(experiment).cut.sum() == pytest.approx(number / ATTEMPTS)  # and of no other
    assert ended(experiment).strict == pytest.approx(experiment.means)
    arm = f"{100 * number / ATTEMPTS:.1f}% on {RUNGS[0]}"
    said(experiment, Severity.WARNING, "a: a token limit cut", arm, f"{100 * bound:.1f} if all")


def test_a_few_cut_attempts_are_no_finding(frame: pd.DataFrame) -> None:
    cut(frame, "a", RUNGS[0], 2)
    assert not [f for f in one(frame).findings if "token limit" in f.message]


def test_items_that_are_left_out_count_in_neither_score_nor_bound(frame: pd.DataFrame) -> None:
    cut(frame, "a", RUNGS[0], 8)
    gone = frame.loc[frame["status"] == "cut", "problem"].iloc[0]
    frame.loc[of(frame, "b", RUNGS[1]) & (frame["problem"] == gone), "score"] = np.nan
    experiment = one(frame)
    kept = frame[of(frame, "a", RUNGS[0]) & (frame["problem"] != gone)]
    place = experiment.arm("a"), 0
    assert ended(experiment).upper[place] == pytest.approx(kept["score_if_cut_right"].mean())
    assert ended(experiment).cut[place] == pytest.approx((kept["status"] == "cut").mean())


@pytest.mark.parametrize("how", ["null", "absent"])
def test_of_older_records_nothing_is_known(frame: pd.DataFrame, how: str) -> None:
    newer = ["cut", "at_once", "attempts", "cut_attempts", "unread_attempts", "score_if_cut_right"]
    older = frame.drop(columns=newer) if how == "absent" else frame.assign(cut=None, at_once=None)
    experiment = one(older)
    for name in ("cut", "unread", "upper", "strict", "at_once"):
        assert np.isnan(getattr(ended(experiment), name)).all()
    said(experiment, Severity.NOTE, "unknown of these cells", "asks for no draw")
    assert experiment.means == pytest.approx(one(frame).means)


def test_a_cell_of_older_records_is_unknown_by_itself(frame: pd.DataFrame) -> None:
    frame["cut"] = frame["cut"].astype(object)
    frame.loc[of(frame, "a", RUNGS[1]), "cut"] = None
    experiment = one(frame)
    unknown = np.isnan(ended(experiment).cut)
    assert unknown.sum() == 1
    assert unknown[experiment.arm("a"), 1]
    said(experiment, Severity.NOTE, "unknown of some cells")


def at_once(frame: pd.DataFrame, stack: str, model: str, share: float) -> None:
    rows = frame.index[of(frame, stack, model)]
    frame["at_once"] = frame["at_once"].astype(object)
    frame.loc[rows, "at_once"] = [place < share * len(rows) for place in range(len(rows))]


@pytest.mark.parametrize(
    ("share", "flagged"), [(0.5, True), (0.88, True), (0.9, False), (1, False)]
)
def test_a_base_that_reasons_is_a_finding_by_rung(
    frame: pd.DataFrame, share: float, flagged: bool
) -> None:
    renamed: dict[str, Any] = {"a": "chain_of_thought", "a+b": "b+chain_of_thought"}
    for number, rung in enumerate(RUNGS):
        at_once(frame, "base", rung, share if number == 1 else 1.0)
    frame["ptes"] = [
        ["chain_of_thought" if p == "a" else p for p in each] for each in frame["ptes"]
    ]
    frame["stack"] = frame["stack"].replace(renamed)
    frame["categories"] = [["prompting"] * len(each) for each in frame["ptes"]]
    frame["stack_config"] = frame["stack_config"].str.replace('["a"', '["chain_of_thought"')
    experiment = one(frame)
    place = experiment.base, 1
    assert ended(experiment).at_once[place] == pytest.approx(np.ceil(share * ATTEMPTS) / ATTEMPTS)
    found = [f.message for f in experiment.findings if "base reasons" in f.message]
    assert len(found) == flagged
    if flagged:
        assert f"on {RUNGS[1]}." in found[0]
        assert RUNGS[0] not in found[0]
        assert "The gain of chain_of_thought, b+chain_of_thought" in found[0]


def test_where_answers_follow_a_cue_nobody_is_said_to_reason(frame: pd.DataFrame) -> None:
    experiment = one(frame)
    assert np.isnan(ended(experiment).at_once).all()
    assert not [f for f in experiment.findings if "base reasons" in f.message]
