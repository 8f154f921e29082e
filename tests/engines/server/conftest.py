"""A model with a tokenizer of bytes, and servers that serve it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from harness.contracts.address import Address
from harness.engines.protocol import CompletionRequest, LogLikelihoodRequest, Sampling, Tag
from harness.models.resolve import pin
from harness.models.spec import ModelSpec
from tests.engines.conftest import needs
from tests.fake_server import FakeServer, byte_checkpoint
from tests.toys import toy_model

TAG = Tag("p", "solve", Address(), 0, "base")
Serve = Callable[..., FakeServer]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    needs("transformers")
    folder = tmp_path_factory.mktemp("served")
    byte_checkpoint(folder)
    return toy_model(folder)


@pytest.fixture(scope="session")
def name(model: ModelSpec) -> str:
    """What the model has to be served as."""
    return f"{pin(model)}+bfloat16"


@pytest.fixture
def serve(name: str) -> Iterator[Serve]:
    """Start servers that end with the test."""
    with ExitStack() as stack:

        def start(**settings: Any) -> FakeServer:
            return stack.enter_context(FakeServer(**({"name": name} | settings)))

        yield start


def completion(prompt: str = "1 + 1 =", seed: int = 0, **changes: Any) -> CompletionRequest:
    fields: dict[str, Any] = {
        "ids": array("I", list(prompt.encode())),
        "sampling": Sampling(),
        "max_tokens": 16,
        "stop": (),
        "tag": TAG,
        "seed": seed,
    }
    return CompletionRequest(**(fields | changes))


def scoring(prompt: str, continuation: str) -> LogLikelihoodRequest:
    ids, more = (array("I", list(text.encode())) for text in (prompt, continuation))
    return LogLikelihoodRequest(ids, more, TAG)
