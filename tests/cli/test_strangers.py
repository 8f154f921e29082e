"""A folder that somebody else made is data: nothing in it runs, leaks, or moves a cursor."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.rule import Rule
from rich.table import Table

from harness.cli.table import emit
from harness.cli.track import settings
from harness.console import Console
from harness.errors import UserError
from harness.records.store import Records, run_files
from harness.settings.written import MOST, as_data, written
from harness.tracking.publication import read_publication
from harness.tracking.wandb_client import plain_file
from harness.visible import cell_of_csv, visible_data
from slurm.cli.resume import _cluster

TRACKING = {"_target_": "harness.contracts.tracking.WandbConfig", "project": "mine"}
HOSTILE = "\x1b[2J\x1b]0;title\x07over\rwritten\u202egnp\x00"


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A file that hostile code would make."""
    return tmp_path / "it-ran"


def folder_of(tmp_path: Path, **config: Any) -> Path:
    folder = tmp_path / "stranger"
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder


def targets(marker: Path) -> list[dict[str, Any]]:
    """Nodes that would make the marker if anybody made what they name."""
    touch = f"touch {marker}"
    return [
        {"_target_": "os.system", "command": touch},
        {"_target_": "os.system", "_args_": [touch]},
        {"_target_": "subprocess.run", "args": ["touch", str(marker)]},
        {"_target_": "pathlib.Path.touch", "_args_": [str(marker)]},
        {"_target_": "builtins.eval", "_args_": [f"open({str(marker)!r}, 'w')"]},
        {"_target_": "builtins.open", "file": str(marker), "mode": "w"},
        {"_target_": "harness.files.replace_text", "path": str(marker), "text": "x"},
        {"_target_": "hydra.utils.call", "_args_": [{"_target_": "os.system"}]},
        {"_target_": "pandas.io.common.os.system", "command": touch},
        {"_target_": "numpy.ndarray.tofile", "fid": str(marker)},
        {"_target_": "../evil.py", "x": 1},
        {"_target_": 3},
        TRACKING | {"entity": {"_target_": "os.system", "_args_": [touch]}},
        TRACKING | {"_partial_": True},
        TRACKING | {"_args_": [touch]},
    ]


@pytest.mark.parametrize("number", range(15))
@pytest.mark.parametrize("place", ["tracking", "cluster", "engine", "pte"])
def test_nothing_that_a_folder_names_is_made(
    tmp_path: Path, marker: Path, number: int, place: str
) -> None:
    node = targets(marker)[number]
    folder = folder_of(tmp_path, **{place: {"x": node} if place == "pte" else node})
    with pytest.raises(UserError):
        written((folder / "config.yaml").read_text())
    if place in ("tracking", "cluster"):
        with pytest.raises(UserError):
            settings(folder, []) if place == "tracking" else _cluster(folder, [])
    assert not marker.exists()


def test_the_components_of_this_project_are_made_of_data(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, tracking=TRACKING)
    assert settings(folder, []).project == "mine"
    assert settings(folder, ["tracking.project=other"]).project == "other"


@pytest.mark.parametrize(
    "text",
    [
        "${oc.env:SECRET}",
        "a ${oc.env:SECRET} b",
        "\\${oc.env:SECRET}",
        "\\\\${oc.env:SECRET}",
        "${oc.decode:${oc.env:SECRET}}",
        "${tracking.entity}",
        "${${oc.env:SECRET}}",
    ],
)
def test_no_reference_in_a_folder_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    folder = folder_of(tmp_path, tracking=TRACKING | {"project": text, "entity": "me"})
    with pytest.raises(UserError, match="refers to something") as error:
        settings(folder, [])
    assert "hunter2" not in str(error.value)
    told = as_data((folder / "config.yaml").read_text(), "it")  # what W&B is told of a run
    assert told["tracking"]["project"] == text


@pytest.mark.parametrize(
    "text",
    [
        "tracking: !!python/object/apply:os.system ['touch {marker}']",
        "tracking: !!python/name:os.system",
        "a: !ENV secret",
        "- a",
        "3",
        "a: [",
        "a: &a [*a]\nb: *a",
        "x: &x [a,a,a,a,a,a,a,a,a,a]\n"
        + "\n".join(
            f"x{n}: &x{n} [{','.join([f'*x{n - 1}' if n else '*x'] * 10)}]" for n in range(8)
        ),
    ],
)
def test_yaml_is_plain_values(marker: Path, text: str) -> None:
    with pytest.raises(UserError):
        written(text.replace("{marker}", str(marker)))
    assert not marker.exists()
    assert MOST < 10**6


