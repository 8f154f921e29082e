"""Which corpus is searched: a folder, a dataset, or the benchmark's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.errors import UserError
from harness.settings.experiment import load
from ptes.common.retrieval.corpora import corpus_of, folder_or_own
from tests.tool_toys import CORPUS, WithCorpus

ROOT = Path(__file__).parents[3]


def folder(at: Path) -> Path:
    at.mkdir()
    (at / "Bern.txt").write_text("Bern lies on the Aare. It is a town.")
    (at / "more.jsonl").write_text(json.dumps({"title": "Basel", "text": "Basel. On the Rhine."}))
    return at


def test_nothing_named_is_the_benchmarks_own() -> None:
    assert folder_or_own() is None
    assert corpus_of(None, WithCorpus().task()) is CORPUS


def test_a_folder_is_known_by_its_content_wherever_it_lies(tmp_path: Path) -> None:
    here = folder(tmp_path / "here")
    shutil.copytree(here, tmp_path / "there")
    one, other = folder_or_own(folder=str(here)), folder_or_own(folder=str(tmp_path / "there"))
    assert one is not None
    assert one == other
    assert corpus_of(one, WithCorpus().task()) is one
    assert {each.title for each in one.read()} == {"Bern", "Basel"}


def test_a_dataset_is_a_passage_a_row(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    rows = tmp_path / "set"
    rows.mkdir()
    (rows / "train.jsonl").write_text(json.dumps({"name": "Bern", "body": "A town. On the Aare."}))
    result = folder_or_own(hub=str(rows), title="name", text="body")
    assert result is not None
    (passage,) = result.read()
    assert (passage.title, passage.sentences) == ("Bern", ("A town.", "On the Aare."))
    with pytest.raises(UserError, match="has no field title"):
        folder_or_own(hub=str(rows), text="body")


def test_what_cannot_be_read_or_is_named_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="name a folder"):
        folder_or_own(folder=str(tmp_path / "absent"))
    with pytest.raises(UserError, match="not both"):
        folder_or_own(folder=str(tmp_path), hub="some/set")


def test_the_command_line_sets_it_and_only_content_reaches_the_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(weights))
    here = folder(tmp_path / "here")
    shutil.copytree(here, tmp_path / "there")

    def stack(at: Path) -> str:
        asked = load(
            [
                f"hydra.searchpath=[file://{ROOT}/tests/conf]",
                *("model=[toy_model]", "benchmark=[toy]", "engine=scripted"),
                "pte=[retrieval,search,webgpt,toolformer,react,calculator,calendar,python,ask,translate]",
                *(f"pte.{name}.corpus.folder={at}" for name in ("retrieval", "search", "webgpt")),
                "sweep=list",
                "sweep.stacks=[[retrieval,search,toolformer]]",
            ]
        )
        return asked.request.stacks[0].config

    assert stack(here) == stack(tmp_path / "there")
    assert str(tmp_path) not in stack(here)
