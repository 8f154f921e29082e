"""Measured values in place of guesses, row by row."""

from __future__ import annotations

import json
from math import log10
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.forecast.aggregate import change_months, totals_by_date
from analysis.forecast.distributions import drawn
from analysis.forecast.measured.estimates import read_measurements
from analysis.forecast.measured.values import Measured, ValueSource, measured
from analysis.writeup.table import writeup_table
from harness.errors import UserError

DRAWS = 400
NOISE = np.random.default_rng(5).standard_normal(50)


def estimate(**changes: Any) -> dict[str, Any]:
    """A measured CEG of self-consistency on GSM8K."""
    point = changes.get("point", log10(4))
    spread = None if point is None else [float(point + 0.1 * z) for z in NOISE]
    ptes = changes.get("ptes", ["self_consistency"])
    return {
        "rows": ptes,
        "toy": False,
        "id": "gsm8k/ceg/self_consistency",
        "kind": "ceg",
        "experiment": "gsm8k",
        "benchmark": "gsm8k",
        "task_type": "math",
        "model": None,
        "stack": "self_consistency",
        "ptes": ["self_consistency"],
        "reference": "base",
        "pair": None,
        "context": None,
        "scale": "log10_ceg",
        "oracle": False,
        "definition": "inside",
        "inference_multiple": 5.0,
        "at_least": None,
        "point": point,
        "median": point,
        "low": None if point is None else point - 0.2,
        "high": None if point is None else point + 0.2,
        "status": "interpolated",
        "reason": "",
        "draws": spread,
    } | changes


def exponent(pair: list[str], point: float, **changes: Any) -> dict[str, Any]:
    """A measured exponent of a pair."""
    return estimate(
        id=f"gsm8k/exponent/{'+'.join(pair)}",
        kind="exponent",
        stack="+".join(pair),
        ptes=pair,
        pair=pair,
        scale="exponent",
        point=point,
        status="estimated",
        **changes,
    )


def written(folder: Path, *estimates: dict[str, Any], name: str = "estimates.json") -> Path:
    """A file of estimates."""
    path = folder / name
    generated = {
        "by": "a test",
        "at": "2026-01-01T00:00:00+00:00",
        "seed": 0,
        "replicates": 50,
        "form": "logistic",
        "margin": 0.2,
        "inputs": [],
        "provenance": {},
    }
    file = {
        "schema_version": 1,
        "generated": generated,
        "estimates": list(estimates),
        "findings": [],
    }
    path.write_text(json.dumps(file))
    return path


def find(folder: Path, *estimates: dict[str, Any], n: int = DRAWS, **options: Any) -> Measured:
    file = read_measurements(written(folder, *estimates))
    return measured(table=writeup_table(), m=0.6, file=file, draws=n, seed=0, **options)


def source(found: Measured, quantity: str, key: str = "") -> ValueSource:
    return next(s for s in found.sources if (s.quantity, s.key) == (quantity, key))


def test_nothing_measured_is_all_guessed() -> None:
    result = measured(table=writeup_table(), m=0.6, file=None, draws=DRAWS, seed=0)
    assert {one.source for one in result.sources} == {"guessed"}
    assert len(result.sources) == 36
    assert all(one.value == pytest.approx(one.guess) for one in result.sources)
    assert not result.given.log_ceg
    assert result.given.m is None


def test_a_measured_ceg_replaces_the_guess_of_its_row(tmp_path: Path) -> None:
    result = find(tmp_path, estimate())
    one = source(result, "ceg", "self_consistency")
    assert (one.source, one.estimates) == ("measured", ("gsm8k/ceg/self_consistency",))
    assert (one.value, one.guess) == pytest.approx((4, 1.5))
    assert "not measured: coding, qa" in one.reason
    assert sum(s.source != "guessed" for s in result.sources) == 1
    assert result.given.log_ceg["self_consistency"].shape == (DRAWS,)
    assert one.estimand == "recipe"


def test_draws_are_joint_within_an_experiment(tmp_path: Path) -> None:
    """Noise that both share is shared in the forecast; how other benchmarks differ is not."""

    def together(**changes: Any) -> float:
        noisy = {"low": 0.6 - 4, "high": 0.6 + 4, "draws": (0.6 + 2 * NOISE).tolist()}
        other = noisy | {"id": "b", "ptes": ["few_shot"], "stack": "few_shot", "point": 1.0}
        found = find(tmp_path, estimate(**noisy), estimate(**other | changes), n=4000)
        one, two = (found.given.log_ceg[key] for key in ("self_consistency", "few_shot"))
        return float(np.corrcoef(one, two)[0, 1])

    assert together() > 0.8
    assert abs(together(experiment="another", benchmark="another")) < 0.2


