import json
from math import isinf
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from analysis.contracts.estimate import Estimate
from analysis.exchange.estimates import read_estimates, validator, write_estimates
from analysis.forecast.measured.estimates import read_measurements
from analysis.pipeline import AnalysisSettings
from analysis.report import export
from analysis.report.export import document, plain
from analysis.result import ExperimentResult
from harness.errors import UserError

Results = tuple[ExperimentResult, ...]


@pytest.fixture(scope="module")
def content(results: Results, settings: AnalysisSettings) -> dict[str, Any]:
    return document(results, settings, ["runs"])


def entry(content: dict[str, Any], name: str) -> dict[str, Any]:
    return next(e for e in content["estimates"] if e["id"] == name)


def test_what_is_written_is_read_back(content: dict[str, Any], tmp_path: Path) -> None:
    write_estimates(tmp_path / "e.json", content)
    assert read_estimates(tmp_path / "e.json") == content
    read = read_measurements(tmp_path / "e.json")
    assert [m.id for m in read.measurements] == [e["id"] for e in content["estimates"]]


def test_the_schema_is_one_and_describes_every_field() -> None:
    schema = validator().schema
    jsonschema.Draft202012Validator.check_schema(schema)

    def walk(node: dict[str, Any]) -> None:
        for field in node.get("properties", {}).values():
            assert field["description"]
            walk(field)
            walk(field.get("items", {}))

    walk(schema)


def test_ids_are_unique_and_every_kind_is_there(
    content: dict[str, Any], growing: ExperimentResult, settings: AnalysisSettings
) -> None:
    estimates = [*content["estimates"], *document([growing], settings, [])["estimates"]]
    ids = [e["id"] for e in estimates]
    assert len(set(ids)) == len(ids)
    kinds = validator().schema["properties"]["estimates"]["items"]["properties"]["kind"]["enum"]
    assert {e["kind"] for e in estimates} == set(kinds)


def test_a_rejected_mean_says_so_and_has_its_line_beside_it(
    growing: ExperimentResult, settings: AnalysisSettings, tmp_path: Path
) -> None:
    written = document([growing], settings, [])
    write_estimates(tmp_path / "e.json", written)
    mean = entry(written, "growing/ceg/a")
    assert "a mean over the ladder's rungs, and rejected as one CEG" in mean["reason"]
    line = [entry(written, f"growing/ceg_at/a/simulated-{rung}") for rung in range(7)]
    points = [each["point"] for each in line]
    assert points == sorted(points)
    assert points[0] < mean["point"] < points[-1]
    growth = entry(written, "growing/ceg_growth/a")
    assert growth["point"] == pytest.approx((points[-1] - points[0]) / 2, rel=1e-4)
    assert growth["low"] > 0


def test_numbers_are_those_of_the_analysis(content: dict[str, Any], results: Results) -> None:
    ceg = next(c for c in results[0].cegs if c.arm == "vote")
    result = entry(content, "ladder <1>/ceg/vote")
    assert result["point"] == pytest.approx(ceg.ceg.point, rel=1e-5)
    assert result["low"] == pytest.approx(ceg.ceg.low, rel=1e-5)
    assert result["ptes"] == ["vote"]
    assert result["reference"] == "base"
    points = entry(content, "ladder <1>/score_difference/vote")
    assert points["point"] == pytest.approx(100 * ceg.points.point, rel=1e-5)
    assert points["scale"] == "points"
    assert points["estimand"] == result["estimand"] == "recipe"


def test_a_pair_names_the_larger_first(content: dict[str, Any], results: Results) -> None:
    pair = results[0].pairs[0]
    result = entry(content, f"ladder <1>/exponent/{pair.larger}/{pair.smaller}")
    assert result["pair"] == [pair.larger, pair.smaller]
    assert result["context"] == []


def test_unbounded_and_refused_are_null(content: dict[str, Any], results: Results) -> None:
    flat = [e for e in content["estimates"] if e["experiment"] == "flat" and e["kind"] == "ceg"]
    source = {c.arm: c.ceg for c in results[2].cegs}
    assert any(isinf(source[e["stack"]].high) for e in flat)
    for e in flat:
        assert (e["high"] is None) == isinf(source[e["stack"]].high)
        assert (e["low"] is None) == isinf(source[e["stack"]].low)
    refused = entry(content, "one rung/ceg/vote")
    assert refused["status"] == "refused"
    assert [refused[k] for k in ("point", "median", "low", "high", "draws")] == [None] * 4 + [[]]


def test_draws_of_one_index_belong_together(
    content: dict[str, Any], settings: AnalysisSettings
) -> None:
    both = np.array(entry(content, "ladder <1>/ceg/few_shot+vote")["draws"])
    alone = np.array(entry(content, "ladder <1>/ceg/few_shot")["draws"])
    added = entry(content, "ladder <1>/conditional_ceg/vote/on/few_shot")["draws"]
    assert len(both) == settings.replicates
    rounding = 1e-4 + 1e-5 * (abs(both) + abs(alone))  # six digits of each
    assert (abs(both - alone - added) <= rounding).all()


def test_draws_are_thinned_evenly_with_nulls() -> None:
    draws = np.arange(5000, dtype=np.float64)
    draws[0] = np.inf
    thin = export._thinned(Estimate(point=0, low=0, high=0, draws=draws), 1.0)
    assert len(thin) == 1000
    assert thin[0] is None
    assert thin[-1] == 4999
    assert np.ptp(np.diff(np.array(thin[1:], dtype=float))) <= 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not json", "not JSON"),
        ('{"schema_version": 2}', "schema_version 2"),
        ('{"schema_version": 1}', "at the top"),
        ("[]", "schema_version None"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "e.json").write_text(text)
    with pytest.raises(UserError, match=told):
        read_estimates(tmp_path / "e.json")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.json"):
        read_estimates(tmp_path / "nothing.json")


def test_what_breaks_the_schema_is_not_written(content: dict[str, Any], tmp_path: Path) -> None:
    broken = json.loads(json.dumps(content))
    broken["estimates"][0]["status"] = "guessed"
    with pytest.raises(jsonschema.ValidationError):
        write_estimates(tmp_path / "e.json", broken)
    assert not (tmp_path / "e.json").exists()


def test_provenance_becomes_plain() -> None:
    given = {1: np.float64(2), "a": (np.array([1, 2]), float("nan")), "b": None, "c": True}
    assert plain(given) == {"1": 2.0, "a": [[1, 2], None], "b": None, "c": True}
