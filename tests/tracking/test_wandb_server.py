"""Tracked runs as a W&B server on loopback has them afterwards."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.records.summary import summarise
from tests.tracking.conftest import KEY, TOY, Pte

RUN = Path("runs/toy")
ONE = [*TOY, "greedy_base=false", "name=toy"]


@pytest.fixture
def database(server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of the server that W&B's environment names."""
    address, database = server
    monkeypatch.setenv("WANDB_BASE_URL", address)
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    return database


def rows(database: Path, query: str, *values: str) -> list[dict[str, Any]]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query, values)]


def arrived(database: Path, project: str) -> None:
    """The one cell of the run is there, with what the records say."""
    [run] = rows(
        database,
        "select runs.* from runs join projects on projects.id = runs.project_id where name = ?",
        project,
    )
    [row] = summarise([RUN])
    assert run["state"] == "finished"
    assert run["display_name"] == "base toy toy_model"
    summary = json.loads(run["summary_json"])
    assert (summary["score"], summary["n"], summary["x_base_gross"]) == (row["score"], 8, 1.0)
    config = json.loads(run["config_json"])
    assert config["cell"]["value"] == row["cell"]
    metrics = rows(database, "select * from metrics where run_id = ?", run["run_id"])
    done = {metric["step"]: metric["value"] for metric in metrics if metric["key"] == "done"}
    assert done[8] == 8
    assert all(step == value for step, value in done.items())
    artifacts = rows(database, "select * from artifacts where run_id = ?", run["run_id"])
    assert {each["artifact_type"] for each in artifacts} == {"records", "run_table"}


def test_an_online_run_arrives(pte: Pte, database: Path) -> None:
    printed = pte("run", *ONE, "tracking=wandb", "tracking.project=live")
    assert printed.code == 0
    assert "was not told" not in printed.err
    arrived(database, "live")
    assert not [p for p in RUN.rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()]


def test_an_offline_run_arrives_when_it_is_synced(pte: Pte, database: Path) -> None:
    assert pte("run", *ONE).code == 0
    changes = ["tracking.mode=offline", "tracking.project=synced"]
    assert pte("track", str(RUN), *changes).code == 0
    [folder] = RUN.glob("tracking/wandb/offline-run-*")
    done = subprocess.run(
        [sys.executable, "-m", "wandb", "sync", str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    arrived(database, "synced")
