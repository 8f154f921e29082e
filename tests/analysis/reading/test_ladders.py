"""Rungs and arms of the experiments that records hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.contracts.finding import Severity
from analysis.reading.records import from_frame
from analysis.simulation import simulate
from tests.analysis.reading.told import LABELS, RUNGS, TRUTH, labels, of, one, said


class TestLadders:
    def test_rungs_rise_with_compute_whatever_the_order_of_rows(self, frame: pd.DataFrame) -> None:
        experiment = one(frame.iloc[::-1])
        assert [rung.model for rung in experiment.rungs] == list(RUNGS)
        assert experiment.x == pytest.approx(TRUTH.x)
        assert labels(experiment) == LABELS

    def test_unknown_compute_comes_last_and_is_told(self, frame: pd.DataFrame) -> None:
        frame.loc[frame["model"] == RUNGS[1], "training_flop"] = np.nan
        experiment = one(frame)
        assert [rung.model for rung in experiment.rungs] == [RUNGS[0], RUNGS[2], RUNGS[1]]
        assert np.isnan(experiment.x[2])
        said(experiment, Severity.WARNING, f"compute of {RUNGS[1]} is not known")

    def test_models_of_equal_compute_stay_two_rungs(self, frame: pd.DataFrame) -> None:
        frame.loc[frame["model"] == RUNGS[1], "training_flop"] = 1e20
        assert [rung.flop for rung in one(frame).rungs] == pytest.approx([1e20, 1e20, 1e22])

    def test_records_say_which_training_run_a_model_is(self, frame: pd.DataFrame) -> None:
        assert [rung.seed for rung in one(frame).rungs] == ["", "", ""]
        frame["training_seed"] = frame["model"].map(dict(zip(RUNGS, (0, 1, None), strict=True)))
        assert [rung.seed for rung in one(frame).rungs] == ["0", "1", ""]

    def test_two_checkpoints_of_one_name_stay_two_rungs(self, frame: pd.DataFrame) -> None:
        frame.loc[frame["model"] == RUNGS[1], "model"] = RUNGS[0]
        names = [rung.model for rung in one(frame).rungs]
        assert len(set(names)) == 3
        assert [name.startswith(f"{RUNGS[0]} (") for name in names] == [True, True, False]

    @pytest.mark.parametrize("setting", [True, False])
    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"stage": "instruct"}, ["base", "instruct"]),
            ({"family": "other"}, ["simulated", "other"]),
        ],
    )
    def test_stages_and_families_of_one_models_name_stay_two_rungs(
        self, frame: pd.DataFrame, changes: dict[str, str], told: list[str], setting: bool
    ) -> None:
        """Also in older records, which do not say the setting."""
        if not setting:
            frame = frame.drop(columns="setting")
        second = frame["model"] == RUNGS[1]
        for column, value in {"model": RUNGS[0], **changes}.items():
            frame.loc[second, column] = value
        experiment = one(frame, mixed=True)
        names = [rung.model for rung in experiment.rungs]
        assert names == [f"{RUNGS[0]} ({told[0]})", f"{RUNGS[0]} ({told[1]})", RUNGS[2]]
        assert experiment.means == pytest.approx(simulate(TRUTH, 1).means)

    def test_compute_that_is_not_valid_stands_on_no_curve(self, frame: pd.DataFrame) -> None:
        frame.loc[frame["model"] == RUNGS[2], "valid_for_ceg"] = False
        experiment = one(frame)
        assert np.isnan(experiment.x).tolist() == [False, False, True]
        said(experiment, Severity.WARNING, RUNGS[2], "not valid")

    @pytest.mark.parametrize("column", ["family", "stage"])
    def test_families_and_stages_are_ladders_of_their_own(
        self, frame: pd.DataFrame, column: str
    ) -> None:
        frame.loc[frame["model"] == RUNGS[2], column] = "other"
        first, second = from_frame(frame)
        assert [len(first.rungs), len(second.rungs)] == [2, 1]
        assert first.name != second.name
        assert "other" in second.name
        said(first, Severity.NOTE, "several families or stages", "other")
        together = one(frame, mixed=True)
        assert len(together.rungs) == 3
        said(together, Severity.WARNING, "share one ladder", "other")

    def test_other_settings_are_another_experiment(self, frame: pd.DataFrame) -> None:
        other = frame.assign(experiment="f" * 16, cell="x" + frame["cell"], context_window=7)
        first, second = from_frame(pd.concat([frame, other]))
        assert (first.name, second.name) == ("simulated (100)", "simulated (7)")

    def test_without_anything_to_tell_names_apart_they_are_told_by_hash(
        self, frame: pd.DataFrame
    ) -> None:
        other = frame.assign(experiment="f" * 16, cell="x" + frame["cell"])
        first, second = from_frame(pd.concat([frame, other]))
        assert second.name == "simulated (ffffffff)"
        assert first.name != second.name


class TestArms:
    def test_stacks_of_one_label_are_told_apart_by_what_differs(self, frame: pd.DataFrame) -> None:
        config = '[["self_consistency", {{"n": {}, "adaptive": false}}]]'
        voting = of(frame, "self_consistency")
        other = frame[voting].assign(
            cell="x" + frame["cell"], stack_id="other", stack_config=config.format(40)
        )
        frame.loc[voting, "stack_config"] = config.format(5)
        result = labels(one(pd.concat([frame, other])))
        assert result[3:5] == ["self_consistency[n=40]", "self_consistency[n=5]"]

    def test_or_by_the_stacks_hash(self, frame: pd.DataFrame) -> None:
        other = frame[of(frame, "a")].assign(cell="x" + frame["cell"], stack_id="0123456789")
        result = labels(one(pd.concat([frame, other])))
        assert "a [012345]" in result
        assert len(set(result)) == 6

    def test_the_greedy_base_follows_the_base(self, frame: pd.DataFrame) -> None:
        other = frame[of(frame, "base")].assign(
            cell="x" + frame["cell"], greedy=True, stack="base (greedy)"
        )
        experiment = one(pd.concat([other, frame]))
        assert labels(experiment)[:2] == ["base", "base (greedy)"]
        assert experiment.base == 0
        assert experiment.arms[1].greedy

    def test_an_oracle_is_marked(self, frame: pd.DataFrame) -> None:
        frame.loc[of(frame, "a"), "oracle"] = True
        experiment = one(frame)
        assert experiment.arms[experiment.arm("a (oracle)")].oracle
        assert [arm.oracle for arm in experiment.arms].count(True) == 1
        said(experiment, Severity.WARNING, "a (oracle)", "upper bound")

    def test_a_missing_arm_is_nan_there_and_told(self, frame: pd.DataFrame) -> None:
        experiment = one(frame[~of(frame, "b", RUNGS[1])])
        place = experiment.arm("b")
        assert np.isnan(experiment.means[place]).tolist() == [False, True, False]
        assert np.isnan(experiment.counts[place]).tolist() == [False, True, False]
        assert experiment.scores is not None
        assert np.isnan(experiment.scores[place, 1]).all()
        assert experiment.multiples is not None
        assert np.isnan(experiment.multiples[place]).tolist() == [False, True, False]
        assert not np.isnan(np.delete(experiment.means, place, axis=0)).any()
        said(experiment, Severity.NOTE, f"b is missing on {RUNGS[1]}", "pte run", "[[b]]")

    def test_without_a_base_scores_are_still_there(self, frame: pd.DataFrame) -> None:
        experiment = one(frame[~of(frame, "base")])
        assert experiment.base is None
        assert not np.isnan(experiment.means).any()
        assert experiment.multiples is not None
        assert np.isnan(experiment.multiples).all()
        said(experiment, Severity.REFUSED, "no base", "sweep.stacks=[[]]")

    def test_roles_that_sample_otherwise_make_other_arms(self, frame: pd.DataFrame) -> None:
        judged = '{{"judge": {{"temperature": {}}}, "solve": {{"temperature": 1.0}}}}'
        rows = of(frame, "a")
        role_models = '{"judge": {}, "solve": {}}'
        other = frame[rows].assign(
            cell="x" + frame["cell"], sampling=judged.format(0.5), role_models=role_models
        )
        frame.loc[rows, "voices"] = role_models
        frame.loc[~rows, "sampling"] = judged.format(0.9)  # set, but nobody judges there
        frame.loc[rows, "sampling"] = judged.format(0.0)
        experiment = one(pd.concat([frame, other]))
        assert len(experiment.arms) == 6
        assert sum(label.startswith("a [") for label in labels(experiment)) == 2
