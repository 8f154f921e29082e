from math import inf, isnan

import numpy as np
import pandas as pd
import pytest

from analysis.contracts.estimate import Estimate, refused
from analysis.report.columns import DICTIONARY, meaning, multiple, raised
from analysis.report.tables import TABLES
from analysis.result import ExperimentResult

Results = tuple[ExperimentResult, ...]


@pytest.fixture(scope="module")
def frames(results: Results) -> dict[str, pd.DataFrame]:
    return {name: make(results) for name, make in TABLES.items()}


def test_every_column_is_explained_and_every_explanation_used(
    frames: dict[str, pd.DataFrame], growing: ExperimentResult
) -> None:
    several = [*frames.values(), TABLES["cegs_by_compute"]([growing])]
    columns = {column for frame in several for column in frame.columns}
    assert all(meaning(column) for column in columns)
    stems = {c.removesuffix("_low").removesuffix("_high") for c in columns}
    assert set(DICTIONARY) == stems


def test_scores_are_the_experiments_means_in_points(
    frames: dict[str, pd.DataFrame], results: Results
) -> None:
    scores = frames["scores"]
    assert len(scores) == sum(np.isfinite(r.experiment.means).sum() for r in results)
    row = scores.iloc[0]
    assert row["score"] == pytest.approx(100 * results[0].experiment.means[0, 0])
    assert row["score_low"] < row["score"] < row["score_high"]


def test_cegs_are_raised_and_keep_their_log(frames: dict[str, pd.DataFrame]) -> None:
    ladder = frames["cegs"].query("experiment == 'ladder <1>'")
    assert ladder["ceg"].to_numpy() == pytest.approx(10 ** ladder["log10_ceg"].to_numpy())
    assert ladder["ceg_low"].to_numpy() == pytest.approx(10 ** ladder["log10_ceg_low"].to_numpy())
    assert (ladder["forms_low"] <= ladder["ceg"]).all()
    assert (ladder["forms_high"] >= ladder["ceg"]).all()


def test_unbounded_is_inf_and_zero(frames: dict[str, pd.DataFrame]) -> None:
    flat = frames["cegs"].query("experiment == 'flat'")
    assert set(flat["status"]) == {"flat_ladder"}
    assert (flat["ceg_high"] == inf).any()
    assert (flat["ceg_low"] == 0).any()


def test_a_refused_ceg_has_no_numbers_but_its_reason(frames: dict[str, pd.DataFrame]) -> None:
    rung = frames["cegs"].query("experiment == 'one rung'")
    assert rung[["ceg", "ceg_low", "ceg_high", "log10_ceg"]].isna().all(axis=None)
    assert set(rung["status"]) == {"refused"}
    assert rung["reason"].str.contains("a ladder").all()
    assert rung[["logits", "points"]].notna().all(axis=None)


def test_findings_come_worst_first(frames: dict[str, pd.DataFrame]) -> None:
    order = ["refused", "warning", "note"]
    places = [order.index(severity) for severity in frames["findings"]["severity"]]
    assert places == sorted(places)
    assert len(places) >= 2


def test_multiples_overflow_to_inf_and_refusals_to_nan() -> None:
    assert multiple(400) == inf
    assert multiple(-inf) == 0
    assert raised("c", Estimate(point=1.0, low=-inf, high=2.0)) == {
        "c": 10,
        "c_low": 0,
        "c_high": 100,
    }
    assert all(isnan(value) for value in raised("c", refused("no")).values())
