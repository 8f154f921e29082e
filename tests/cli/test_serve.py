"""`pte serve`, and runs on servers, from the command line."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.models.resolve import content_hash
from tests.engines.conftest import needs
from tests.fake_server import FakeServer, byte_checkpoint

CONF = Path(__file__).resolve().parents[1] / "conf"
TOY = [f"hydra.searchpath=[file://{CONF}]", "benchmark=toy", "model=toy_model"]


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    needs("transformers")
    folder = byte_checkpoint(tmp_path / "weights")
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(folder))
    monkeypatch.delenv("VLLM_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    return folder


def test_the_command_names_what_the_run_looks_for(
    weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ["engine.dtype=float32", "engine.quantisation=fp8", "context_window=512"]
    code = main(["serve", "--print", "--port", "8123", "--vllm=--swap-space 0", *TOY, *settings])
    words = shlex.split(capsys.readouterr().out)
    assert code == 0
    expected = {
        "--model": str(weights),
        "--served-model-name": f"sha256:{content_hash(weights)}+float32+fp8",
        "--dtype": "float32",
        "--quantization": "fp8",
        "--max-model-len": "512",
        "--generation-config": "vllm",
        "--port": "8123",
        "--swap-space": "0",
    }
    assert {key: words[words.index(key) + 1] for key in expected} == expected


def test_two_servers_have_two_seeds(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeds = set()
    for _ in range(2):
        main(["serve", "--print", *TOY])
        words = shlex.split(capsys.readouterr().out)
        seeds.add(words[words.index("--seed") + 1])
    assert len(seeds) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--model", "another"], "choose one with --model"), (["engine=vllm"], "not engine=vllm")],
)
def test_what_cannot_be_served(
    weights: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["serve", "--print", *words, *TOY]) == 2
    assert message in capsys.readouterr().err


def test_a_run_on_a_server_and_its_refusal(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"sha256:{content_hash(weights)}+bfloat16"
    run = [*TOY, "engine=server", "limit=4"]
    with FakeServer(name) as server, FakeServer("another") as other:
        assert main(["run", *run, f"engine.urls=[{other.url}]"]) == 2
        assert "asks for sha256:" in capsys.readouterr().err
        assert not list(tmp_path.glob("runs/*/records"))
        assert main(["run", *run, f"engine.urls=[{server.url}]"]) == 0
        asked = len(server.asked)
        assert asked >= 4
        # Elsewhere, the run goes on as the same one: there is nothing left to ask.
        with FakeServer(name) as elsewhere:
            assert main(["run", *run, f"engine.urls=[{elsewhere.url}]"]) == 0
            assert not elsewhere.asked
    assert len(list(tmp_path.glob("runs/*/records"))) == 1
