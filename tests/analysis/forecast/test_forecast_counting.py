"""What of measured values counts: rows that say what they are, benchmarks that count, compute."""

from __future__ import annotations

from math import log10
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.forecast.growth import Growth
from analysis.forecast.measured.counting import Counting
from analysis.forecast.measured.estimates import read_measurements
from analysis.forecast.measured.model_numbers import GUESSED
from analysis.forecast.measured.moved import ALL, TABLE, moved
from analysis.forecast.measured.told import first_lines
from analysis.forecast.measured.values import measured
from analysis.forecast.slope import CONVENTIONS
from analysis.forecast.study import Options, study
from analysis.writeup.months import month
from analysis.writeup.table import writeup_table
from harness.errors import UserError
from tests.analysis.forecast.test_forecast_measured import (
    NOISE,
    benchmarks,
    estimate,
    exponent,
    find,
    source,
    written,
)


def without(one: dict[str, Any], *names: str) -> dict[str, Any]:
    """An estimate as an older file has it."""
    return {key: value for key, value in one.items() if key not in names}


def of(pte: str, row: str | None, **changes: Any) -> dict[str, Any]:
    """A CEG of a PTE that says which row it is."""
    named = {"id": f"e/{pte}", "ptes": [pte], "stack": pte, "rows": [row]}
    return estimate(**named | changes)


def test_a_name_fills_no_row(tmp_path: Path) -> None:
    """Act-only is called react too, and the prompted Toolformer toolformer: stand-ins both."""
    for name in ("react", "toolformer", "verification"):
        found = find(tmp_path, of(name, None))
        assert source(found, "ceg", name).source == GUESSED
        [(_, why)] = found.unused
        assert f"{name} does not say that it is a row" in why


def test_what_says_that_it_is_a_row_fills_it_under_any_name(tmp_path: Path) -> None:
    found = find(tmp_path, of("our_votes", "self_consistency"))
    assert source(found, "ceg", "self_consistency").value == pytest.approx(4)
    pair = exponent(["mine", "shots"], 0.9) | {"rows": ["chain_of_thought", "few_shot"]}
    found = find(tmp_path, pair)
    assert source(found, "exponent", "chain_of_thought").value == pytest.approx(0.9)
    standing_in = exponent(["chain_of_thought", "few_shot"], 0.9) | {"rows": [None, "few_shot"]}
    assert source(find(tmp_path, standing_in), "exponent", "chain_of_thought").source == GUESSED


def test_the_user_says_which_row_it_is_of_older_files(tmp_path: Path) -> None:
    older = without(of("self_consistency", None), "rows", "toy")
    found = find(tmp_path, older)
    assert source(found, "ceg", "self_consistency").source == GUESSED
    assert "does not say which row" in found.unused[0][1]
    counting = Counting(rows={"self_consistency": "self_consistency"}, benchmarks={"gsm8k": ""})
    found = find(tmp_path, older, counting=counting)
    assert source(found, "ceg", "self_consistency").value == pytest.approx(4)
    no_toy = find(tmp_path, older, counting=Counting(rows=counting.rows))
    assert "does not say whether gsm8k is a toy" in no_toy.unused[0][1]


def test_the_user_says_what_is_no_row(tmp_path: Path) -> None:
    five = estimate(stack="self_consistency[n=5]")
    forty = estimate(id="x", stack="self_consistency[n=40]", point=1.2)
    both = find(tmp_path, five, forty)
    one = source(both, "ceg", "self_consistency")
    assert one.source == GUESSED
    assert "--row 'self_consistency[n=40]=none'" in one.reason
    counting = Counting(rows={"self_consistency[n=40]": None})
    chosen = find(tmp_path, five, forty, counting=counting)
    assert source(chosen, "ceg", "self_consistency").value == pytest.approx(4)


