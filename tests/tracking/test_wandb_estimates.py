"""Estimates that W&B keeps, brought into a forecast."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.gathering import gather
from harness.errors import UserError
from tests.tracking.artifact_server import NAME, artifact_server
from tests.tracking.conftest import KEY, Pte, needs_wandb

SCORES = """model,family,stage,training_flop,benchmark,task_type,stack,score,n
m1,F,base,1e21,nq,qa,base,20,800
m2,F,base,1e22,nq,qa,base,40,800
m3,F,base,1e23,nq,qa,base,60,800
m1,F,base,1e21,nq,qa,few_shot,30,800
m2,F,base,1e22,nq,qa,few_shot,50,800
m3,F,base,1e23,nq,qa,few_shot,70,800
"""
ANALYZE = ("analyze", "scores.csv", "--replicates", "100")


def test_estimates_come_back_as_they_went(pte: Pte, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_wandb()
    Path("scores.csv").write_text(SCORES)
    assert pte(*ANALYZE).code == 0
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    here = gather(["report"])
    with artifact_server(Path("report/estimates.json")) as address:
        monkeypatch.setenv("WANDB_BASE_URL", address)
        file = gather([f"wandb:{NAME}"])
        both = gather([f"wandb:{NAME}", "report"])
        with pytest.raises(UserError, match="W&B gives no artefact team/kept/other:latest"):
            gather(["wandb:team/kept/other:latest"])
    assert [m.id for m in file.measurements] == [m.id for m in here.measurements]
    assert file.sha256 == here.sha256
    # The same from two places counts once.
    assert len(both.measurements) == len(here.measurements)
    assert len(both.notes) == 1
