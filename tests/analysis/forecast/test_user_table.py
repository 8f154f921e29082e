"""A user's table: rows added, changed, dropped and redated, and what they do to the headline."""

from __future__ import annotations

import argparse
import datetime
import re
import subprocess
import sys
from math import log10
from pathlib import Path

import numpy as np
import pytest
import yaml

from analysis.cli import forecast
from analysis.cli.forecast_table import table_columns
from analysis.forecast.aggregate import change_months, totals_by_date
from analysis.forecast.average import WRITEUP_WEIGHTS
from analysis.forecast.distributions import drawn
from analysis.forecast.output.document import document
from analysis.forecast.output.frames import frames
from analysis.forecast.output.headline import headline
from analysis.forecast.output.plots import charts
from analysis.forecast.output.report import sections
from analysis.forecast.output.stated_report import notes
from analysis.forecast.stated.assemble import user_table
from analysis.forecast.stated.ceg_cells import CEG_RULES as RULES
from analysis.forecast.stated.columns import CEG_RULES as MEANINGS
from analysis.forecast.stated.columns import COLUMNS
from analysis.forecast.stated.table_file import read_table_file
from analysis.forecast.study import Options, Study, study
from analysis.forecast.totals import printed
from analysis.writeup.months import label
from analysis.writeup.table import NamedProduct, PteTable, writeup_table
from harness.errors import UserError

TWO = """\
base: none
rows:
  - {key: a, category: one, date: 2020-01, ceg: 10, ceg_rule: stated, source: "A 2020, table 1"}
  - {key: b, category: two, date: 2022-01, ceg: 100, ceg_rule: stated, source: "B 2022, table 2"}
"""
"""log10 totals of 1 and of 2 + .6 x 1 two years later: .8 OOM a year at M = .6."""


def options(*arguments: str) -> Options:
    parser = argparse.ArgumentParser()
    forecast.add_arguments(parser)
    return forecast._options(parser.parse_args(["--draws", "200", *arguments]))


def computed(folder: Path, text: str, *arguments: str, name: str = "rows.yaml") -> Study:
    (folder / name).write_text(text)
    return study(options("--table", str(folder / name), *arguments))


def made(folder: Path, text: str, name: str = "rows.yaml") -> PteTable:
    (folder / name).write_text(text)
    return user_table(read_table_file(folder / name), WRITEUP_WEIGHTS)


def row(**changes: object) -> str:
    """A new row of the write-up's table, as YAML."""
    values: dict[str, object] = {
        "key": "reasoning",
        "category": "training",
        "date": "'2024-09'",
        "ceg": 100,
        "ceg_rule": "stated",
        "source": "A 2024",
    } | changes
    return "rows:\n  - {" + ", ".join(f"{k}: {v}" for k, v in values.items() if v is not None) + "}"


def test_a_table_of_two_rows_by_hand(tmp_path: Path) -> None:
    result = computed(tmp_path, TWO)
    assert result.point_totals == pytest.approx([1.0, 2.6])
    assert float(result.point_line.slope[0]) == pytest.approx(0.8)
    lines = {line.quantity: line for line in headline(result)}
    assert lines["OOM a year, rows.yaml, M = 0.6"].value == pytest.approx(0.8)
    assert lines["OOM a year, rows.yaml, M = 0.3"].value == pytest.approx((2.3 - 1) / 2)
    assert lines["OOM a year, rows.yaml, M = 0.6"].printed is None
    assert all(one.agrees for one in result.reproduction) is False
    assert len(result.reproduction) == len(study(options()).reproduction)


def test_csv_says_the_same_as_yaml(tmp_path: Path) -> None:
    text = (
        "base: none\n"
        "key,category,date,ceg,ceg_rule,source\n"
        'a,one,2020-01,10,stated,"A 2020, table 1"\n'
        'b,two,2022-01,100,stated,"B 2022, table 2"\n'
    )
    assert made(tmp_path, text, "rows.csv") == made(tmp_path, TWO)


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    table = made(tmp_path, "rows: []")
    assert table == writeup_table()
    assert table.as_printed


def test_a_row_of_a_new_category_by_hand(tmp_path: Path) -> None:
    table = made(tmp_path, row())
    months = change_months(table)
    assert label(months[-1]) == "2024-09"
    total = totals_by_date(table, printed(table, 0.6), months, rounded=False)[-1, 0]
    before = [s[-1] for s in _steps(writeup_table()).values()]
    ordered = sorted([*before, 2.0], reverse=True)
    assert total == pytest.approx(sum(c * 0.6**i for i, c in enumerate(ordered)))