def test_a_row_on_top_of_another_is_not_filled_by_a_gain_over_the_base(tmp_path: Path) -> None:
    alone = of("steps", "process_verification")
    found = find(tmp_path, alone)
    assert "on top of verification" in found.unused[0][1]
    on_top = of(
        "steps",
        "process_verification",
        id="c",
        kind="conditional_ceg",
        reference="judged",
        primary=True,
        context=["judged"],
        context_rows=["verification"],
    )
    both = find(tmp_path, alone, on_top)
    assert source(both, "ceg", "process_verification").estimates == ("c",)


def test_a_toy_counts_where_it_is_named(tmp_path: Path) -> None:
    toy = estimate(toy=True)
    assert "gsm8k is a toy" in source(find(tmp_path, toy), "ceg", "self_consistency").reason
    named = find(tmp_path, toy, counting=Counting(benchmarks={"gsm8k": ""}))
    assert source(named, "ceg", "self_consistency").value == pytest.approx(4)


def test_a_kind_of_task_is_said_by_the_user_where_the_file_does_not(tmp_path: Path) -> None:
    silent = estimate(task_type="")
    one = source(find(tmp_path, silent), "ceg", "self_consistency")
    assert "--count-benchmark gsm8k=TYPE" in one.reason
    told = find(tmp_path, silent, counting=Counting(benchmarks={"gsm8k": "math"}))
    one = source(told, "ceg", "self_consistency")
    assert one.source == "measured"
    assert "not measured: coding, qa" in one.reason


@pytest.mark.parametrize(
    ("counting", "told"),
    [
        (Counting(rows={"self_consistency": "voting"}), "the table has no row voting"),
        (Counting(rows={"votes": "self_consistency"}), "nothing was measured of such a PTE"),
        (Counting(benchmarks={"gsm": ""}), "nothing was measured of such a benchmark"),
        (Counting(benchmarks={"gsm8k": "maths"}), "no kind of task maths"),
    ],
)
def test_what_is_not_there_is_refused(tmp_path: Path, counting: Counting, told: str) -> None:
    with pytest.raises(UserError, match=told):
        find(tmp_path, estimate(), counting=counting)


def test_a_row_is_said_of_each_pte_or_of_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has 2 rows for 1 ptes"):
        find(tmp_path, estimate(rows=["few_shot", None]))


def test_m_is_of_rows_alone(tmp_path: Path) -> None:
    """M of stacks with a stand-in among them says nothing of the table's; of a file that does not
    name its PTEs nobody knows."""
    of_m = estimate(id="m", kind="M", ptes=["cot", "voting"], scale="M", point=0.4, reference=None)
    rows = ["chain_of_thought", "self_consistency"]
    assert source(find(tmp_path, of_m | {"rows": rows}), "M").value == pytest.approx(0.4)
    found = find(tmp_path, of_m | {"rows": [rows[0], None]})
    assert source(found, "M").source == GUESSED
    assert "voting does not say that it is a row" in found.dropped[0].reason
    older = find(tmp_path, of_m | {"ptes": [], "rows": []})
    assert source(older, "M").source == GUESSED
    assert "does not say of which PTEs its M is" in older.dropped[0].reason


def line(growth: float = 0.5, **changes: Any) -> list[dict[str, Any]]:
    """A CEG that grows by so many OOM an OOM from 10 at 1e21 FLOP; its mean is rejected."""
    low = {"kind": "ceg_at", "model": "small", "training_flop": 1e21, "point": 1.0, "id": "low"}
    high = {"kind": "ceg_at", "model": "large", "training_flop": 1e23, "id": "high"}
    high |= {"point": 1.0 + 2 * growth, "draws": (1.0 + 2 * growth + 0.3 * NOISE).tolist()}
    return [estimate(**each | changes) for each in ({"point": 1.5}, low, high)]


def test_a_gain_that_changes_with_compute_is_not_its_mean(tmp_path: Path) -> None:
    one = source(find(tmp_path, *line()), "ceg", "self_consistency")
    assert one.source == GUESSED
    assert "--at-compute" in one.reason


