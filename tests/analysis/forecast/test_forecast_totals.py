"""Lifland et al.'s table, its running totals and its total CEG."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.forecast.aggregate import change_months, printed_totals, total_ceg
from analysis.forecast.growth import Growth
from analysis.forecast.totals import printed, running_totals
from analysis.writeup.months import label, month, years
from analysis.writeup.table import LesserExponent, read_writeup, writeup_table
from harness.errors import UserError

PRINTED = {
    "tools": [8, 9, 16],
    "prompting": [26, 45],
    "scaffolding": [2, 3, 6, 7, 44, 44],
    "solution_choice": [20, 22, 32, 161],
    "data": [30, 134, 134, 134, 169],
}


def test_every_printed_running_total_comes_out() -> None:
    steps = running_totals(writeup_table(), printed(writeup_table(), 0.6))
    results = {name: [float(10 ** step.total[0]) for step in row] for name, row in steps.items()}
    assert results.keys() == PRINTED.keys()
    for category, totals in PRINTED.items():
        assert results[category] == pytest.approx(totals, abs=1e-9)
        assert [row.total for row in writeup_table().of(category)] == totals


def test_unrounded_reflexion_and_lats_do_not_come_out_as_printed() -> None:
    steps = running_totals(writeup_table(), printed(writeup_table(), 0.6), rounded=False)
    results = {s.row.key: float(10 ** s.total[0]) for row in steps.values() for s in row}
    assert results["reflexion"] == pytest.approx(7.63, abs=0.01)
    assert results["lats"] == pytest.approx(45.1, abs=0.1)
    assert results["missing_data_row"] == pytest.approx(134.16, abs=0.01)


@pytest.mark.parametrize(("m", "total"), [(0.3, 1238), (0.45, 5687), (0.6, 45518)])
def test_total_ceg_in_october_2023(m: float, total: int) -> None:
    result = 10 ** printed_totals(writeup_table(), [month("2023-10")], m)[0]
    assert round(result) == total


def test_total_ceg_in_october_2023_at_high_composability() -> None:
    result = 10 ** printed_totals(writeup_table(), [month("2023-10")], 0.8)[0]
    assert result == pytest.approx(2.43e6, rel=2e-3)


def test_totals_change_on_fourteen_dates() -> None:
    dates = [label(date) for date in change_months(writeup_table())]
    assert len(dates) == 14
    assert (dates[0], dates[-1]) == ("2020-05", "2023-10")
    assert "2022-07" in dates
    assert "2023-06" not in dates


def test_the_missing_row_is_labelled_and_the_only_one() -> None:
    assert [row.key for row in writeup_table().rows if row.inferred] == ["missing_data_row"]
    assert len(writeup_table().rows) == 20


@pytest.mark.parametrize("name", ["ptes", "humaneval", "hotpotqa", "voting", "reported", "printed"])
def test_every_file_of_the_writeup_names_its_source(name: str) -> None:
    source = read_writeup(name)["source"]
    assert source["authors"] == ["Eli Lifland", "Joel Becker", "Simeon Campos"]
    assert source["organisation"] == "SaferAI"
    assert source["title"]
    assert source["section"]


def test_a_pte_that_harms_is_left_out_of_the_total() -> None:
    parameters = printed(writeup_table(), 0.6)
    log_ceg = {**parameters.log_ceg, "chain_of_thought": np.array([-1.0])}
    harmed = replace(parameters, log_ceg=log_ceg)
    steps = running_totals(writeup_table(), harmed)["prompting"]
    assert steps[-1].total[0] == pytest.approx(np.log10(26))


def test_parsel_counts_codet_once() -> None:
    parameters = printed(writeup_table(), 0.6)
    alone = running_totals(writeup_table(), parameters, present={"codet", "parsel"})["scaffolding"]
    assert 10 ** alone[-1].total[0] == pytest.approx(4)


logs = st.lists(st.floats(0, 4), min_size=5, max_size=5)


@given(logs, st.floats(0.05, 1))
def test_total_is_between_the_highest_category_and_their_product(
    categories: list[float], m: float
) -> None:
    total = float(total_ceg(np.array(categories), m))
    assert max(categories) - 1e-9 <= total <= sum(categories) + 1e-9


@given(logs, st.floats(0.05, 2), st.permutations(range(5)))
def test_total_does_not_depend_on_the_order_of_categories(
    categories: list[float], m: float, order: list[int]
) -> None:
    shuffled = np.array(categories)[list(order)]
    assert total_ceg(shuffled, m) == pytest.approx(float(total_ceg(np.array(categories), m)))


def test_dates() -> None:
    assert label(month("2023-10")) == "2023-10"
    assert years(month("2023-07")) == pytest.approx(2023.5)
    for wrong in ("2023", "2023-13", "10/2023", "2023-1", ""):
        with pytest.raises(UserError, match="is not a date"):
            month(wrong)


def test_a_measured_row_that_was_guessed_to_add_nothing_has_its_date() -> None:
    table = writeup_table()
    late = replace(table.row("self_consistency"), key="late", month=month("2025-01"), ceg=1.0)
    late = replace(late, rule=LesserExponent(0.5), total=table.of("solution_choice")[-1].total)
    longer = replace(table, rows=(*table.rows, late))
    guessed = Growth(longer, printed(longer, 0.6))
    assert guessed.changes()[-1] == month("2023-10")
    own = {**guessed.parameters.log_ceg, "late": np.array([1.0])}
    numbers = replace(
        guessed.parameters,
        log_ceg=own,
        exponents={**guessed.parameters.exponents, ("late", ""): np.array([0.5])},
    )
    measured = replace(guessed, parameters=numbers, measured=frozenset({"late"}))
    first, last = measured.at([month("2023-10"), measured.changes()[-1]])[:, 0]
    assert measured.changes()[-1] == month("2025-01")
    assert last > first + 0.1
