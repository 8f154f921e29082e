"""A hundred samples with a verifier keep vLLM's pooling runner as full as its own requests do."""

from __future__ import annotations

import asyncio
import tempfile
import time
from array import array
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.contracts.address import Address
from harness.contracts.sampling import GREEDY, Sampling
from harness.engines.fake import FakeConfig
from harness.engines.protocol import (
    CompletionRequest,
    Engine,
    LoadRequest,
    Reward,
    RewardRequest,
    Tag,
)
from harness.engines.vllm.config import VllmConfig
from harness.models.reward_head import RewardHead
from harness.models.spec import ModelSpec
from harness.plan.cell import Setting
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.selection.verifier import Verifier
from tests.performance.engine import bundled
from tests.performance.figure import figure
from tests.toys import ToyBenchmark, toy_runner

WINDOW = 512
SAMPLES, PROBLEMS = 100, 3
IDS = array("I", [1, 2, 3])
WORDS = "so we add the first number to the second one and look at what comes of it, which is "


def said(request: CompletionRequest, prompt: str) -> str:
    """A solution of some sixty tokens, another one for every draw."""
    number = request.tag.address["selection"]
    return f"Way {number}: {WORDS * 2}{number % 7}. The answer is {number % 7}."


def with_head(folder: Path) -> ModelSpec:
    """The bundled model with an untrained head in place of its output layer."""
    import transformers

    writer = bundled()
    made = transformers.AutoModelForSequenceClassification.from_pretrained(
        writer.weights, num_labels=1
    )
    made.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(writer.weights).save_pretrained(folder)
    head = RewardHead("outcome")
    return replace(writer, name="judge", weights=str(folder), stage="reward", reward=head)


class Kept:
    """A reward engine that stays loaded, and keeps what it was asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.tokenizer = engine.tokenizer
        self.asked: list[RewardRequest] = []

    async def reward(self, request: RewardRequest) -> Reward:
        self.asked.append(request)
        return await self._engine.reward(request)

    async def swap(self, request: LoadRequest) -> bool:
        return False

    async def close(self) -> None:
        """Left to the owner."""


@dataclass(frozen=True)
class Judged(FakeConfig):
    """Solutions from a script, at once, and a reward model that is there already."""

    kept: Kept | None = None

    async def load(self, request: LoadRequest) -> Any:
        return self.kept if request.model.reward else await super().load(request)


async def direct(engine: Engine, asked: list[RewardRequest]) -> float:
    """Seconds that the same requests take when they are given straight to the engine."""
    start = time.perf_counter()
    await asyncio.gather(*map(engine.reward, asked))
    return time.perf_counter() - start


def _other(ids: array[int]) -> array[int]:
    """Another question of the same length, so that nothing of it is in the prefix cache."""
    return array("I", [ids[0], ids[1] + 1, *ids[2:]])


def main() -> bool:
    """Print the figure; whether its bar is met."""
    loop = asyncio.new_event_loop()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = with_head(folder / "judge")
        config = VllmConfig(max_num_seqs=128, cpu_cache_gib=1)
        engine = loop.run_until_complete(config.load(LoadRequest(model, (), WINDOW)))
        kept = Kept(engine)
        sampling = {"solve": Sampling(), "verifier": GREEDY}
        runner = toy_runner(
            folder,
            [[ChainOfThought(), Verifier(model, n=SAMPLES)]],
            Judged(said, kept=kept),
            ToyBenchmark(size=PROBLEMS),
            setting=Setting("fake", sampling, 10_000, 0),
        )
        tag = Tag("p", "verifier", Address(), 0, "base")
        loop.run_until_complete(engine.reward(RewardRequest(IDS, array("I", [2]), tag)))  # warm
        start = time.perf_counter()
        loop.run_until_complete(runner.run())
        ours = time.perf_counter() - start
        shifted = [replace(each, ids=_other(each.ids)) for each in kept.asked]
        assert len(shifted) == SAMPLES * PROBLEMS
        raw = loop.run_until_complete(direct(engine, shifted))
        loop.run_until_complete(engine.close())
    return figure("reward_fill_vllm", raw / ours, "ratio", ">= 0.9")


if __name__ == "__main__":
    raise SystemExit(not main())