def test_it_is_taken_at_the_compute_that_is_named(tmp_path: Path) -> None:
    """By hand: 10 at 1e21 and 100 at 1e23 are 31.6 at 1e22, and 1000 at 1e25."""
    for flop, value in ((1e22, 10**1.5), (1e25, 1e3)):
        found = find(tmp_path, *line(), counting=Counting(at_compute=flop))
        assert source(found, "ceg", "self_consistency").value == pytest.approx(value)
    far = source(found, "ceg", "self_consistency")
    assert "2.0 OOM beyond its rungs" in far.reason
    near = find(tmp_path, *line(), n=4000, counting=Counting(at_compute=1e22))
    wide = find(tmp_path, *line(), n=4000, counting=Counting(at_compute=1e27))
    spread = [np.std(x.given.log_ceg["self_consistency"]) for x in (near, wide)]
    # .1 at the first rung and .3 at the last part to .7 four OOM beyond, beside .49 of benchmarks.
    assert spread[1] == pytest.approx(np.hypot(0.49, 0.7), rel=0.1)
    assert spread[0] < 0.6


def test_older_lines_without_their_compute_are_refused(tmp_path: Path) -> None:
    given = [without(each, "training_flop") for each in line()]
    found = find(tmp_path, *given, counting=Counting(at_compute=1e22))
    assert "write it anew" in source(found, "ceg", "self_consistency").reason


def test_a_refused_exponent_is_replaced_by_its_interaction(tmp_path: Path) -> None:
    """By hand: -.25 OOM of interaction over a lesser gain of .5 OOM is an exponent of .5."""
    pair = ["chain_of_thought", "few_shot"]
    refused = exponent(pair, 0.0) | {"status": "refused", "reason": "its interval holds 1"}
    alone = of("chain_of_thought", "chain_of_thought", point=0.5, low=0.4, high=0.6)
    interaction = estimate(
        id="i",
        kind="interaction",
        ptes=pair,
        pair=pair,
        context=[],
        point=-0.25,
        low=-0.35,
        high=-0.15,
        status="estimated",
    )
    guessed = find(tmp_path, refused, alone, interaction)  # few-shot is: over a guess it is none
    assert source(guessed, "exponent", "chain_of_thought").source == GUESSED
    more = of("few_shot", "few_shot", point=0.8, low=0.7, high=0.9)
    found = find(tmp_path, refused, alone, more, interaction)
    one = source(found, "exponent", "chain_of_thought")
    assert one.value == pytest.approx(0.5)
    assert one.estimates == ("i",)
    assert "by the interaction of -0.25 OOM" in one.reason
    without_it = source(find(tmp_path, refused, alone), "exponent", "chain_of_thought")
    assert without_it.source == GUESSED
    assert "its interval holds 1" in without_it.reason


def lines(folder: Path, *estimates: dict[str, Any], **options: Any) -> str:
    """The first lines of a forecast."""
    file = read_measurements(written(folder, *estimates))
    table = writeup_table()
    found = measured(table=table, m=0.6, file=file, draws=200, seed=0, **options)
    growth = Growth(table, found.points)
    return "\n".join(first_lines(file, found, moved(growth, 0.6, found, CONVENTIONS[0]), 0.6))


def test_first_lines_say_what_was_measured_and_what_was_dropped(tmp_path: Path) -> None:
    score = estimate(id="s", kind="score", model="tiny-1", point=0.4)
    refused = estimate(
        id="m", kind="M", ptes=[], rows=[], stack=None, scale="M", status="refused", reason="no end"
    )
    toy = [each | {"toy": True} for each in (estimate(), score)]
    told = lines(tmp_path, *toy, refused, of("checker", None))
    assert "1 model (tiny-1)" in told
    assert "gsm8k is a toy: --count-benchmark gsm8k counts it: self_consistency on gsm8k" in told
    assert "checker does not say that it is a row" in told
    assert "M stays the guess of 0.6: refused: no end (on gsm8k, 0.6)" in told
    assert "So nothing measured is in the forecast below" in told
    named = lines(tmp_path, *toy, counting=Counting(benchmarks={"gsm8k": ""}))
    assert "In place of 1.5: CEG of self_consistency 4 (" in named
    assert "the recipe's average" in named
    assert "So 1 of 36 numbers of the forecast are measured" in named


