"""One reference a lattice: greedy first, sampled where not all of it was run greedily."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from analysis.contracts.finding import Severity
from analysis.contracts.reference import Decoding
from analysis.pipeline import AnalysisSettings, analyse
from analysis.reading.records import from_frame
from analysis.report import summary, tables
from analysis.report.export import document
from analysis.result import ExperimentResult
from tests.analysis.reading.told import RUNGS, labels, of, one, said

SETTINGS = AnalysisSettings(replicates=100)


def decoded(frame: pd.DataFrame, *stacks: str) -> pd.DataFrame:
    """The records with a greedy arm beside these stacks, which is better where another is right."""
    rows = frame[frame["stack"].isin(stacks)].copy()
    better = frame.loc[of(frame, "a")].set_index(["model", "replicate", "problem"])["score"]
    place = pd.MultiIndex.from_frame(rows[["model", "replicate", "problem"]])
    rows["score"] = np.maximum(rows["score"].to_numpy(), better.reindex(place).to_numpy())
    rows["stack"] += " (greedy)"
    rows["cell"] += "-greedy"
    rows["greedy"] = True
    return pd.concat([frame, rows], ignore_index=True)


@pytest.fixture
def both(frame: pd.DataFrame) -> pd.DataFrame:
    """All stacks without a selection in both decodings."""
    return decoded(frame, "base", "a", "b", "a+b")


@pytest.fixture
def result(both: pd.DataFrame) -> ExperimentResult:
    (found,) = analyse([one(both)], SETTINGS)
    return found


def test_the_reference_is_greedy_where_all_was_run_so(both: pd.DataFrame) -> None:
    experiment = one(both)
    assert experiment.reference.decoding is Decoding.GREEDY
    assert labels(experiment)[:2] == ["base", "base (greedy)"]
    assert (experiment.base, experiment.other_base) == (1, 0)
    assert [arm.label for arm in experiment.arms if arm.selects] == ["self_consistency"]
    assert experiment.multiples is not None
    assert experiment.multiples[experiment.base] == pytest.approx(1)


def test_a_selection_is_given_over_both_and_the_others_over_their_own(
    result: ExperimentResult,
) -> None:
    over = {each.arm: each.reference for each in result.cegs}
    assert over == {
        "base": "base (greedy)",
        "a": "base",
        "a (greedy)": "base (greedy)",
        "b": "base",
        "b (greedy)": "base (greedy)",
        "self_consistency": "base (greedy)",
        "a+b": "base",
        "a+b (greedy)": "base (greedy)",
    }
    (second,) = result.cegs_over_other
    assert (second.arm, second.reference) == ("self_consistency", "base")
    first = next(each for each in result.cegs if each.arm == "self_consistency")
    base = next(each for each in result.cegs if each.arm == "base")
    # What decoding gives is exactly what the two differ by.
    assert first.points.point - second.points.point == pytest.approx(base.points.point)
    assert first.points.point < second.points.point


def test_a_lattice_is_of_one_decoding(result: ExperimentResult) -> None:
    experiment = result.experiment
    (pair,) = result.pairs
    assert {pair.larger, pair.smaller} == {"a", "b"}
    greedy = [experiment.arm(f"{name} (greedy)") for name in ("a+b", "a", "b")]
    assert result.fit is not None
    shift = result.fit.point.shifts[0]
    assert pair.interaction.point == pytest.approx(shift[greedy] @ [1, -1, -1])
    arms = {each.price.arm for each in result.frontier}
    assert arms <= {"self_consistency", "a (greedy)", "b (greedy)", "a+b (greedy)"}


def test_report_and_terminal_name_the_reference(result: ExperimentResult) -> None:
    sentence = summary.sentence(result)
    assert "Gains are over the greedy base (all arms without a selection were run so" in sentence
    assert "selections over the sampled base too" in sentence
    rows = [row for row in summary.terminal(result, 20) if row["arm"] == "self_consistency"]
    assert [row["over"] for row in rows] == ["greedy base", "sampled base"]
    table = summary.table(result)
    assert list(table.loc[table["arm"] == "self_consistency", "over"]) == [
        "greedy base",
        "sampled base",
    ]
    cegs = tables.TABLES["cegs"]([result])
    assert list(cegs.loc[cegs["arm"] == "a", "over"]) == ["sampled base"]


def test_estimates_say_what_they_are_over(result: ExperimentResult) -> None:
    entries = {e["id"].split("/", 1)[1]: e for e in document([result], SETTINGS, [])["estimates"]}

    def told(name: str) -> tuple[str, str, bool]:
        entry = entries[name]
        return entry["reference"], entry["decoding"], entry["primary"]

    assert told("ceg/self_consistency") == ("base (greedy)", "greedy", True)
    assert told("ceg/self_consistency/over/base") == ("base", "sampled", False)
    assert told("ceg/a") == ("base", "sampled", False)
    (exponent,) = (e for name, e in entries.items() if name.startswith("exponent/"))
    assert set(exponent["pair"]) == {"a", "b"}
    assert (exponent["reference"], exponent["primary"]) == ("base (greedy)", True)
    assert entries["M"]["decoding"] == "greedy"


def test_a_greedy_base_alone_leaves_the_lattice_sampled(frame: pd.DataFrame) -> None:
    (result,) = analyse([one(decoded(frame, "base"))], SETTINGS)
    experiment = result.experiment
    assert experiment.reference.decoding is Decoding.SAMPLED
    said(experiment, Severity.NOTE, "over the sampled base", "a, b, a+b was not", "greedy=all")
    assert [each.reference for each in result.cegs_over_other] == ["base (greedy)"]
    assert len(result.pairs) == 1


def test_what_lacks_on_one_rung_is_named(both: pd.DataFrame) -> None:
    lacking = both[~of(both, "b (greedy)", RUNGS[1])]
    experiment = one(lacking)
    assert experiment.reference.decoding is Decoding.SAMPLED
    said(experiment, Severity.NOTE, f"b (on {RUNGS[1]}) was not run greedily")


def test_older_records_that_do_not_say_what_selects(both: pd.DataFrame) -> None:
    said_so = both.assign(selects=both["stack"] == "self_consistency", must_sample="")
    for frame in (said_so, both.drop(columns=["selects", "must_sample"], errors="ignore")):
        experiment = one(frame)
        assert experiment.reference.decoding is Decoding.GREEDY
        assert [arm.label for arm in experiment.arms if arm.selects] == ["self_consistency"]


def test_one_decoding_is_said_and_why(frame: pd.DataFrame) -> None:
    (plain,) = analyse([one(frame)], SETTINGS)
    assert "over the sampled base (no arm was run greedily)" in summary.sentence(plain)
    assert "over" not in summary.table(plain)
    must = one(frame.assign(must_sample="it must sample (needs_sampling)"))
    assert must.reference.reason == "it must sample (needs_sampling)"
    cold = one(frame.assign(sampling=json.dumps({"solve": {"temperature": 0.0}})))
    assert cold.reference.decoding is Decoding.GREEDY
    assert cold.base == 0


def test_the_reference_can_be_asked_for(both: pd.DataFrame, frame: pd.DataFrame) -> None:
    (sampled,) = from_frame(both, reference=Decoding.SAMPLED)
    assert sampled.base == 0
    assert sampled.reference.words == "the sampled base"
    (only,) = from_frame(frame, reference=Decoding.GREEDY)
    said(only, Severity.WARNING, "greedy reference was asked for", "over the sampled base")
