"""From one rung to the next: another engine over the running one with the rung's weights put in.

Both are timed up to the first answer, in one process, with everything imported and cached.
"""

from __future__ import annotations

import asyncio
import time

from harness.contracts.address import Address
from harness.engines.protocol import GREEDY, CompletionRequest, Engine, LoadRequest, Tag
from harness.engines.vllm.config import VllmConfig
from harness.models.spec import ModelSpec, TrainingCompute
from pocket.ladder import RECIPES, shipped
from pocket.model import WINDOW
from tests.performance.figure import figure

CONFIG = VllmConfig(dtype="float32", cpu_cache_gib=1)


def rung(place: int) -> LoadRequest:
    recipe = RECIPES[place]
    compute = TrainingCompute(recipe.flop, "6ND", True)
    spec = ModelSpec(
        name=recipe.name,
        weights=str(shipped() / recipe.name),
        family="pocket",
        stage="base",
        parameters=recipe.parameters,
        training_tokens=recipe.tokens,
        training=compute,
        context_window=WINDOW,
    )
    return LoadRequest(spec, (), WINDOW)


async def answer(engine: Engine) -> None:
    ids = engine.tokenizer.encode("12", start=True)
    tag = Tag("p", "solve", Address(), 0, "base")
    await engine.complete(
        CompletionRequest(ids=ids, sampling=GREEDY, max_tokens=2, stop=(), tag=tag, seed=0)
    )


async def speedup() -> float:
    first = await CONFIG.load(rung(0))
    await answer(first)
    await first.close()
    start = time.perf_counter()
    second = await CONFIG.load(rung(1))
    await answer(second)
    loading = time.perf_counter() - start
    start = time.perf_counter()
    swapped = await second.swap(rung(2))
    await answer(second)
    swapping = time.perf_counter() - start
    await second.close()
    if not swapped:
        raise RuntimeError("this machine's engine takes no other weights in")
    print(f"  (loading {loading:.1f} s, putting weights in {swapping:.3f} s)")
    return loading / swapping


def main() -> bool:
    return figure("ladder_swap_speedup", asyncio.run(speedup()), "ratio", ">= 20")


if __name__ == "__main__":
    raise SystemExit(not main())
