"""`pte train-pocket`: makes models that the harness can use, keeps what is there."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from harness.cli.main import main
from harness.settings.experiment import load
from tests.engines.conftest import needs
from tests.run.conftest import ROOT


def train(folder: Path, *more: str) -> int:
    return main(["train-pocket", "-o", str(folder), "--steps", "10", "20", "--seeds", "1", *more])


def test_it_trains_the_ladder_that_the_harness_then_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs("torch")
    assert train(tmp_path) == 0
    message = capsys.readouterr().err
    assert "2 of 2 models to train" in message
    result = load([f"hydra.searchpath=[file://{tmp_path}/conf]", "ladder=trained",
                  "benchmark=pocket_arithmetic", "limit=3", "engine=transformers"])  # fmt: skip
    models = result.request.models
    assert [model.name for model in models] == ["pocket_00010_a", "pocket_00020_a"]
    flop, twice = (model.compute.flop or 0.0 for model in models)
    assert twice == pytest.approx(2 * flop, rel=1e-9)
    card = json.loads((tmp_path / "pocket_00010_a" / "training.json").read_text())
    assert flop == pytest.approx(card["flop"], rel=1e-9)
    assert models[0].parameters == card["parameters"]
    assert not list((tmp_path / ".unfinished").rglob("state.pt"))

    made = (tmp_path / "pocket_00010_a" / "model.safetensors").stat().st_mtime_ns
    assert train(tmp_path) == 0
    assert "to train" not in capsys.readouterr().err
    assert (tmp_path / "pocket_00010_a" / "model.safetensors").stat().st_mtime_ns == made


def test_workers_end_with_a_command_that_was_killed(tmp_path: Path) -> None:
    needs("torch")
    command = [sys.executable, "-m", "harness.cli.main", "train-pocket", "-o", str(tmp_path)]
    parent = subprocess.Popen(
        [*command, "--steps", "5000", "--seeds", "2"], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    workers: list[psutil.Process] = []
    for _ in range(600):  # until both train
        workers = psutil.Process(parent.pid).children(recursive=True)
        if sum(each.cpu_times().user > 4.0 for each in workers) >= 2 or parent.poll() is not None:
            break
        time.sleep(0.1)
    assert parent.poll() is None
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert not alive


@pytest.mark.parametrize(
    ("option", "value"), [("--seeds", "9"), ("--seeds", "0"), ("--steps", "0"), ("--jobs", "0")]
)
def test_settings_that_make_no_sense_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    assert main(["train-pocket", "-o", str(tmp_path), option, value]) == 2
    assert f"{option} {value}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