def test_benchmarks_of_all_kinds_that_count_are_pooled(tmp_path: Path) -> None:
    def on(benchmark: str, task_type: str, point: float) -> dict[str, Any]:
        named = {"id": benchmark, "experiment": benchmark, "benchmark": benchmark}
        return estimate(**named, task_type=task_type, point=point)

    three = on("gsm8k", "math", 0.2), on("math500", "math", 0.4), on("nq", "qa", 0.9)
    alike = source(find(tmp_path, *three), "ceg", "self_consistency")
    assert alike.value == pytest.approx(10**0.5)  # of equal noise, so the plain mean
    weights = {"math": 1.0, "qa": 2.0}
    heavier = source(find(tmp_path, *three, weights=weights), "ceg", "self_consistency")
    assert heavier.value == pytest.approx(10 ** ((0.2 + 0.4 + 2 * 0.9) / 4))
    facts = find(tmp_path, on("gsm8k", "math", 0.2), on("triviaqa", "facts", 0.9))
    one = source(facts, "ceg", "self_consistency")
    assert one.value == pytest.approx(10**0.2)
    assert one.estimates == ("gsm8k",)
    assert "triviaqa is of the kind facts, which has no weight" in one.reason


@pytest.mark.parametrize("status", ["flat_ladder", "inverse_scaling", "refused", "right_censored"])
def test_what_is_no_estimate_leaves_the_guess(tmp_path: Path, status: str) -> None:
    result = find(tmp_path, estimate(status=status, reason="the ladder says so"))
    one = source(result, "ceg", "self_consistency")
    assert one.source == "guessed"
    assert one.value == pytest.approx(1.5)
    assert status in one.reason


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"oracle": True}, "hidden target"),
        ({"definition": "outside (inference)"}, "outside (inference)"),
        ({"low": None, "high": None}, "not bounded"),
    ],
)
def test_what_is_no_pte_or_has_no_end_leaves_the_guess(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    one = source(find(tmp_path, estimate(**changes)), "ceg", "self_consistency")
    assert one.source == "guessed"
    assert told in one.reason


def test_two_settings_in_one_experiment_are_not_averaged(tmp_path: Path) -> None:
    forty = estimate(id="gsm8k/ceg/self_consistency[n=40]", point=1.2)
    one = source(find(tmp_path, estimate(), forty), "ceg", "self_consistency")
    assert one.source == "guessed"
    assert "self_consistency[n=40]" in one.reason


def test_a_task_type_without_a_weight_leaves_the_guess(tmp_path: Path) -> None:
    result = find(tmp_path, estimate(task_type="facts"))
    one = source(result, "ceg", "self_consistency")
    assert one.source == "guessed"
    assert "facts" in one.reason


def test_unbounded_draws_are_passed_over_or_refuse_the_estimate(tmp_path: Path) -> None:
    few, many = estimate(), estimate()
    few["draws"] = [None, *few["draws"][1:]]
    many["draws"] = [None] * 25 + many["draws"][25:]
    assert np.all(np.isfinite(find(tmp_path, few).given.log_ceg["self_consistency"]))
    one = source(find(tmp_path, many), "ceg", "self_consistency")
    assert one.source == "guessed"
    assert "50% of its draws" in one.reason


def test_without_draws_the_interval_is_used(tmp_path: Path) -> None:
    result = find(tmp_path, estimate(point=1.0, low=-3.0, high=5.0, draws=[]), n=4000)
    draws = result.given.log_ceg["self_consistency"]
    assert draws.mean() == pytest.approx(1.0, abs=0.1)
    # Its own noise, and how other benchmarks may differ.
    assert draws.std() == pytest.approx(np.hypot(8 / 3.92, 0.49), abs=0.08)


def test_an_exponent_of_a_running_total_is_a_mean_over_the_pairs_before_it(tmp_path: Path) -> None:
    whole = find(tmp_path, exponent(["chain_of_thought", "few_shot"], 0.9))
    one = source(whole, "exponent", "chain_of_thought")
    assert one.source == "measured"
    assert one.value == pytest.approx(0.9)
    part = find(tmp_path, exponent(["lats", "react"], 1.11))
    one = source(part, "exponent", "lats")
    assert one.source == "measured in part"
    assert one.value == pytest.approx((1.11 + 3 * 0.4) / 4)
    assert one.reason.startswith("1 of 4 pairs")
    named = find(tmp_path, exponent(["process_verification", "self_consistency"], 0.2))
    key = "process_verification on self_consistency"
    assert source(named, "exponent", key).value == pytest.approx(0.2)


def test_exponents_with_context_and_strangers_are_not_used(tmp_path: Path) -> None:
    stranger = estimate(id="x", ptes=["model_judge"], stack="model_judge")
    across = exponent(["few_shot", "self_consistency"], 0.5)
    inside = exponent(["few_shot", "chain_of_thought"], 0.9, context=["self_consistency"])
    result = find(tmp_path, stranger, across, inside)
    assert {one.source for one in result.sources} == {"guessed"}
    assert [name for name, _ in result.unused] == ["x", across["id"]]


M = {"kind": "M", "scale": "M", "ptes": ["few_shot", "self_consistency"]}
M |= {"rows": M["ptes"]}


def of_m(**changes: Any) -> dict[str, Any]:
    """An M of stacks of two rows."""
    return estimate(**(M | changes))


def test_measured_m_replaces_the_guess(tmp_path: Path) -> None:
    result = find(tmp_path, of_m(id="m", point=0.4))
    assert source(result, "M").value == pytest.approx(0.4)
    assert result.points.m == pytest.approx([0.4])
    assert drawn(writeup_table(), 0.6, DRAWS, 0, result.given).m.mean() == pytest.approx(
        0.4, abs=0.05
    )


def test_a_harmful_pte_counts_as_left_out(tmp_path: Path) -> None:
    result = find(
        tmp_path,
        estimate(ptes=["few_shot"], stack="few_shot", point=-0.5, status="harmful"),
    )
    assert source(result, "ceg", "few_shot").source == "measured"
    totals = totals_by_date(writeup_table(), result.points, change_months(writeup_table()), False)
    assert totals[0, 0] == 0, "in 2020-05 there is nothing else"


def test_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "estimates.json"
    with pytest.raises(UserError, match="cannot read"):
        read_measurements(path)
    for text, why in (
        ("{", "not JSON"),
        ("[]", "schema_version"),
        ('{"schema_version": 2}', "schema_version 2"),
        ('{"schema_version": 1, "generated": {}, "estimates": [{"id": "x"}]}', "estimates.json"),
    ):
        path.write_text(text)
        with pytest.raises(UserError, match=why):
            read_measurements(path)


def test_estimates_with_different_numbers_of_draws_do_not_belong_together(tmp_path: Path) -> None:
    other = estimate(id="b", ptes=["few_shot"], draws=[0.1, 0.2])
    with pytest.raises(UserError, match="as many draws"):
        find(tmp_path, estimate(), other)


def test_a_ceg_over_the_reference_is_taken_and_not_the_one_over_the_other_base(
    tmp_path: Path,
) -> None:
    greedy = {"reference": "base (greedy)", "decoding": "greedy", "primary": True}
    sampled = {"id": "second", "reference": "base", "decoding": "sampled", "primary": False}
    result = find(tmp_path, estimate(**greedy), estimate(**sampled, point=log10(9)))
    one = source(result, "ceg", "self_consistency")
    assert one.source == "measured"
    assert one.value == pytest.approx(4)
    ((name, reason),) = result.unused
    assert name == "second"
    assert "over the base of the other decoding" in reason


def benchmarks(points: list[float], **changes: Any) -> list[dict[str, Any]]:
    """The same PTE on several benchmarks, or with `benchmark` in several experiments on one."""
    return [
        estimate(**{"id": f"e{n}", "experiment": f"e{n}", "benchmark": f"e{n}"} | changes, point=p)
        for n, p in enumerate(points)
    ]


@pytest.mark.parametrize("by", ["benchmark", "items"])
def test_experiments_on_the_same_items_are_one_piece_of_evidence(tmp_path: Path, by: str) -> None:
    rng = np.random.default_rng(3)
    given = benchmarks([0.4, 0.6, 0.5], **({"benchmark": "gsm8k"} if by == "benchmark" else {}))
    for each in given:
        each["draws"] = (each["point"] + 0.1 * rng.standard_normal(50)).tolist()
    if by == "items":
        given[1]["shares_items_with"] = ["e0"]
        given[2]["shares_items_with"] = ["e1"]
    one = source(find(tmp_path, *given), "ceg", "self_consistency")
    assert "one benchmark: how others differ is not known" in one.reason
    assert one.value == pytest.approx(10**0.5)


def test_m_of_benchmarks_that_differ_is_less_certain(tmp_path: Path) -> None:
    def m(points: list[float]) -> float:
        several = [each | M | {"status": "estimated"} for each in benchmarks(points)]
        drawn = find(tmp_path, *several).given.m
        assert drawn is not None
        return float(np.subtract(*np.quantile(drawn, [0.9, 0.1])))

    assert m([0.3, 0.5, 0.9]) > 2 * m([0.56, 0.57, 0.57])