def test_a_row_joins_a_category_by_its_exponent(tmp_path: Path) -> None:
    table = made(tmp_path, row(category="data", exponent=0.25))
    before, after = _steps(writeup_table())["data"], _steps(table)["data"]
    assert after[-1] == pytest.approx(before[-1] + 0.25 * 2.0)
    assert table.of("data")[-1].key == "reasoning"


def test_named_pairs_take_the_place_of_the_running_total(tmp_path: Path) -> None:
    table = made(tmp_path, row(category="data", exponents="{octopack: 0.5, instruct_sibling: 1}"))
    assert _steps(table)["data"][-1] == pytest.approx(2.0 + 0.5 * 1 + log10(30))


def test_rows_are_changed_dropped_and_redated(tmp_path: Path) -> None:
    text = (
        "rows:\n"
        "  - {key: webgpt, ceg: 4, source: ours}\n"
        "  - {key: retro, drop: true}\n"
        "  - {key: lats, date: 2023-12}\n"
        "  - {key: alphacode, drop: true}\n"
    )
    table = made(tmp_path, text)
    assert _steps(table)["tools"] == pytest.approx([log10(4), log10(7) + 0.3 * log10(4)])
    assert label(table.row("lats").month) == "2023-12"
    assert table.of("scaffolding")[-1].key == "lats"
    rule = table.row("process_verification").rule
    assert isinstance(rule, NamedProduct)
    assert rule.exponents == {"self_consistency": 0.9, "verification": 1}
    assert len(table.changes) == 4
    assert writeup_table().as_printed


def test_a_range_is_the_90_percent_of_the_draws(tmp_path: Path) -> None:
    table = made(tmp_path, row(ceg=None, low=10, high=1000) + "\n  - {key: lats, point: true}")
    draws = drawn(table, 0.6, 20_000, 0)
    low, middle, high = np.quantile(draws.log_ceg["reasoning"], [0.05, 0.5, 0.95])
    assert (low, middle, high) == pytest.approx((1, 2, 3), abs=0.05)
    assert np.all(draws.log_ceg["lats"] == log10(20))
    lopsided = made(tmp_path, row(ceg=100, low=50, high=10_000))
    ends = np.quantile(drawn(lopsided, 0.6, 20_000, 0).log_ceg["reasoning"], [0.05, 0.5, 0.95])
    assert ends == pytest.approx([log10(50), 2, 4], abs=0.06)


@pytest.mark.parametrize(
    ("figures", "log_ceg"),
    [
        ({"ceg_rule": "log_linear", "gain": 9, "per_oom": 15}, 9 / 15),
        ({"ceg_rule": "discrete", "gain": 9, "between": 25, "ratio": 7}, 9 / 25 * log10(7)),
        ({"ceg_rule": "humaneval", "base_score": 48.1, "score": 86.9}, log10(49.0)),
        ({"ceg_rule": "tasks", "tasks": "{math: 1000, coding: 10}"}, (3 + 1) / 5),
        (
            {
                "ceg_rule": "tasks",
                "tasks": "{math: [10, {gain: 9, per_oom: 15}], "
                "qa: {gain: 10, between: 20, ratio: 100}}",
            },
            ((1 + 0.6) / 2 + 1) / 5,
        ),
    ],
)
def test_a_ceg_follows_from_figures_by_its_rule(
    tmp_path: Path, figures: dict[str, object], log_ceg: float
) -> None:
    table = made(tmp_path, row(ceg=None, **figures))
    assert log10(table.row("reasoning").ceg) == pytest.approx(log_ceg, abs=1e-3)


def test_weights_reach_rows_by_task(tmp_path: Path) -> None:
    text = TWO.replace("ceg: 100, ceg_rule: stated", "ceg_rule: tasks, tasks: {math: 1000, qa: 10}")
    alike = computed(tmp_path, text)
    ours = computed(tmp_path, text, "--weights", "math=2,qa=1,coding=0")
    assert alike.point_totals[-1] == pytest.approx(1 + 0.6 * 0.8)
    assert ours.point_totals[-1] == pytest.approx(7 / 3 + 0.6)
    neither = computed(
        tmp_path,
        text + "  - {key: c, category: two, date: 2023-01, exponent: 1, ceg: 10, "
        "ceg_rule: stated, source: s}\n",
        "--weights",
        "coding=1",
    )
    assert neither.point_totals == pytest.approx([1.0, 1.6]), "b helps with no task that counts"
    assert np.all(neither.draws.log_ceg["b"] == 0)