@pytest.mark.parametrize("place", ["/etc", "../..", "/tmp/elsewhere"])
def test_a_folder_does_not_say_where_files_are_written(tmp_path: Path, place: str) -> None:
    folder = folder_of(tmp_path, tracking=TRACKING | {"dir": place})
    assert settings(folder, []).dir_of(folder).is_relative_to(folder)
    asked = settings(folder, [f"tracking.dir={tmp_path}"])
    assert asked.dir_of(folder) == tmp_path  # the user's own word stands


@pytest.mark.parametrize("cell", ["../../secret", "/etc/passwd", "..", ".", "", "a/b", "a\x00b"])
def test_a_cell_names_a_file_of_its_folder(tmp_path: Path, cell: str) -> None:
    (tmp_path / "plan.json").write_text(json.dumps({"cells": [{"cell": cell}]}))
    with pytest.raises(UserError, match="no cell's id"):
        run_files([tmp_path])
    with pytest.raises(UserError):
        Records(tmp_path / "records").path(cell)


def publication(folder: Path, **changes: Any) -> Path:
    said = {"name": "n", "job_type": "report", "group": "g"} | changes
    (folder / "publication.json").write_text(json.dumps(said))
    return folder


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret", "a/../../secret", "link"])
def test_a_report_publishes_its_own_files_alone(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    (tmp_path / "secret").write_text("hunter2")
    (folder / "link").symlink_to(tmp_path / "secret")
    for kind in ("pictures", "pages", "tables"):
        with pytest.raises(UserError, match="not in its folder"):
            read_publication(publication(folder, **{kind: {"x": path}}))
    with pytest.raises(UserError, match="not in its folder"):
        read_publication(publication(folder, artifacts={"x": [path]}))
    with pytest.raises(UserError, match="cannot be read"):
        read_publication(publication(folder, pictures="all"))
    (folder / "own.png").write_bytes(b"")
    assert read_publication(publication(folder, pictures={"x": "own.png"})).name == "n"


def test_a_link_is_not_told_to_wandb(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    (tmp_path / "cell.parquet").symlink_to(tmp_path / "secret")
    with pytest.raises(UserError, match="no plain file"):
        plain_file(tmp_path / "cell.parquet")
    assert plain_file(tmp_path / "secret") == tmp_path / "secret"


def test_what_models_wrote_is_printed_with_its_controls_written_out() -> None:
    table = Table(HOSTILE)
    table.add_row(HOSTILE)
    for thing in (HOSTILE, table, Rule(HOSTILE)):
        file = io.StringIO()
        console = Console(file=file, force_terminal=True, width=300, highlight=False)
        console.print(thing, markup=False)
        said = file.getvalue()
        assert "\x1b[2J" not in said
        assert "\x1b]0" not in said
        assert not set("\x07\r\u202e\x00") & set(said)
        assert r"\x1b[2J" in said


@pytest.mark.parametrize("form", ["csv", "table"])
def test_rows_are_printed_so_too(capsys: pytest.CaptureFixture[str], form: str) -> None:
    emit([{"answer": HOSTILE, "why": "[red]=HYPERLINK(1)"}], form)
    said = capsys.readouterr().out
    assert not set("\x1b\x07\u202e\x00") & set(said)
    assert "[red]" in said


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(1)", "\t=1", "\r=1"])
def test_a_spreadsheet_computes_nothing(capsys: pytest.CaptureFixture[str], text: str) -> None:
    emit([{"answer": text, "score": -1.5, "number": "-5"}], "csv")
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["answer"].startswith(("'", "\\"))
    assert (row["score"], row["number"]) == ("-1.5", "-5")
    assert cell_of_csv(text) == f"'{text}"


def test_wandb_is_told_text_without_controls() -> None:
    told = visible_data({"a": [HOSTILE, 3, None], "b": {"c": (HOSTILE,)}})
    assert told["a"][1:] == [3, None]
    assert "\x1b" not in repr(told).replace(r"\\x1b", "")
    assert told["b"]["c"] == [told["a"][0]]
