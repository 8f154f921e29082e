"""Engines for the smoke run, with a pocket model in them, and what they are asked.

Checks of one process share what is loaded; at any time one engine, besides the reference:
transformers on the CPU in 32-bit numbers, one request at a time.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeVar

from benchmarks.pocket.arithmetic import PocketArithmetic
from harness.contracts.address import Address
from harness.contracts.prompt import Prompt
from harness.doctor.contract import Asked
from harness.engines.protocol import (
    GREEDY,
    Completion,
    CompletionRequest,
    Engine,
    EngineConfig,
    LoadRequest,
    Sampling,
    Tag,
)
from harness.engines.rendering import Renderer
from harness.engines.transformers import TransformersConfig
from harness.engines.vllm.config import VllmConfig
from harness.errors import UserError
from harness.models.spec import Adapter, ModelSpec
from pocket.ladder import RECIPES, shipped
from pocket.model import WINDOW
from ptes.prompting.chain_of_thought import ChainOfThought

T = TypeVar("T")
MODEL, SIBLING = RECIPES[-4].name, RECIPES[-8].name
"""The model that is asked, and another rung of the ladder whose weights take its place."""
PROBLEMS, TOKENS = 16, 48
TAG = Tag("doctor", "solve", Address(), 0, "base")


@dataclass
class Session:
    """What this process has loaded."""

    config: EngineConfig
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    engine: Engine | None = None
    adapters: tuple[Adapter, ...] = ()
    seconds: float = 0.0
    """That loading the engine took."""
    _said: dict[str, list[Completion]] = field(default_factory=dict)

    @classmethod
    def of(cls, asked: Asked) -> Session:
        """A session with the engine that `pte run` would take here, in the ladder's own format.

        Raises:
            UserError: it is one that does not load weights here.
        """
        engine = asked.engine
        own = any(word.lstrip("+").startswith("engine.dtype=") for word in asked.words)
        if isinstance(engine, VllmConfig):
            small = replace(engine, cpu_cache_gib=1)
            return cls(small if own else replace(small, dtype="float32"))
        if isinstance(engine, TransformersConfig):
            batched = replace(engine, batch_size=max(engine.batch_size, PROBLEMS))
            return cls(batched if own else replace(batched, dtype="float32"))
        raise UserError(f"engine={engine.name} loads no model here: take engine=vllm")

    @property
    def exact(self) -> bool:
        """Whether it computes in 32-bit numbers, as the reference does."""
        return getattr(self.config, "dtype", "") == "float32"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something with the engine, in the loop that it lives in."""
        return self.loop.run_until_complete(work)

    def load(self, name: str = MODEL, adapters: tuple[Adapter, ...] = ()) -> Engine:
        """The engine with a model of the ladder in it, freshly loaded; another one is closed."""
        self.close()
        begun = time.monotonic()
        self.engine = self.run(self.config.load(request(name, adapters)))
        self.adapters = adapters
        self.seconds = time.monotonic() - begun
        return self.engine

    def plain(self) -> Engine:
        """The engine with the model and no adapter, loaded unless it is there."""
        return self.engine if self.engine and not self.adapters else self.load()

    def close(self) -> None:
        """Close the engine."""
        if self.engine:
            self.run(self.engine.close())
            self.engine = None

    def reference(self, name: str = MODEL) -> list[Completion]:
        """What transformers on the CPU says to the prompts, greedily; asked once a model."""
        if name not in self._said:
            engine = self.referee(name)
            self._said[name] = self.run(said(engine, prompts(engine)))
        return self._said[name]

    def referee(self, name: str = MODEL) -> Engine:
        """The reference engine with a model of the ladder."""
        return self.run(TransformersConfig(dtype="float32", device="cpu").load(request(name)))


@cache
def session(asked: Asked) -> Session:
    """This process's session."""
    return Session.of(asked)


def request(
    name: str, adapters: tuple[Adapter, ...] = (), weights: str | None = None
) -> LoadRequest:
    """What loads a model of the ladder."""
    recipe = next(each for each in RECIPES if each.name == name)
    spec = ModelSpec(
        name=name,
        weights=weights or str(shipped() / name),
        family="pocket",
        stage="base",
        parameters=recipe.parameters,
        training_tokens=recipe.tokens,
        training=None,
        context_window=WINDOW,
    )
    return LoadRequest(spec, adapters, WINDOW)


def prompts(engine: Engine) -> list[array[int]]:
    """Problems of pocket arithmetic that ask for worked answers, as token ids."""
    benchmark = PocketArithmetic(seed=11, size=PROBLEMS)
    task, renderer = benchmark.task(), Renderer(engine.tokenizer, chat=False)
    made = []
    for item in benchmark.load().items:
        question = item.problem.question
        bare = Prompt(question, task.instruction, answer_format=task.answer_format, cue=task.cue)
        prompt = ChainOfThought().prompt(bare, task, 0)
        made.append(renderer.render(prompt, prompt.opening)[0])
    return made


async def said(
    engine: Engine,
    ids: Sequence[array[int]],
    adapter: Adapter | None = None,
    sampling: Sampling = GREEDY,
) -> list[Completion]:
    """What an engine says to prompts, all in flight at once."""
    asked = [
        CompletionRequest(
            ids=each,
            sampling=sampling,
            max_tokens=TOKENS,
            stop=(),
            tag=TAG,
            seed=number,
            adapter=adapter,
        )
        for number, each in enumerate(ids)
    ]
    return list(await asyncio.gather(*map(engine.complete, asked)))
