"""`model=/folder` from the command line to plan, run and results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from tests.checkpoints import PARAMETERS, checkpoint

CONF = Path(__file__).resolve().parents[1] / "conf"
TOY = [f"hydra.searchpath=[file://{CONF}]", "engine=fake", "benchmark=toy", "limit=2"]
UNKNOWN = "model tiny: training compute unknown: no CEG."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(weights))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    return checkpoint(tmp_path / "Tiny", max_position_embeddings=4096)


def test_a_plan_says_that_the_compute_is_unknown(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *TOY, f"model={folder}"]) == 0
    assert UNKNOWN in capfd.readouterr().out
    assert main(["plan", *TOY, f"model={folder}", "--format", "json"]) == 0
    printed = capfd.readouterr()
    assert {row["model"] for row in json.loads(printed.out)} == {"tiny"}
    assert UNKNOWN in printed.err


def test_a_run_records_its_models_and_results_leave_the_compute_open(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *TOY, f"model=[{folder},toy_model]", "runs=runs", "name=r"]) == 0
    assert UNKNOWN in capfd.readouterr().err
    tiny, toy = json.loads(Path("runs/r/plan.json").read_text())["models"]
    assert tiny["parameters"] == PARAMETERS
    assert tiny["training_flop"] is None
    assert tiny["read"] is None  # this engine loads no weights
    assert toy["training_flop"] == 6e15
    assert main(["results", "runs/r", "--format", "json"]) == 0
    rows = json.loads(capfd.readouterr().out)
    assert [row["training FLOP"] for row in rows] == [6e15, 6e15, None, None]


def test_a_model_on_a_hub_that_cannot_be_asked_is_planned_and_not_run(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.models.hub.cached", lambda *_: None)
    assert main(["plan", *TOY, "model=maker/Name-7B"]) == 0
    said = capfd.readouterr().out
    assert "size, window and chat template are not known yet" in said
    assert "an unknown time" in said
    assert main(["run", *TOY, "model=maker/Name-7B"]) == 2
    assert "hf download maker/Name-7B" in capfd.readouterr().err


def test_a_model_too_large_for_the_hardware_is_not_planned(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = [TOY[0], "benchmark=toy", "limit=2", "engine=vllm"]
    assert main(["plan", *words, "model=llama3_1_405b"]) == 2
    said = capfd.readouterr().err
    assert "llama3_1_405b needs 756 GiB for its weights in bfloat16" in said
    assert "engine.tensor_parallel_size (to 16 or more)" in said
    assert main(["plan", *words, "model=llama3_1_405b", "engine.tensor_parallel_size=16"]) == 0