def test_a_row_before_the_first_makes_that_one_say_how_it_joins(tmp_path: Path) -> None:
    early = row(category="prompting", date="'2019-01'")
    with pytest.raises(UserError, match=r"few_shot.*stand before it"):
        made(tmp_path, early)
    table = made(tmp_path, early + "\n  - {key: few_shot, exponent: 0.5}")
    assert _steps(table)["prompting"][1] == pytest.approx(2 + 0.5 * log10(26))


@pytest.mark.parametrize("rows", [2, 20])
def test_tables_without_backtest_or_budgets_have_a_report(tmp_path: Path, rows: int) -> None:
    text = TWO
    for number in range(rows - 2):  # more of one category than a budget can look at
        text += (
            f"  - {{key: r{number}, category: two, date: 2023-01, ceg: 2, exponent: 0.5, "
            "ceg_rule: stated, source: s}\n"
        )
    result = computed(tmp_path, text)
    tables = frames(result)
    drawn = charts(tables)
    headings = [section.heading for section in sections(result, tables, drawn)]
    assert {"Backtest", "PTE compute held constant"} <= set(headings)
    assert ("budgets" in drawn) == (rows == 2)
    assert "calibration" not in drawn
    assert any("held constant" in note for note in notes(result)) == (rows == 20)
    document(result, tables)
    if rows == 20:
        with pytest.raises(UserError, match="at most 18"):
            computed(tmp_path, text, "--budget", "10")


def test_the_help_names_every_column_and_rule() -> None:
    assert set(RULES) == set(MEANINGS)
    shown = table_columns()
    assert all(f"\n  {name} " in shown for name in (*COLUMNS, *MEANINGS))


def test_the_help_loads_no_numbers() -> None:
    code = (
        "import argparse, sys; from analysis.cli import forecast; "
        "forecast.add_arguments(argparse.ArgumentParser()); "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'scipy', 'yaml')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_show_table_prints_and_stops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.yaml").write_text(TWO)
    parser = argparse.ArgumentParser()
    forecast.add_arguments(parser)
    out = tmp_path / "out"
    words = ["--table", str(tmp_path / "rows.yaml"), "--show-table", "-o", str(out)]
    assert forecast.execute(parser.parse_args(words)) == 0
    shown = capsys.readouterr().out
    assert "A 2020, table 1" in shown
    assert "2022-01" in shown
    assert not out.exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("rows: 5", "rows is '5'"),
        ("[1, 2]", "holds no mapping"),
        ("row: []", "did you mean 'rows'"),
        ("base: mine\nrows: []", "base is 'mine'"),
        ("rows: [7]", "row 1: it is '7'"),
        ("rows: [{ceg: 3}]", "has no key"),
        ("rows: [{key: lats, ceg: 3, ceg: 4}]", "'ceg' stands twice"),
        ("rows: [{key: lats, exponet: 0.3}]", "did you mean 'exponent'"),
        ("rows: [{key: lats, ceg: many}]", "ceg is 'many': give a number above 0"),
        ("rows: [{key: lats, ceg: .nan}]", "ceg is 'nan'"),
        ("rows: [{key: lats, ceg: -3}]", "ceg is '-3'"),
        ("rows: [{key: lats, ceg: true}]", "ceg is 'True'"),
        ("rows: [{key: lats, exponent: 3}]", "from 0 to 2"),
        ("rows: [{key: lats, exponent: 0.1, counted: false}]", "exponent and counted"),
        ("rows: [{key: lats, low: 3}]", "low or high alone"),
        ("rows: [{key: lats, ceg: 20, low: 30, high: 300}]", "do not rise"),
        ("rows: [{key: lats, date: 2023}]", "'2023' is not a date"),
        ("rows: [{key: lats, date: 2023-13}]", "'2023-13' is not a date"),
        ("rows: [{key: lats, date: 1823-10}]", "2000 to 2100"),
        ("rows: [{key: lats, ceg: 5}, {key: lats, ceg: 6}]", "is there before"),
        ("rows: [{key: lats}]", "changes nothing"),
        ("rows: [{key: lats, shrink: 2}]", "shrink is '2'"),
        ("rows: [{key: lats, inference: 0.5}]", "from 1 to"),
        ("rows: [{key: lats, inference: [50, 5]}]", "low and high"),
        ("rows: [{key: lats, drop: true, ceg: 5}]", "dropped says no ceg"),
        ("rows: [{key: lats, drop: maybe}]", "true or false"),
        ("rows: [{key: latz, drop: true}]", "did you mean 'lats'"),
        ("rows: [{key: latz, ceg: 5}]", "did you mean 'lats'"),
        ("rows: [{key: lats, includes: react, ceg: 1.0e+15}]", "ceg is"),
        ("rows: [{key: lats, includes: webgpt}]", "before it in its category 'scaffolding'"),
        ("rows: [{key: lats, gain: 5}]", "goes with a ceg_rule"),
        ("rows: [{key: codet, drop: true}]", "parsel.*codet.*drops"),
        ("rows: [{key: verification, drop: true}]", "process_verification.*verification"),
        (row(source=None), "without a cited source is no row"),
        (row(ceg_rule=None), "needs ceg_rule"),
        (row(ceg_rule="guess"), "no ceg_rule 'guess'"),
        (row(ceg_rule="judgement"), "needs note"),
        (row(ceg=None), "has no CEG"),
        (row(ceg_rule="discrete", gain=3, between=9, ratio=7), "leave ceg out"),
        (row(ceg=None, ceg_rule="discrete", gain=3), "needs between"),
        (row(ceg=None, ceg_rule="log_linear", gain=3, per_oom=0), "must rise with compute"),
        (row(ceg=None, ceg_rule="tasks", tasks="{maths: 3}"), "did you mean 'math'"),
        (row(ceg=None, ceg_rule="tasks", tasks="{math: {gain: 3}}"), "tasks, math: no rule takes"),
        (row(ceg=None, ceg_rule="tasks", tasks="{math: [0]}"), "tasks, math: the CEG is '0'"),
        (row(key="My Row"), "small letters"),
        (row(category="data"), "say how, by exponent"),
        (row(category="data", exponents="{lats: 1}"), "its category 'data'"),
        (row(requires="lats"), "is no row of its category"),
        ("base: none\nrows: []", "fewer than two dates"),
        ("rows: [", "is not YAML"),
    ],
)
def test_a_wrong_table_is_refused_with_its_place(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UserError, match=why) as raised:
        made(tmp_path, text)
    assert "rows.yaml" in str(raised.value)
    assert "\n" not in str(raised.value)