def test_what_moved_the_slope_is_said(tmp_path: Path) -> None:
    """Few-shot is all there is in 2020: a smaller one lowers the start, and so raises the slope."""
    few = of("few_shot", "few_shot", point=log10(1.12), low=0.0, high=0.1)
    found = find(tmp_path, few, of("cot", "chain_of_thought", point=log10(3)))
    growth = Growth(writeup_table(), found.points)
    told = {one.key: one for one in moved(growth, 0.6, found, CONVENTIONS[0])}
    assert list(told) == [TABLE, "few_shot", "chain_of_thought", ALL]
    assert told["few_shot"].start == pytest.approx(log10(1.12))
    assert told[TABLE].start == pytest.approx(log10(26))
    assert told["few_shot"].change == pytest.approx(told["few_shot"].slope - told[TABLE].slope)
    assert told["few_shot"].change > 0.1
    assert told["chain_of_thought"].change == pytest.approx(0.0)
    assert "the first total falls by 1.37 OOM" in lines(tmp_path, few)


def test_nothing_that_counts_leaves_the_forecast_the_tables(tmp_path: Path) -> None:
    until = tuple(range(month("2023-10"), month("2024-03") + 1))
    dropped = read_measurements(written(tmp_path, estimate(toy=True)))
    alone, beside = (study(Options(draws=200, until=until, file=file)) for file in (None, dropped))
    assert beside.point_line.slope == pytest.approx(alone.point_line.slope)
    assert np.array_equal(beside.totals, alone.totals)
    assert beside.moved == ()
    assert alone.first_lines == []
    assert any("is a toy" in each for each in beside.first_lines)


def test_a_bound_of_8_does_not_lower_a_mean_of_8_7(tmp_path: Path) -> None:
    """Taken at its bound it would: the mean of log10 8.7, 8.7 and 2 is 5.3."""
    values = benchmarks([log10(8.7), log10(8.7)])
    low = estimate(
        id="b", experiment="b", benchmark="b", status="right_censored", at_least=log10(2), high=None
    )
    one = source(find(tmp_path, *values, low, n=4000), "ceg", "self_consistency")
    assert one.value > 8.6
    assert "1 known by a bound alone (b): censored" in one.reason
    assert len(one.estimates) == 3


def test_bounds_alone_are_what_the_guess_has_to_agree_with(tmp_path: Path) -> None:
    high = estimate(status="right_censored", at_least=1.0, point=3.2, low=2.9, high=3.8)
    one = source(find(tmp_path, high), "ceg", "self_consistency")
    assert one.source == "guess within measured bounds"
    assert 1.5 < one.value < 10
    low = estimate(status="right_censored", at_least=-3.0)
    assert source(find(tmp_path, low), "ceg", "self_consistency").value == pytest.approx(
        1.5, rel=0.03
    )


def test_one_benchmark_widens_and_never_narrows(tmp_path: Path) -> None:
    exact = estimate(low=log10(4) - 0.01, high=log10(4) + 0.01, draws=[log10(4)] * 50)
    one = source(find(tmp_path, exact, n=4000), "ceg", "self_consistency")
    assert one.used_high / one.used_low > 10 ** (3.92 * 0.1), "the guess is that wide"
    assert "one benchmark: how others differ is not known" in one.reason
    assert "the ranges over single benchmarks that the table prints" in one.reason
    assert one.further_high > one.high
