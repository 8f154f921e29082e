"""Items in pairs: what is kept, what is left out, what it cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.contracts.finding import Severity
from analysis.simulation import simulate
from tests.analysis.reading.told import RUNGS, TRUTH, of, one, said


class TestItems:
    def test_an_ungraded_item_is_left_out_of_every_arm(self, frame: pd.DataFrame) -> None:
        hit = of(frame, "a", RUNGS[1]) & (frame["problem"] == "item-00003")
        frame.loc[hit & (frame["replicate"] == 1), "score"] = np.nan
        experiment = one(frame)
        assert len(experiment.items) == TRUTH.items - 1
        assert "item-00003" not in experiment.items
        whole = simulate(TRUTH, 1)
        assert whole.scores is not None
        kept = [n for n in range(TRUTH.items) if n != 3]
        assert experiment.scores == pytest.approx(whole.scores[:, :, kept])
        assert experiment.means == pytest.approx(whole.scores[:, :, kept].mean(axis=2))
        assert set(experiment.counts.ravel()) == {39.0}
        said(experiment, Severity.WARNING, "1 of 40 problems", f"a on {RUNGS[1]} 1", "--failed")

    def test_spoilt_cells_are_left_out_and_named(self, frame: pd.DataFrame) -> None:
        frame.loc[of(frame, "b", RUNGS[0]), "cell_error"] = "b was never invoked"
        experiment = one(frame)
        assert np.isnan(experiment.means[experiment.arm("b")]).tolist() == [True, False, False]
        said(experiment, Severity.REFUSED, f"b on {RUNGS[0]}", "never invoked")

    def test_where_all_cells_are_spoilt_nothing_is_left_but_the_reason(
        self, frame: pd.DataFrame
    ) -> None:
        experiment = one(frame.assign(cell_error="spoilt"))
        assert experiment.means.size == 0
        assert experiment.arms == ()
        said(experiment, Severity.REFUSED, "spoilt")

    def test_lost_votes_are_counted(self, frame: pd.DataFrame) -> None:
        hit = of(frame, "self_consistency", RUNGS[0]) & (frame["problem"] < "item-00003")
        frame.loc[hit, "failures"] = 1
        experiment = one(frame)
        said(experiment, Severity.WARNING, "self_consistency: 6 attempts lost candidates")

    def test_chance_is_the_mean_over_the_items_kept(self, frame: pd.DataFrame) -> None:
        frame["chance"] = np.where(frame["problem"] < "item-00010", 0.5, 0.25)
        assert one(frame).chance == pytest.approx((10 * 0.5 + 30 * 0.25) / 40)
        frame.loc[of(frame, "b") & (frame["problem"] == "item-00000"), "score"] = np.nan
        assert one(frame).chance == pytest.approx((9 * 0.5 + 30 * 0.25) / 39)


class TestReplicates:
    def test_fewer_replicates_are_nan_and_the_mean_is_over_those_there_are(
        self, frame: pd.DataFrame
    ) -> None:
        experiment = one(frame[~(of(frame, "a") & (frame["replicate"] == 1))])
        place = experiment.arm("a")
        assert experiment.replicates is not None
        assert experiment.scores is not None
        assert np.isnan(experiment.replicates[place, :, 1]).all()
        assert not np.isnan(experiment.replicates[:, :, 0]).any()
        assert experiment.scores[place] == pytest.approx(experiment.replicates[place, :, 0])
        said(experiment, Severity.NOTE, "a has fewer", f"1 of 2 on {RUNGS[1]}", "replicates=2")
        assert sum("fewer replicates" in f.message for f in experiment.findings) == 1

    def test_one_replicate_needs_no_axis(self, frame: pd.DataFrame) -> None:
        experiment = one(frame[frame["replicate"] == 0])
        assert experiment.replicates is None
        assert experiment.scores is not None


class TestCosts:
    def test_attempts_that_are_not_whole_do_not_make_an_arm_cheap(
        self, frame: pd.DataFrame
    ) -> None:
        hit = of(frame, "self_consistency") & (frame["problem"] < "item-00003")
        frame.loc[hit, ["overflows", "flop"]] = [1, 1.0]
        multiples = one(frame).multiples
        assert multiples is not None
        assert multiples[3] == pytest.approx([5.0] * 3)
        assert multiples[0] == pytest.approx([1.0] * 3)

    def test_one_time_cost_is_a_share_of_training(self, frame: pd.DataFrame) -> None:
        frame.loc[of(frame, "a"), "one_time_flop"] = 1e19
        frame.loc[of(frame, "b"), "one_time_flop"] = np.nan
        one_time = one(frame).one_time
        assert one_time is not None
        assert one_time[1] == pytest.approx([0.1, 0.01, 0.001])
        assert np.isnan(one_time[2]).all()
        assert one_time[0] == pytest.approx([0.0] * 3)
