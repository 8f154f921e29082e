"""Where measured values come from: files, folders, runs, several at once."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.exchange.estimates import read_estimates
from analysis.forecast.measured.counting import Counting
from analysis.forecast.measured.estimates import read_measurements
from analysis.forecast.measured.together import together
from analysis.forecast.measured.values import measured
from analysis.gathering import check_places, gather
from analysis.pipeline import AnalysisSettings
from analysis.simulation.truth import Truth
from analysis.writeup.table import writeup_table
from harness.errors import UserError
from tests.analysis.forecast.test_forecast_measured import benchmarks, estimate, source, written
from tests.analysis.simulated_records import write_records

QUICK = AnalysisSettings(replicates=100)


def score(experiment: str, benchmark: str, model: str, point: float) -> dict[str, Any]:
    named = f"{experiment}/score/{model}"
    return estimate(
        id=named, kind="score", experiment=experiment, benchmark=benchmark, model=model, point=point
    )


def report(folder: Path, name: str, experiment: str, models: int = 2, **changes: Any) -> Path:
    """A report's folder with one experiment on as many models."""
    (folder / name).mkdir()
    ceg = estimate(experiment=experiment, id=f"{experiment}/ceg/self_consistency", **changes)
    scores = [score(experiment, "gsm8k", f"m{n}", 0.1 * n) for n in range(models)]
    written(folder / name, ceg, *scores)
    return folder / name


def test_a_reports_folder_is_as_its_file(tmp_path: Path) -> None:
    folder = report(tmp_path, "a", "gsm8k")
    by_folder, by_file = (gather([str(p)]) for p in (folder, folder / "estimates.json"))
    assert by_folder.sha256 == by_file.sha256
    assert [m.id for m in by_folder.measurements] == [m.id for m in by_file.measurements]
    assert by_folder.measurements[0].models == ("m0", "m1")


def test_the_same_experiment_in_two_files_counts_once(tmp_path: Path) -> None:
    """By content: it may be called otherwise, and have been analysed with another seed."""
    first = report(tmp_path, "a", "gsm8k")
    again = report(tmp_path, "b", "gsm8k (seed 3)", low=0.2, high=0.9)
    whole = report(tmp_path, "c", "gsm8k", models=3)
    both = gather([str(first), str(again)])
    assert {m.experiment for m in both.measurements} == {"gsm8k"}
    [note] = both.notes
    assert note == (
        "Of b/estimates.json, a/estimates.json has too, and it counts once: "
        "gsm8k (seed 3), there gsm8k."
    )
    assert len(both.parts) == 2
    # A part of another is that one's.
    larger = gather([str(first), str(whole)])
    assert {m.model for m in larger.measurements if m.kind == "score"} == {"m0", "m1", "m2"}
    assert len(larger.notes) == 1


def test_experiments_of_several_files_are_pooled(tmp_path: Path) -> None:
    one, other = benchmarks([0.2, 0.6])
    paths = [written(tmp_path, each, name=f"{n}.json") for n, each in enumerate((one, other))]
    # Of another number of draws: only those of one experiment belong together.
    text = json.loads(paths[1].read_text())
    text["estimates"][0]["draws"] = list(np.linspace(0.5, 0.7, 30))
    paths[1].write_text(json.dumps(text))
    file = together([read_measurements(path) for path in paths])
    found = measured(table=writeup_table(), m=0.6, file=file, draws=300, seed=0)
    assert source(found, "ceg", "self_consistency").value == pytest.approx(10**0.4)


def test_experiments_of_one_name_are_told_apart(tmp_path: Path) -> None:
    paths = []
    for number, point in enumerate((0.2, 0.6)):
        own = benchmarks([point])[0] | {"benchmark": f"b{number}"}
        paths.append(written(tmp_path, own, name=f"{number}.json"))
    file = together([read_measurements(path) for path in paths])
    assert [m.experiment for m in file.measurements] == ["e0", "e0 [1.json]"]
    assert len({m.id for m in file.measurements}) == 2


def table(folder: Path, rows: str = "") -> Path:
    """Published scores of a base and few-shot on four models."""
    path = folder / "scores.csv"
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        head = ["model", "family", "stage", "training_flop", "benchmark", "task_type", "stack"]
        lines.writerow([*head, "score", "n", *(["rows"] if rows else [])])
        for n in range(4):
            common = [f"m{n}", "F", "base", 10.0 ** (21 + n), "nq", "qa"]
            lines.writerow([*common, "base", 20 + 15 * n, 800, *([""] if rows else [])])
            lines.writerow([*common, "shots", 28 + 15 * n, 800, *([rows] if rows else [])])
    return path


@pytest.mark.parametrize("rows", ["few_shot", "none", ""])
def test_a_table_is_analysed_and_its_column_says_the_row(tmp_path: Path, rows: str) -> None:
    steps: list[str] = []
    file = gather([str(table(tmp_path, rows))], QUICK, steps.append)
    assert any("bootstrap" in step for step in steps)
    found = measured(table=writeup_table(), m=0.6, file=file, draws=300, seed=0)
    one = source(found, "ceg", "few_shot")
    assert (one.source == "measured") == (rows == "few_shot")
    option = Counting(rows={"shots": "few_shot"})
    said = measured(table=writeup_table(), m=0.6, file=file, draws=300, seed=0, counting=option)
    assert source(said, "ceg", "few_shot").source == "measured"
    assert source(said, "ceg", "few_shot").families == ("F",)


def test_rows_of_a_table_are_checked(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="name a row of the forecast's table for each PTE"):
        gather([str(table(tmp_path, "few_shot+lats"))], QUICK)


def test_a_runs_folder_is_analysed_on_the_way(tmp_path: Path) -> None:
    truth = Truth({frozenset({"a"}): 0.6}, (-1.0, 0.0, 1.0, 2.0), items=150)
    write_records(truth, tmp_path, seed=3)
    file = gather([str(tmp_path)], QUICK)
    assert {m.kind for m in file.measurements} >= {"score", "ceg"}
    benchmark = file.measurements[0].benchmark
    option = Counting(rows={"a": "codet"}, benchmarks={benchmark: ""})
    found = measured(table=writeup_table(), m=0.6, file=file, draws=300, seed=0, counting=option)
    assert source(found, "ceg", "codet").source == "measured"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("no/such", "cannot read no/such"),
        ("wandb:estimates", "names no artefact of W&B"),
        ("wandb:a/b/c", "names no artefact of W&B"),
    ],
)
def test_places_of_which_nothing_can_come(place: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        check_places([place])


def test_a_place_is_named_once(tmp_path: Path) -> None:
    path = str(written(tmp_path, estimate()))
    with pytest.raises(UserError, match="twice"):
        check_places([path, path])


def test_written_estimates_keep_their_schema(tmp_path: Path) -> None:
    path = written(tmp_path, estimate(context_rows=None, training_flop=1e21, rows=None))
    assert read_estimates(path)["estimates"][0]["rows"] is None
