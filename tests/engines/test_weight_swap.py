"""Another rung's weights in a running engine: what it says then is what a fresh engine says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.pocket.arithmetic import PocketArithmetic
from harness.contracts.address import Address
from harness.contracts.prompt import Prompt
from harness.engines.protocol import (
    GREEDY,
    Completion,
    CompletionRequest,
    Engine,
    EngineConfig,
    LoadRequest,
    LogLikelihoodRequest,
    Tag,
)
from harness.engines.rendering import Renderer
from harness.engines.transformers import TransformersConfig
from harness.engines.weight_swap import same_architecture
from harness.models.spec import ModelSpec, TrainingCompute
from pocket.ladder import RECIPES, shipped
from pocket.model import WINDOW
from ptes.prompting.chain_of_thought import ChainOfThought
from tests.engines.conftest import Loaded, bundled, needs

__all__ = ["bundled"]
pytestmark = pytest.mark.engine

BENCHMARK = PocketArithmetic(seed=11, size=40)
TASK = BENCHMARK.task()
LOW, HIGH = RECIPES[-8].name, RECIPES[-4].name


def request(name: str) -> LoadRequest:
    spec = ModelSpec(
        name=name,
        weights=str(shipped() / name),
        family="pocket",
        stage="base",
        parameters=RECIPES[0].parameters,
        training_tokens=1e6,
        training=TrainingCompute(1e12, "6ND", True),
        context_window=WINDOW,
    )
    return LoadRequest(spec, (), WINDOW)


async def raw(config: EngineConfig) -> list[tuple[list[int], str]]:
    """Token ids and ends of some worked answers."""
    engine = await config.load(request(HIGH))
    result = await completions(engine)
    await engine.close()
    return [(list(each.ids), each.finish) for each in result[:12]]


async def said(engine: Engine) -> list[str]:
    """Greedy worked answers to the benchmark's problems."""
    return [each.text.partition("\n")[0] for each in await completions(engine)]


async def completions(engine: Engine) -> list[Completion]:
    """The same in full, all in flight at once."""
    renderer = Renderer(engine.tokenizer, chat=False)

    async def one(question: str) -> Completion:
        bare = Prompt(question, TASK.instruction, answer_format=TASK.answer_format, cue=TASK.cue)
        prompt = ChainOfThought().prompt(bare, TASK, 0)
        ids, _ = renderer.render(prompt, prompt.opening)
        tag = Tag(question, "solve", Address(), 0, "base")
        asked = CompletionRequest(
            ids=ids, sampling=GREEDY, max_tokens=60, stop=renderer.stops, tag=tag, seed=1
        )
        return await engine.complete(asked)

    items = BENCHMARK.load().items
    return list(await asyncio.gather(*(one(item.problem.question) for item in items)))


async def scored(engine: Engine) -> float:
    encode = engine.tokenizer.encode
    tag = Tag("p", "solve", Address(), 0, "base")
    ids = encode(f"{TASK.instruction}", start=True)
    return (await engine.score(LogLikelihoodRequest(ids, encode(" 0123"), tag))).logprob


def alone(config: EngineConfig, name: str) -> tuple[list[str], float]:
    """What an engine says that never held other weights."""

    async def work() -> tuple[list[str], float]:
        engine = await config.load(request(name))
        result = await said(engine), await scored(engine)
        await engine.close()
        return result

    return asyncio.run(work())


@pytest.fixture(scope="module")
def vllm() -> Iterator[Loaded]:
    needs("vllm")
    from harness.engines.vllm.config import VllmConfig

    config = VllmConfig(dtype="float32", max_num_seqs=64, cpu_cache_gib=1)
    loop = asyncio.new_event_loop()
    engine = loop.run_until_complete(config.load(request(LOW)))
    yield Loaded(engine, loop, None)  # type: ignore[arg-type]
    loop.run_until_complete(engine.close())
    loop.close()


def test_swapped_weights_answer_as_the_reference_does_with_them(vllm: Loaded) -> None:
    config = TransformersConfig(dtype="float32")
    low, high = alone(config, LOW), alone(config, HIGH)
    assert low[0] != high[0]
    for name, expected in ((LOW, low), (HIGH, high), (LOW, low)):
        assert vllm.run(lambda name=name: vllm.engine.swap(request(name)))  # type: ignore[misc]
        assert vllm.run(lambda: said(vllm.engine)) == expected[0]
        assert vllm.run(lambda: scored(vllm.engine)) == pytest.approx(expected[1], abs=1e-3)


def test_another_architecture_is_not_taken_in(vllm: Loaded, bundled: ModelSpec) -> None:
    other = LoadRequest(bundled, (), WINDOW)
    assert vllm.run(lambda: vllm.engine.swap(other)) is False


def test_batches_say_what_single_requests_say() -> None:
    needs("transformers")
    single = TransformersConfig(dtype="float32")
    assert alone(replace(single, batch_size=16), HIGH)[0] == alone(single, HIGH)[0]


def test_a_request_costs_the_same_alone_and_in_a_batch() -> None:
    """What fills up a row that ended early is nobody's token."""
    needs("transformers")
    batched = asyncio.run(raw(TransformersConfig(dtype="float32", batch_size=16)))
    assert batched == asyncio.run(raw(TransformersConfig(dtype="float32")))


def test_a_request_that_is_given_up_costs_the_others_nothing() -> None:
    needs("transformers")

    async def work() -> list[str]:
        engine = await TransformersConfig(dtype="float32", batch_size=4).load(request(HIGH))
        given_up = asyncio.create_task(said(engine))
        await asyncio.sleep(0.05)
        given_up.cancel()
        kept = await said(engine)
        await engine.close()
        return kept

    assert asyncio.run(work()) == alone(TransformersConfig(dtype="float32"), HIGH)[0]


def test_architectures_are_told_apart_by_their_config(tmp_path: Path) -> None:
    for name, text in {
        "a": '{"hidden_size": 64, "_name_or_path": "x"}',
        "b": '{"hidden_size": 64, "transformers_version": "5"}',
        "c": '{"hidden_size": 32}',
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(text)
    assert same_architecture(tmp_path / "a", tmp_path / "b")
    assert not same_architecture(tmp_path / "a", tmp_path / "c")
