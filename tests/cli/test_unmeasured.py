"""What no model said is never taken for a result."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from harness.cli.main import main
from harness.engines.protocol import NOT_MEASURED

ROOT = Path(__file__).resolve().parents[2]
FAKE = ["benchmark=pocket_arithmetic", "engine=fake", "limit=2", "name=mine"]
OTHER = [f"hydra.searchpath=[file://{ROOT}/tests/conf]", "benchmark=toy", "model=toy_model"]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """The folder of a run without a model, in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    assert main(["run", *FAKE]) == 0
    said = capsys.readouterr()
    assert said.err.startswith(NOT_MEASURED)
    assert said.out.startswith(NOT_MEASURED)
    return tmp_path / "runs" / "mine"


def test_plan_results_and_records_say_so(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *FAKE]) == 0
    assert capsys.readouterr().err.startswith(NOT_MEASURED)
    assert main(["results", str(run)]) == 0
    assert capsys.readouterr().out.startswith(NOT_MEASURED)
    assert main(["results", str(run), "--format", "csv"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith(NOT_MEASURED)
    assert {line.split(",").count("fake") for line in said.out.splitlines()[1:]} == {1}
    rows = pd.read_parquet(run / "records")
    assert set(rows["engine"]) == {"fake"}
    assert set(rows["engine_settings"]) == {'{"measured": false}'}


def test_it_is_not_analysed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(run), "-o", "report"]) == 2
    assert NOT_MEASURED in capsys.readouterr().err
    assert not Path("report").exists()


def test_it_is_not_told_to_wandb(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *FAKE, "tracking=wandb", "tracking.mode=offline"]) == 2
    assert NOT_MEASURED in capsys.readouterr().err
    assert main(["track", str(run), "tracking.mode=offline"]) == 2
    assert NOT_MEASURED in capsys.readouterr().err


def test_results_never_come_to_lie_beside_it(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(run.glob("records/*"))
    assert main(["run", *OTHER, "engine=scripted", "limit=2", "name=mine"]) == 2
    assert "holds a run with engine=fake" in capsys.readouterr().err
    assert main(["run", *OTHER, "engine=scripted", "limit=2", "name=real"]) == 0
    assert main(["run", *FAKE[:-1], "name=real"]) == 2
    assert "holds a run with engine=scripted" in capsys.readouterr().err
    assert sorted(run.glob("records/*")) == before
    assert main(["run", *FAKE]) == 0
