"""What a sweep says of thinking is told to the chat template of every engine that has one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.contracts.thoughts import Thoughts
from harness.engines.protocol import EngineConfig, LoadRequest
from harness.engines.transformers import TransformersConfig
from harness.engines.vllm import engine as vllm_engine
from harness.errors import UserError
from tests import chat_templates as templates
from tests.engines.conftest import needs
from tests.small_tokenizers import byte_level
from tests.toys import toy_model


def request(folder: Path, template: str, thinking: bool | None) -> LoadRequest:
    byte_level(folder, template)
    return LoadRequest(toy_model(folder, chat=True), (), 100, thinking=thinking)


@pytest.mark.parametrize("config", [TransformersConfig()])
def test_a_template_that_cannot_be_told_is_known_before_weights_are_loaded(
    tmp_path: Path, config: EngineConfig
) -> None:
    needs("torch")
    with pytest.raises(UserError, match=r"thinking=true: the chat template of .* has no switch"):
        asyncio.run(config.load(request(tmp_path, templates.CHATML, thinking=True)))


@pytest.mark.parametrize("thinking", [True, False])
def test_vllm_is_told(tmp_path: Path, thinking: bool) -> None:
    tokenizer = vllm_engine.tokenizer_of(request(tmp_path, templates.QWEN3, thinking))
    expected = Thoughts("<think>", "</think>", opened=False, closed=not thinking)
    assert tokenizer.thoughts == expected
