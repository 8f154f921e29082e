"""Estimates that a W&B server on loopback keeps, brought into a forecast."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from analysis.gathering import gather
from harness.errors import UserError
from tests.tracking.conftest import KEY, Pte

SCORES = """model,family,stage,training_flop,benchmark,task_type,stack,score,n
m1,F,base,1e21,nq,qa,base,20,800
m2,F,base,1e22,nq,qa,base,40,800
m3,F,base,1e23,nq,qa,base,60,800
m1,F,base,1e21,nq,qa,few_shot,30,800
m2,F,base,1e22,nq,qa,few_shot,50,800
m3,F,base,1e23,nq,qa,few_shot,70,800
"""


@pytest.fixture
def artifact(pte: Pte, server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> str:
    """The estimates of a report that the server was told of, by their name."""
    address, database = server
    monkeypatch.setenv("WANDB_BASE_URL", address)
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    Path("scores.csv").write_text(SCORES)
    told = pte(
        *("analyze", "scores.csv", "--replicates", "100"),
        *("tracking=wandb", "tracking.project=kept"),
    )
    assert told.code == 0, told.err
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        [row] = connection.execute(
            "select * from artifacts where artifact_type = 'estimates'"
        ).fetchall()
        found = dict(row)
        [entity] = connection.execute("select * from projects where name = 'kept'").fetchall()
    print(found, dict(entity))
    return f"wandb:{dict(entity)['entity']}/kept/{found['name']}:latest"


def test_estimates_come_back_as_they_went(artifact: str) -> None:
    file = gather([artifact])
    here = gather(["report/estimates.json"])
    assert [m.id for m in file.measurements] == [m.id for m in here.measurements]
    assert file.sha256 == here.sha256
    with pytest.raises(UserError, match="W&B gives no artefact"):
        gather([artifact.replace("/kept/", "/kept/no-")])
    # The same from two places counts once.
    both = gather([artifact, "report/estimates.json"])
    assert len(both.measurements) == len(here.measurements)
