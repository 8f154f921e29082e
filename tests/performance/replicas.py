"""What eight copies of a model on one machine get through, over eight times what one does.

The copies are started as `engine.replicas` starts them; the server behind each is a stand-in that
works on so many requests at once and takes a fixed time for each.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from array import array
from pathlib import Path
from unittest.mock import patch

from harness.engines.protocol import CompletionRequest, LoadRequest, Sampling
from harness.engines.vllm import replicated
from harness.engines.vllm.config import VllmConfig
from harness.models.resolve import pin
from harness.models.spec import ModelSpec
from tests.fake_server import byte_checkpoint
from tests.performance.figure import figure
from tests.performance.servers import CAPACITY, DRAWS, ROUNDS, SECONDS, SERVERS, TAG
from tests.toys import toy_model

ROOT = Path(__file__).resolve().parents[2]


async def throughput(model: ModelSpec, copies: int) -> float:
    """Requests a second of so many copies."""
    arguments = {"model": model.weights, "max_model_len": 1000}
    request = LoadRequest(model, (), 1000, pin(model))
    groups = [(str(number),) for number in range(copies)]
    settings = VllmConfig(max_num_seqs=CAPACITY)
    engine = await replicated.replicated(settings, request, arguments, groups)
    count = ROUNDS * CAPACITY * copies
    asked = [
        CompletionRequest(
            ids=array("I", [n // DRAWS % 256] * 200),
            sampling=Sampling(),
            max_tokens=8,
            stop=(),
            tag=TAG,
            seed=n,
        )
        for n in range(count)
    ]
    try:
        await asyncio.gather(*map(engine.complete, asked[: CAPACITY * copies]))
        begin = time.perf_counter()
        await asyncio.gather(*map(engine.complete, asked))
        return count / (time.perf_counter() - begin)
    finally:
        await engine.close()


def main() -> bool:
    """Print the figure; whether its bar is met."""
    takes_seeds = patch.object(replicated, "device", lambda: "cuda")
    with tempfile.TemporaryDirectory() as folder, takes_seeds:
        os.environ |= {
            "PYTHONPATH": f"{ROOT / 'tests' / 'fake_vllm'}:{ROOT}",
            "FAKE_VLLM_SAYS": folder,
            "FAKE_VLLM_SECONDS": str(SECONDS),
            "FAKE_VLLM_CAPACITY": str(CAPACITY),
        }
        model = toy_model(byte_checkpoint(Path(folder) / "model"))
        one, all_of_them = (asyncio.run(throughput(model, n)) for n in (1, SERVERS))
    print(f"  (requests a second: {one:.1f} from one copy, {all_of_them:.1f} from {SERVERS})")
    return figure("replicas_scaling", all_of_them / one / SERVERS, "of linear", ">= 0.9")


if __name__ == "__main__":
    raise SystemExit(not main())
