"""`docs/extending.md` to the letter: its files are written, its commands run, in a new folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.docs.pages import ROOT, Section, commands, follow, sections

PAGE = sections(ROOT / "docs" / "extending.md")
START = PAGE[""]


def followed(tmp_path: Path, *parts: Section) -> pd.DataFrame | None:
    """The records of all runs of these parts; None where there are none."""
    folder = tmp_path / "mine"
    folder.mkdir()
    done = follow(folder, commands(tmp_path / "bin"), [START, *parts])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    files = sorted(folder.glob("runs/*/records/*.parquet"))
    return pd.concat(map(pd.read_parquet, files)) if files else None


def whole(rows: pd.DataFrame | None, *stacks: str) -> pd.DataFrame:
    """The rows, after a look that these stacks and the base are there, and each PTE took part."""
    assert rows is not None
    sampled = {"base", *stacks}
    assert set(rows["stack"][~rows["greedy"]]) == sampled
    greedy = {stack.removesuffix(" (greedy)") for stack in rows["stack"][rows["greedy"]]}
    assert {"base"} <= greedy <= sampled
    assert rows["cell_error"].isna().all()
    assert set(rows["status"]) <= {"answered", "no_answer"}
    assert (rows["status"] == "answered").mean() > 0.5
    assert all(set(ptes) == set(done) for ptes, done in zip(rows.ptes, rows.invoked, strict=True))
    return rows


def test_the_ptes_run_alone_and_together_and_pass_their_test(tmp_path: Path) -> None:
    rows = whole(
        followed(tmp_path, PAGE["A PTE"]),
        *("polite", "few_shot", "chain_of_thought"),
        *("polite+few_shot", "polite+chain_of_thought", "few_shot+chain_of_thought"),
        "polite+few_shot+chain_of_thought",
        *("marked", "self_consistency", "marked+self_consistency"),
        *("critiqued", "few_shot+critiqued"),
    )
    assert set(rows["engine"]) == {"fake"}
    marked = rows[rows["stack"] == "marked"].iloc[0]
    assert {role["role"]: role["calls"] for role in marked["roles"]} == {"solve": 5, "marker": 5}
    assert '"marker": {"temperature": 0.5' in marked["sampling"]
    assert list(marked["signals"]) == ["own_judgement"]
    critiqued = rows[rows["stack"] == "critiqued"]
    asked = [{each["role"]: each["calls"] for each in row} for row in critiqued["roles"]]
    assert {each["critic"] for each in asked} == {1}
    assert {2} <= {each["solve"] for each in asked} <= {1, 2}


def test_the_tool_is_called(tmp_path: Path) -> None:
    rows = whole(followed(tmp_path, PAGE["A tool"]), "roman+toolformer", "react+roman")
    calls = [call for row in rows["called"] for each in row for call in each["calls"]]
    assert "tool:roman" in calls


def test_the_benchmarks_run(tmp_path: Path) -> None:
    rows = whole(
        followed(tmp_path, PAGE["A benchmark"]),
        *("few_shot", "chain_of_thought", "few_shot+chain_of_thought"),
    )
    assert set(rows["benchmark"]) == {"capitals", "spelling", "digits"}
    assert rows[rows["benchmark"] == "capitals"]["problem"].nunique() == 5


def test_the_model_is_planned(tmp_path: Path) -> None:
    model = PAGE["A model"]
    plan = Section(model.files, model.commands[:3])
    assert followed(tmp_path, plan) is None


@pytest.mark.engine
def test_the_model_runs_on_a_real_engine(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    rows = followed(tmp_path, PAGE["A model"])
    assert rows is not None
    assert set(rows["engine"]) == {"transformers"}
    assert set(rows["model"]) == {"mine"}
    assert len(rows) == 10
