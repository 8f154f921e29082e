import re
from dataclasses import replace
from html import escape
from pathlib import Path

import pandas as pd
import pytest

from analysis.exchange.estimates import validator
from analysis.pipeline import AnalysisSettings, analyse
from analysis.report import report, summary
from analysis.report.body import TOPICS
from analysis.report.export import document
from analysis.report.report import Report, build, write, write_tables
from analysis.report.tables import TABLES
from analysis.result import ExperimentResult

Results = tuple[ExperimentResult, ...]


@pytest.fixture(scope="module")
def built(results: Results, settings: AnalysisSettings) -> Report:
    return build(results, settings, "pte analyze <runs>")


@pytest.fixture(scope="module")
def single(results: Results, settings: AnalysisSettings) -> Report:
    return build(results[1:2], settings, "pte analyze one")


def headings(made: Report, level: int = 1) -> list[str]:
    return [section.heading for section in made.sections if section.level == level]


def test_the_answer_comes_first_and_provenance_last(built: Report) -> None:
    assert headings(built)[:3] == [
        "The answer in short",
        "What was measured",
        "What a reader must know",
    ]
    assert headings(built)[-3:] == ["Methods", "Data dictionary", "Provenance"]
    assert "&lt;runs&gt;" in built.sections[-1].prose


def test_every_experiment_has_its_part_in_every_topic(built: Report, results: Results) -> None:
    names = [result.experiment.name for result in results]
    assert headings(built, 2) == names * (1 + len(TOPICS))


def test_one_experiment_needs_no_parts(single: Report) -> None:
    assert headings(single, 2) == []
    assert "CEG across experiments" not in headings(single)


def test_without_a_ladder_it_is_said_what_cannot_be_said(single: Report) -> None:
    answer = single.sections[0]
    assert "There is no ladder here" in answer.prose
    assert "What cannot: a compute-equivalent" in answer.prose
    table = answer.tables[0][1]
    costs = ["cost, x base (net)", "cost, x base (gross)", "definition"]
    assert list(table) == ["arm", "gain, points", "gain, logits", *costs]
    combine = next(s for s in single.sections if s.heading == "How they combine")
    assert any(caption.startswith("What each PTE adds") for caption, _ in combine.tables)
    ceg = next(s for s in single.sections if s.heading == "CEG")
    assert "No ceg by arm plot: there is no ladder" in ceg.prose


def test_the_lead_names_every_experiment_escaped(built: Report, results: Results) -> None:
    for result in results:
        assert f"<b>{escape(result.experiment.name)}</b>" in built.lead
    assert "<1>" not in built.lead


def test_findings_are_all_there_worst_first(built: Report, results: Results) -> None:
    prose = next(s for s in built.sections if s.heading == "What a reader must know").prose
    kinds = re.findall(r'<div class="(\w+)">', prose)
    assert len(kinds) == sum(len(result.findings) for result in results)
    assert kinds == sorted(kinds, key=["refused", "warning", "note"].index)


def test_a_flat_ladder_gives_no_ceg_in_the_answer(results: Results) -> None:
    table = summary.table(results[2])
    assert {cell.text for cell in table["CEG, x compute"]} == {""} or all(
        "unbounded" in cell.text for cell in table["CEG, x compute"]
    )
    assert "no CEG is bounded" in summary.sentence(results[2])


def test_the_answer_is_that_of_the_tables(results: Results) -> None:
    table = summary.table(results[0])
    best = max(results[0].cegs, key=lambda c: c.ceg.point)
    assert table["arm"].iloc[0] == best.arm
    assert float(table["CEG, x compute"].iloc[0].value) == pytest.approx(best.ceg.point)
    assert best.arm in summary.sentence(results[0])
    items = len(results[0].experiment.items)
    assert items
    assert f", {items} items a score" in summary.sentence(results[0])


def test_charts_of_equal_names_keep_apart(results: Results) -> None:
    twice = report._names([results[0], results[0], results[1]])
    assert twice == ["ladder-1", "ladder-1--2", "one-rung"]


def test_files(built: Report, results: Results, tmp_path: Path) -> None:
    write(built, tmp_path)
    write_tables(results, tmp_path)
    names = {path.stem for path in (tmp_path / "plots").glob("*.svg")}
    assert names == {path.stem for path in (tmp_path / "plots").glob("*.png")} == set(built.charts)
    assert {"ladder-1-ladder", "one-rung-raw-performance", "ceg-by-task-type"} <= names
    for path in (tmp_path / "tables").glob("*.csv"):
        frame = pd.read_csv(path)
        assert list(frame) == list(TABLES[path.stem](results))
        assert len(frame)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count('class="chart"') == len(built.charts)
    assert "http" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


def test_a_reason_that_all_rows_share_is_told_once(single: Report) -> None:
    ceg = next(s for s in single.sections if s.heading == "CEG")
    caption, frame = ceg.tables[0]
    assert caption.startswith(
        "CEG over the base, whole ladder (CEG refused: 1 rung of known, different training"
    )
    assert "reason" not in frame


def test_without_a_base_scores_remain(results: Results, settings: AnalysisSettings) -> None:
    whole = results[1].experiment
    assert whole.scores is not None
    assert whole.replicates is not None
    bare = replace(
        whole,
        arms=whole.arms[1:],
        means=whole.means[1:],
        counts=whole.counts[1:],
        scores=whole.scores[1:],
        replicates=whole.replicates[1:],
        multiples=None,
        one_time=None,
    )
    result = analyse([bare], settings)
    made = build(result, settings, "pte analyze bare")
    assert list(made.sections[0].tables[0][1]) == ["arm", "model", "score, points"]
    assert list(made.charts) == ["one-rung-raw-performance"]
    assert "There is no base with a score" in made.lead
    assert '<div class="refused">' in made.sections[2].prose
    content = document(result, settings, [])
    validator().validate(content)
    assert {entry["kind"] for entry in content["estimates"]} == {"score"}
