"""The script that serves: replicas behind the balancer, each on GPUs of its own, in every job."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.models.resolve import content_hash
from tests.engines.conftest import needs
from tests.fake_server import FakeServer, byte_checkpoint
from tests.slurm.sweep import Sweep, records

FAKE_VLLM = Path(__file__).parents[1] / "fake_vllm"
JOBS, REPLICAS = 2, 2
Told = list[dict[str, Any]]


@dataclass
class Serving:
    """A sweep whose jobs start servers of their own."""

    sweep: Sweep
    weights: Path
    says: Path
    settings: list[str]

    def told(self, *overrides: str) -> Told:
        """What the servers of the finished array were told."""
        path = f"+cluster.environment.PYTHONPATH={FAKE_VLLM}:{FAKE_VLLM.parents[1]}"
        urls = "engine.urls_file=$PTE_URLS_FILE"
        self.sweep.submit(*self.settings, urls, path, *overrides)
        self.sweep.finish()
        return [json.loads(each.read_text()) for each in self.says.iterdir()]

    def check(self) -> None:
        """The records are those that one undisturbed server's answers make."""
        with FakeServer(f"sha256:{content_hash(self.weights)}+bfloat16") as server:
            alone = self.sweep.alone(*self.settings, f"engine.urls=[{server.url}]")
        pd.testing.assert_frame_equal(records(self.sweep.run), alone)


@pytest.fixture
def serving(sweep: Sweep, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Serving:
    needs("transformers")
    weights = byte_checkpoint(folder / "weights")
    says = folder / "says"
    says.mkdir()
    monkeypatch.setenv("FAKE_VLLM_SAYS", str(says))
    return Serving(sweep, weights, says, sweep.served(12, "cluster.gpu_hours=0.04"))


def test_each_job_asks_replicas_of_its_own_and_ends_them(serving: Serving) -> None:
    message = serving.told(
        "cluster.serve=replicas",
        f"cluster.gpus={REPLICAS}",
        f"cluster.replicas={REPLICAS}",
        "cluster.serve_options=['--swap-space=0']",
    )
    assert len(message) == JOBS * REPLICAS
    for job in range(JOBS):
        mine = [each for each in message if each["job"] == str(job)]
        assert len(mine) == REPLICAS
        assert len({each["gpus"] for each in mine}) == REPLICAS
        assert all(each["gpus"].isdigit() and each["asked"] for each in mine)
    for each in message:
        assert ["--model", str(serving.weights)] == each["arguments"][:2]
        assert "--swap-space=0" in each["arguments"]
        assert "--tensor-parallel-size 1" in " ".join(each["arguments"])
    assert len({tuple(each["arguments"]) for each in message}) == len(
        message
    )  # ports and seeds differ
    serving.check()


def test_a_server_over_nodes_starts_once_ray_is_there(
    serving: Serving, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one node, since there is one here, with a stand-in for Ray that says how it was called."""
    (folder / "bin").mkdir()
    ray = folder / "bin" / "ray"
    ray.write_text(f'#!/bin/bash\necho "$@" >> {folder}/ray\nexec sleep 600\n')
    ray.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ray.parent}:{os.environ['PATH']}")
    (message,) = serving.told("cluster.serve=ray", "cluster.gpus=2", "cluster.gpu_hours=1")
    said = " ".join(message["arguments"])
    assert "--tensor-parallel-size 2 --pipeline-parallel-size 1" in said
    assert message["asked"]
    assert "start --head --block" in (folder / "ray").read_text()
    serving.check()
