"""Where records may lie, how old they may be, and what is said of their making."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis.contracts.finding import Severity
from analysis.reading.records import from_frame, read
from analysis.simulation import Truth, simulate
from harness.errors import UserError
from tests.analysis.reading.told import LABELS, RUNGS, TRUTH, labels, of, one, said
from tests.analysis.simulated_records import write_records


class TestPlaces:
    SMALL = Truth(x=(0.0, 1.0), items=5)

    def test_a_run_a_folder_of_runs_and_a_folder_of_records(self, tmp_path: Path) -> None:
        records = write_records(self.SMALL, tmp_path / "runs" / "one", 0)
        cells = ", ".join(f'{{"cell": "{file.stem}"}}' for file in records.folder.iterdir())
        (tmp_path / "runs" / "one" / "plan.json").write_text(f'{{"cells": [{cells}]}}')
        for path in ("runs", "runs/one", "runs/one/records"):
            (experiment,) = read([tmp_path / path])
            assert len(experiment.rungs) == 2

    def test_a_runs_plan_says_which_cells_are_its_own(self, tmp_path: Path) -> None:
        records = write_records(self.SMALL, tmp_path, 0)
        first = min(records.folder.iterdir()).stem
        (tmp_path / "plan.json").write_text(f'{{"cells": [{{"cell": "{first}"}}]}}')
        (experiment,) = read([tmp_path])
        assert len(experiment.rungs) == 1

    @pytest.mark.parametrize("path", ["nothing", "empty"])
    def test_a_place_without_records_is_named(self, tmp_path: Path, path: str) -> None:
        (tmp_path / "empty").mkdir()
        with pytest.raises(UserError, match=rf"{path} .*folder of runs"):
            read([tmp_path / path])

    def test_a_run_without_a_finished_cell_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "plan.json").write_text('{"cells": [{"cell": "abc"}]}')
        with pytest.raises(UserError, match=r"no cell of .* has finished"):
            read([tmp_path])

    def test_records_and_published_scores_may_be_read_together(self, tmp_path: Path) -> None:
        write_records(self.SMALL, tmp_path / "run", 0)
        table = tmp_path / "scores.csv"
        header = "model,family,stage,training_flop,benchmark,stack,score\n"
        table.write_text(f"{header}m,f,base,1e21,simulated,base,50\n")
        first, second = read([tmp_path / "run", table])
        assert first.scores is not None
        assert second.scores is None
        assert first.name != second.name
        assert first.findings == ()
        assert {finding.subject for finding in second.findings} == {second.name}


class TestOlderRecords:
    LACKING = ("experiment", "chance", "categories", "voices", "setting", "overflows")

    def test_they_are_grouped_by_what_they_say(self, frame: pd.DataFrame) -> None:
        greedy = frame[of(frame, "base")].assign(
            cell="x" + frame["cell"],
            greedy=True,
            stack="base (greedy)",
            sampling='{"solve": {"temperature": 0.0}}',
        )
        older = pd.concat([frame, greedy]).drop(columns=list(self.LACKING))
        experiment = one(older)
        assert labels(experiment) == ["base", "base (greedy)", *LABELS[1:]]
        assert experiment.chance == 0.0
        assert experiment.arms[2].categories == {}
        expected = simulate(TRUTH, 1).means
        assert np.delete(experiment.means, 1, axis=0) == pytest.approx(expected)
        said(experiment, Severity.WARNING, *self.LACKING, "start the same sweep again")

    def test_other_data_are_another_experiment(self, frame: pd.DataFrame) -> None:
        other = frame.assign(cell="x" + frame["cell"], dataset_sha256="0" * 64)
        both = pd.concat([frame, other]).drop(columns=list(self.LACKING))
        assert len(from_frame(both)) == 2

    def test_of_two_cells_in_one_place_the_larger_is_taken(self, frame: pd.DataFrame) -> None:
        few = frame[of(frame, "a") & (frame["problem"] < "item-00010")].assign(score=0.0)
        both = pd.concat([few.assign(cell="x" + few["cell"]), frame])
        experiment = one(both.drop(columns=list(self.LACKING)))
        assert experiment.means == pytest.approx(simulate(TRUTH, 1).means)
        said(experiment, Severity.WARNING, "stand where another does", f"a on {RUNGS[0]}")

    def test_a_column_that_nothing_stands_in_for_is_named(self, frame: pd.DataFrame) -> None:
        with pytest.raises(UserError, match="lack the column training_flop"):
            from_frame(frame.drop(columns="training_flop"))

    def test_records_without_the_column_are_no_oracles(self, frame: pd.DataFrame) -> None:
        experiment = one(frame.drop(columns="oracle"))
        assert labels(experiment) == LABELS
        assert not any(arm.oracle for arm in experiment.arms)


@pytest.mark.parametrize("score", [-0.25, 56.0, np.inf])
def test_a_score_that_is_none_is_refused_with_its_cell(frame: pd.DataFrame, score: float) -> None:
    row = frame.index[of(frame, "b", RUNGS[1])][3]
    frame.loc[row, "score"] = score
    cell, problem = frame.loc[row, ["cell", "problem"]]
    with pytest.raises(UserError) as refused:
        from_frame(frame)
    for part in (f"cell {cell} (b on {RUNGS[1]}, simulated)", problem, f"{score:g}", "[0, 1]"):
        assert part in str(refused.value)


class TestProvenance:
    def test_it_says_what_made_the_records(self, frame: pd.DataFrame) -> None:
        message = one(frame).provenance
        assert message["engine"] == ["simulation"]
        assert message["sampling"] == ['{"solve": {"temperature": 1.0}}']
        assert message["weights"] == {model: ["simulation simulation"] for model in RUNGS}
        assert (message["cells"], message["rows"]) == (30, 1200)

    def test_what_was_made_in_several_ways_is_told(self, frame: pd.DataFrame) -> None:
        frame["git_commit"] = np.where(frame["model"] == RUNGS[0], "aaaa", "bbbb+dirty")
        experiment = one(frame)
        assert experiment.provenance["git_commit"] == ["aaaa", "bbbb+dirty"]
        said(experiment, Severity.NOTE, "git_commit (aaaa, bbbb+dirty)")
        said(experiment, Severity.NOTE, "uncommitted changes")

    def test_rows_that_are_there_twice_count_once(self, frame: pd.DataFrame) -> None:
        experiment = one(pd.concat([frame, frame[of(frame, "a")]]))
        assert experiment.means == pytest.approx(simulate(TRUTH, 1).means)
        said(experiment, Severity.NOTE, "240 rows are there twice, of a")


def test_records_of_another_schema_version_are_refused(tmp_path: Path) -> None:
    records = write_records(Truth(x=(0.0,), items=1), tmp_path, 0)
    (file,) = records.folder.iterdir()
    pq.write_table(pq.read_table(file).replace_schema_metadata({"pte_records_version": "0"}), file)
    with pytest.raises(UserError, match="schema version"):
        read([records.folder])
