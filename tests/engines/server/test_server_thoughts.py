"""Thoughts over a server: the switch is in the prompt, marks that are special tokens come back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.thoughts import Thoughts, after_thoughts
from harness.engines.protocol import Completion, LoadRequest
from harness.engines.server.config import ServerConfig
from harness.engines.tokenizer import CheckpointTokenizer
from harness.errors import UserError
from harness.models.resolve import pin
from harness.models.spec import ModelSpec
from harness.models.thinking import HARMONY
from tests import chat_templates as templates
from tests.engines.server.conftest import Serve, completion
from tests.fake_server import Fault
from tests.small_tokenizers import CHANNELS, TURNS, byte_level
from tests.toys import toy_model

WRITTEN = f"{HARMONY.open}5?{HARMONY.close}It is 4."
USER = [{"role": "user", "content": "Well?"}]


def served(folder: Path, template: str, **changes: Any) -> ModelSpec:
    byte_level(folder, template, special=(*TURNS, *CHANNELS))
    return toy_model(folder, chat=True, **changes)


def load(url: str, model: ModelSpec, thinking: bool | None, *asked: Any, **settings: Any) -> Any:
    """The engine's tokenizer and its answers."""

    async def work() -> tuple[CheckpointTokenizer, list[Completion]]:
        config = ServerConfig(urls=(url,), **settings)
        engine = await config.load(LoadRequest(model, (), 1000, thinking=thinking))
        try:
            answers = [await engine.complete(each) for each in asked]
        finally:
            await engine.close()
        assert isinstance(engine.tokenizer, CheckpointTokenizer)
        return engine.tokenizer, answers

    return asyncio.run(work())


@pytest.mark.parametrize("thinking", [True, False])
def test_a_switch_is_in_the_prompts_that_servers_are_sent(
    serve: Serve, tmp_path: Path, thinking: bool
) -> None:
    model = served(tmp_path, templates.QWEN3, thinking="switch")
    server = serve(name=f"{pin(model)}+bfloat16")
    tokenizer, _ = load(server.url, model, thinking)
    assert tokenizer.thoughts == Thoughts("<think>", "</think>", opened=False, closed=not thinking)
    shown = tokenizer.raw.decode(list(tokenizer.chat(USER)))
    assert shown.endswith("assistant\n" if thinking else "<think>\n\n</think>\n\n")


def test_marks_that_are_special_tokens_are_asked_for_and_kept(serve: Serve, tmp_path: Path) -> None:
    model = served(tmp_path, templates.HARMONY, thinking="always")
    ids = CheckpointTokenizer(tmp_path, chat=True).raw(f"{WRITTEN}<|return|>").input_ids
    said = Fault(change={"token_ids": ids, "text": "5?It is 4.", "finish_reason": "stop"})
    server = serve(name=f"{pin(model)}+bfloat16", mode=said)
    tokenizer, [answer] = load(server.url, model, True, completion(max_tokens=200))
    assert answer.text == WRITTEN
    assert answer.ids.tolist() == ids
    assert after_thoughts(answer.text, tokenizer.thoughts) == "It is 4."
    assert all(body["skip_special_tokens"] is False for body in server.asked)


@pytest.mark.parametrize(
    "settings", [{"token_ids": "encoded"}, {"version": "other-1"}], ids=["no ids", "no vLLM"]
)
def test_servers_that_leave_special_marks_out_are_refused(
    serve: Serve, tmp_path: Path, settings: dict[str, Any]
) -> None:
    model = served(tmp_path, templates.HARMONY, thinking="always")
    owner = {} if "token_ids" in settings else {"owner": "other", "version": None}
    server = serve(name=f"{pin(model)}+bfloat16", **owner)
    with pytest.raises(UserError, match="stand between special tokens, which only vLLM's servers"):
        load(server.url, model, True, **settings)
