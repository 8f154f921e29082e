"""A report in W&B: written with `tracking=wandb`, read back from the disk."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from harness.cli import main as command
from harness.cli.main import main
from tests.analysis.cli.test_analyze import LADDER
from tests.tracking.conftest import needs_wandb
from tests.tracking.wandb_files import offline_runs

MADE = ["analyze", "scores.csv", "-o", "report", "--replicates", "100"]
TRACKED = ["tracking=wandb", "tracking.mode=offline"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("analyze", "analysis.cli.analyze", command.GROUP)
    monkeypatch.setattr(command, "entry_points", lambda group: [point])
    monkeypatch.setenv("PYTHONPATH", str(Path(command.__file__).parents[2]))
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("scores.csv").write_text(LADDER)


def test_a_report_is_a_run_with_plots_tables_and_estimates(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    needs_wandb()
    # What W&B leaves in the environment of a process that has used it, and has stopped meanwhile.
    monkeypatch.setenv("WANDB_SERVICE", f"3-1-unix-{tmp_path}/socket")
    assert main([*MADE, *TRACKED]) == 0
    [(name, written)] = offline_runs(Path("report/tracking")).items()
    assert name == "analysis of scores"
    assert (written.run.job_type, written.run.run_group) == ("analysis", "scores")
    content = json.loads(Path("report/estimates.json").read_text())
    ceg = next(e for e in content["estimates"] if e["id"] == "bench/ceg/few_shot")
    assert written.summary["bench/ceg/few_shot"] == ceg["point"]
    assert written.config["replicates"] == 100
    table = {row["id"]: row for row in written.table("tables/estimates")}
    assert set(table) == {each["id"] for each in content["estimates"]}
    assert table["bench/ceg/few_shot"]["low"] == ceg["low"]
    [shown] = written.history
    for picture in Path("report/plots").glob("*.png"):
        assert shown[f"plots/{picture.stem}/_type"] == "image-file"
    for frame in Path("report/tables").glob("*.csv"):
        assert shown[f"tables/{frame.stem}/nrows"] > 0
    assert shown["report/_type"] == "html-file"
    assert written.artifacts["estimates"] == ["estimates.json"]


def test_a_report_that_cannot_be_told_is_not_begun(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*MADE, "tracking=wandb"]) == 2
    assert "WANDB_API_KEY" in capsys.readouterr().err
    assert not Path("report").exists()
