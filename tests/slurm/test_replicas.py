"""The script that serves: replicas behind the balancer, each on GPUs of its own, in every job."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from harness.models.resolve import content_hash
from tests.engines.conftest import needs
from tests.fake_server import FakeServer, byte_checkpoint
from tests.slurm.sweep import Sweep, records

FAKE_VLLM = Path(__file__).parents[1] / "fake_vllm"
JOBS, REPLICAS = 2, 2


def test_each_job_asks_replicas_of_its_own_and_ends_them(
    sweep: Sweep, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("transformers")
    weights = byte_checkpoint(folder / "weights")
    says = folder / "says"
    says.mkdir()
    monkeypatch.setenv("FAKE_VLLM_SAYS", str(says))
    path = f"{FAKE_VLLM}:{FAKE_VLLM.parents[1]}"
    size = sweep.served(12, "cluster.gpu_hours=0.04")
    jobs = [
        f"cluster.gpus={REPLICAS}",
        f"cluster.replicas={REPLICAS}",
        "cluster.serve=replicas",
        "cluster.serve_options=[--swap-space=0]",
        f"+cluster.environment.PYTHONPATH={path}",
    ]
    sweep.submit(*size, *jobs, "engine.urls_file=$PTE_URLS_FILE")
    sweep.finish()
    told = [json.loads(each.read_text()) for each in says.iterdir()]
    assert len(told) == JOBS * REPLICAS
    for job in range(JOBS):
        mine = [each for each in told if each["job"] == str(job)]
        assert len(mine) == REPLICAS
        assert len({each["gpus"] for each in mine}) == REPLICAS
        assert all(each["gpus"].isdigit() and each["asked"] for each in mine)
    for each in told:
        assert ["--model", str(weights)] == each["arguments"][:2]
        assert "--swap-space=0" in each["arguments"]
        assert "--tensor-parallel-size 1" in " ".join(each["arguments"])
    assert len({tuple(each["arguments"]) for each in told}) == len(told)  # ports and seeds differ
    with FakeServer(f"sha256:{content_hash(weights)}+bfloat16") as server:
        alone = sweep.alone(*size, f"engine.urls=[{server.url}]")
    pd.testing.assert_frame_equal(records(sweep.run), alone)
