"""What lacks too many problems is set aside there, and nowhere else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.contracts.experiment import Experiment
from analysis.contracts.finding import Severity
from analysis.simulation import simulate
from tests.analysis.reading.told import LABELS, RUNGS, TRUTH, labels, of, one, said


def first(frame: pd.DataFrame, number: int) -> pd.Series[bool]:
    """Rows of the first problems."""
    return frame["problem"] < f"item-{number:05d}"


def there(experiment: Experiment, label: str) -> list[bool]:
    """Whether an arm has a score, by rung."""
    return [bool(known) for known in ~np.isnan(experiment.means[experiment.arm(label)])]


def unsaid(experiment: Experiment, *parts: str) -> None:
    for part in parts:
        assert not any(part in finding.message for finding in experiment.findings), part


class TestUngraded:
    def test_an_arm_is_left_out_on_the_rung_where_it_was_graded_badly(
        self, frame: pd.DataFrame
    ) -> None:
        hit = of(frame, "a", RUNGS[1]) & first(frame, 5)  # 5 of 40 is more than 10%
        frame.loc[hit, "score"] = np.nan
        experiment = one(frame)
        assert labels(experiment) == LABELS
        assert len(experiment.items) == TRUTH.items
        assert there(experiment, "a") == [True, False, True]
        expected = simulate(TRUTH, 1).means
        expected[1, 1] = np.nan
        assert experiment.means == pytest.approx(expected, nan_ok=True)
        assert experiment.multiples is not None
        assert np.isnan(experiment.multiples[1]).tolist() == [False, True, False]
        message = (f"a is left out on {RUNGS[1]} (5 of 40 problems not graded)", "context_window")
        said(experiment, Severity.REFUSED, *message)
        unsaid(experiment, "finish the run", "is missing on", "problems are left out")

    def test_a_tenth_is_not_too_much(self, frame: pd.DataFrame) -> None:
        frame.loc[of(frame, "a", RUNGS[1]) & first(frame, 4), "score"] = np.nan
        experiment = one(frame)
        assert there(experiment, "a") == [True] * 3
        assert len(experiment.items) == 36
        unsaid(experiment, "finish the run")

    def test_an_arm_that_is_left_out_everywhere_is_no_arm(self, frame: pd.DataFrame) -> None:
        frame.loc[of(frame, "a") & first(frame, 5), "score"] = np.nan
        experiment = one(frame)
        assert labels(experiment) == ["base", "b", "self_consistency", "a+b"]
        said(
            experiment,
            Severity.REFUSED,
            "a is left out on",
            *(f"{rung} (5 of 40" for rung in RUNGS),
        )

    def test_its_lost_votes_do_not_count(self, frame: pd.DataFrame) -> None:
        hit = of(frame, "self_consistency", RUNGS[0])
        frame.loc[hit, "failures"] = 1
        frame.loc[hit & first(frame, 5), "score"] = np.nan
        unsaid(one(frame), "lost candidates")


class TestUnfinished:
    def test_a_base_that_is_not_finished_on_a_rung_stays_on_the_others(
        self, frame: pd.DataFrame
    ) -> None:
        cut = of(frame, "base", RUNGS[2]) & first(frame, 13)
        experiment = one(frame[~cut])
        assert experiment.base == 0
        assert len(experiment.items) == TRUTH.items
        assert there(experiment, "base") == [True, True, False]
        assert experiment.multiples is not None
        assert np.isnan(experiment.multiples).all(axis=0).tolist() == [False, False, True]
        assert (0, 2) not in experiment.shared
        message = (f"base is left out on {RUNGS[2]} (13 of 40 problems not run)", "finish the run")
        said(experiment, Severity.REFUSED, *message)
        unsaid(experiment, "not graded", "context_window", "there is no base", "is missing on")

    def test_a_few_problems_cost_the_others_these(self, frame: pd.DataFrame) -> None:
        experiment = one(frame[~(of(frame, "b", RUNGS[0]) & first(frame, 1))])
        assert len(experiment.items) == TRUTH.items - 1
        assert there(experiment, "b") == [True] * 3
        message = ("1 of 40 problems", f"b on {RUNGS[0]} 1", "finish the run")
        said(experiment, Severity.WARNING, *message)
        unsaid(experiment, "--failed")

    def test_a_replicate_that_is_not_finished_leaves_the_other(self, frame: pd.DataFrame) -> None:
        cut = of(frame, "a", RUNGS[1]) & (frame["replicate"] == 1) & first(frame, 20)
        experiment, whole = one(frame[~cut]), simulate(TRUTH, 1)
        assert experiment.replicates is not None
        assert whole.replicates is not None
        assert len(experiment.items) == TRUTH.items
        assert np.isnan(experiment.replicates[1, 1, 1]).all()
        assert experiment.means[1, 1] == pytest.approx(whole.replicates[1, 1, 0].mean())
        message = (
            f"a stands without replicate 1 on {RUNGS[1]} (20 of 40 problems not run)",
            "finish",
        )
        said(experiment, Severity.WARNING, *message)

    def test_a_little_of_both_may_be_too_much(self, frame: pd.DataFrame) -> None:
        arm = of(frame, "a", RUNGS[1])
        frame.loc[arm & (frame["problem"] > "item-00036"), "score"] = np.nan
        experiment = one(frame[~(arm & first(frame, 3))])
        assert there(experiment, "a") == [True, False, True]
        assert len(experiment.items) == TRUTH.items
        message = (
            f"{RUNGS[1]} (3 of 40 problems not graded, 3 not run)",
            "window",
            "finish the run",
        )
        said(experiment, Severity.REFUSED, *message)


class TestNothingLeft:
    def test_of_the_base_it_is_said_where_it_was_and_why_it_is_not(
        self, frame: pd.DataFrame
    ) -> None:
        base, cut = of(frame, "base"), of(frame, "base", RUNGS[0]) & first(frame, 20)
        frame.loc[base & ~of(frame, "base", RUNGS[0]) & first(frame, 6), "score"] = np.nan
        experiment = one(frame[~cut])
        assert labels(experiment) == LABELS
        assert there(experiment, "base") == [False] * 3
        assert there(experiment, "b") == [True] * 3
        said(experiment, Severity.REFUSED, f"{RUNGS[0]} (20 of 40", "not run", "finish the run")
        said(
            experiment,
            Severity.REFUSED,
            *(f"{rung} (6 of 40 problems not graded)" for rung in RUNGS[1:]),
        )
        said(experiment, Severity.REFUSED, f"the base was run on {', '.join(RUNGS)}", "left out")
        unsaid(experiment, "there is no base")

    def test_of_the_items_it_is_said_which_arm_on_which_rung_cost_them(
        self, frame: pd.DataFrame
    ) -> None:
        arms = [arm for arm in LABELS if arm != "self_consistency"]
        cells = [(arm, rung) for arm in arms for rung in RUNGS]
        for number, (arm, rung) in enumerate(cells):
            low, high = (f"item-{4 * number + n:05d}" for n in (0, 4))
            items = (frame["problem"] >= low) & (frame["problem"] < high)
            frame.loc[of(frame, arm, rung) & items, "score"] = np.nan
        experiment = one(frame)
        assert experiment.items == ()
        assert np.isnan(experiment.means).all()
        message = ("no score is left", "40 of 40", f"base on {RUNGS[0]} 4", "and 2 more")
        said(experiment, Severity.REFUSED, *message)
        unsaid(experiment, "there is no base")

    def test_where_every_cell_is_set_aside_only_the_reasons_are_left(
        self, frame: pd.DataFrame
    ) -> None:
        frame.loc[first(frame, 5), "score"] = np.nan
        experiment = one(frame)
        assert labels(experiment) == ["base"]
        assert experiment.means.size == 0
        assert experiment.rungs == ()
        for arm in LABELS:
            said(experiment, Severity.REFUSED, f"{arm} is left out on {RUNGS[0]} (5 of 40")