ODD = [
    *(True, 0, -1, 0.5, 1e300, float("nan"), float("inf"), 10**400, "", " ", "x", "lats"),
    *("2024-13", datetime.date(2024, 1, 1), [], [1], [50, 5], {}, {"lats": 0.5}, {1: 2}, [[1]]),
    *({"math": [{"gain": 1}]}, {"math": {"gain": 1, "between": 0, "ratio": 5}}, b"x", "\x1b[2J"),
    *({"math": {"base_score": 100, "score": 100}}, "a\nb", "math=3", "tasks", "log_linear"),
]


@pytest.mark.parametrize("column", COLUMNS)
def test_an_odd_value_is_read_or_refused_in_one_line(tmp_path: Path, column: str) -> None:
    new = {"key": "n", "category": "tools", "date": "2024-05", "ceg": 5, "ceg_rule": "stated"}
    refused = []
    for value in ODD:
        for row in ({"key": "lats"}, {**new, "source": "s", "exponent": 0.3}):
            text = yaml.safe_dump({"rows": [{**row, column: value}]})
            try:
                made(tmp_path, text)
            except UserError as error:
                refused.append(str(error))
    assert refused
    assert all(each.isprintable() and "rows.yaml" in each for each in refused)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("key,ceg,ceg\nlats,3,4\n", "is there twice"),
        ("key,cegs\nlats,3\n", "did you mean 'ceg'"),
        ("key,ceg\nlats,3,4\n", "line 2: it has more cells"),
        ('key,ceg\nlats,"3\n', "is not CSV"),
        ("key,exponents\nlats,react\n", "names once each"),
        ("", "no column 'key'"),
        ("ceg\n3\n", "no column 'key'"),
    ],
)
def test_a_wrong_csv_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UserError, match=re.escape(why)):
        made(tmp_path, text, "rows.csv")


def test_a_table_must_be_there_and_be_text(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read"):
        read_table_file(tmp_path / "none.yaml")
    (tmp_path / "rows.txt").write_text(TWO)
    with pytest.raises(UserError, match=r"neither \.yaml nor \.csv"):
        read_table_file(tmp_path / "rows.txt")
    (tmp_path / "rows.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="UTF-8"):
        read_table_file(tmp_path / "rows.yaml")


def _steps(table: PteTable) -> dict[str, list[float]]:
    """log10 running totals by category, not rounded."""
    from analysis.forecast.totals import running_totals

    steps = running_totals(table, printed(table, 0.6), rounded=False)
    return {category: [float(s.total[0]) for s in own] for category, own in steps.items()}
