import json
from math import isinf

import jsonschema
import numpy as np
import pytest

from analysis.contracts.estimate import Estimate
from analysis.exchange.estimates import read_estimates, validator, write_estimates
from analysis.forecast.measured.estimates import read_measurements
from analysis.report import export
from analysis.report.export import document, plain
from harness.errors import UserError


@pytest.fixture(scope="module")
def content(results, settings):
    return document(results, settings, ["runs"])


def entry(content, name):
    return next(e for e in content["estimates"] if e["id"] == name)


def test_what_is_written_is_read_back(content, tmp_path):
    write_estimates(tmp_path / "e.json", content)
    assert read_estimates(tmp_path / "e.json") == content
    read = read_measurements(tmp_path / "e.json")
    assert [m.id for m in read.measurements] == [e["id"] for e in content["estimates"]]


def test_the_schema_is_one_and_describes_every_field():
    schema = validator().schema
    jsonschema.Draft202012Validator.check_schema(schema)

    def walk(node):
        for field in node.get("properties", {}).values():
            assert field["description"]
            walk(field)
            walk(field.get("items", {}))

    walk(schema)


def test_ids_are_unique_and_every_kind_is_there(content):
    ids = [e["id"] for e in content["estimates"]]
    assert len(set(ids)) == len(ids)
    kinds = validator().schema["properties"]["estimates"]["items"]["properties"]["kind"]["enum"]
    assert {e["kind"] for e in content["estimates"]} == set(kinds)


def test_numbers_are_those_of_the_analysis(content, results):
    ceg = next(c for c in results[0].cegs if c.arm == "vote")
    found = entry(content, "ladder <1>/ceg/vote")
    assert found["point"] == pytest.approx(ceg.ceg.point, rel=1e-5)
    assert found["low"] == pytest.approx(ceg.ceg.low, rel=1e-5)
    assert found["ptes"] == ["vote"]
    assert found["reference"] == "base"
    points = entry(content, "ladder <1>/score_difference/vote")
    assert points["point"] == pytest.approx(100 * ceg.points.point, rel=1e-5)
    assert points["scale"] == "points"


def test_a_pair_names_the_larger_first(content, results):
    pair = results[0].pairs[0]
    found = entry(content, f"ladder <1>/exponent/{pair.larger}/{pair.smaller}")
    assert found["pair"] == [pair.larger, pair.smaller]
    assert found["context"] == []


def test_unbounded_and_refused_are_null(content, results):
    flat = [e for e in content["estimates"] if e["experiment"] == "flat" and e["kind"] == "ceg"]
    source = {c.arm: c.ceg for c in results[2].cegs}
    assert any(isinf(source[e["stack"]].high) for e in flat)
    for e in flat:
        assert (e["high"] is None) == isinf(source[e["stack"]].high)
        assert (e["low"] is None) == isinf(source[e["stack"]].low)
    refused = entry(content, "one rung/ceg/vote")
    assert refused["status"] == "refused"
    assert [refused[k] for k in ("point", "median", "low", "high", "draws")] == [None] * 4 + [[]]


def test_draws_of_one_index_belong_together(content, settings):
    both = entry(content, "ladder <1>/ceg/few_shot+vote")["draws"]
    alone = entry(content, "ladder <1>/ceg/few_shot")["draws"]
    added = entry(content, "ladder <1>/conditional_ceg/vote/on/few_shot")["draws"]
    assert len(both) == settings.replicates
    assert np.allclose(np.array(both) - np.array(alone), added, atol=1e-4)


def test_draws_are_thinned_evenly_with_nulls():
    draws = np.arange(5000.0)
    draws[0] = np.inf
    thin = export._thinned(Estimate(0, 0, 0, draws=draws), 1.0)
    assert len(thin) == 1000
    assert thin[0] is None
    assert thin[-1] == 4999
    assert np.ptp(np.diff(thin[1:])) <= 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not json", "not JSON"),
        ('{"schema_version": 2}', "schema_version 2"),
        ('{"schema_version": 1}', "at the top"),
        ("[]", "schema_version None"),
    ],
)
def test_other_files_are_refused(tmp_path, text, told):
    (tmp_path / "e.json").write_text(text)
    with pytest.raises(UserError, match=told):
        read_estimates(tmp_path / "e.json")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"nothing\.json"):
        read_estimates(tmp_path / "nothing.json")


def test_what_breaks_the_schema_is_not_written(content, tmp_path):
    broken = json.loads(json.dumps(content))
    broken["estimates"][0]["status"] = "guessed"
    with pytest.raises(jsonschema.ValidationError):
        write_estimates(tmp_path / "e.json", broken)
    assert not (tmp_path / "e.json").exists()


def test_provenance_becomes_plain():
    given = {1: np.float64(2), "a": (np.array([1, 2]), float("nan")), "b": None, "c": True}
    assert plain(given) == {"1": 2.0, "a": [[1, 2], None], "b": None, "c": True}
