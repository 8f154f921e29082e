"""Conversations, thoughts and second turns with templates as today's models have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contracts.thoughts import Thoughts
from harness.engines.tokenizer import ByteTokenizer, CheckpointTokenizer, Tokenizer
from harness.engines.weightless.config import ChunkTokenizer
from harness.errors import UserError
from harness.models.thinking import Thinking
from harness.rehearsal.tokens import RoughTokenizer
from tests import chat_templates as templates
from tests.small_tokenizers import CHANNELS, TURNS, byte_level, llama2_like

USER = [{"role": "user", "content": "Well?"}]
SYSTEM = [{"role": "system", "content": "Be brief."}, *USER]
OPEN = Thoughts("<think>", "</think>", opened=True, closed=False)
SHUT = Thoughts("<think>", "</think>", opened=False, closed=True)
OWN = Thoughts("<think>", "</think>", opened=False, closed=False)


def made(
    folder: Path, template: str, thinking: bool | None = None, thinks: Thinking = "never"
) -> CheckpointTokenizer:
    byte_level(folder, template, special=(*TURNS, *CHANNELS))
    return CheckpointTokenizer(folder, chat=True, thinking=thinking, thinks=thinks)


def said(tokens: CheckpointTokenizer, messages: list[dict[str, str]]) -> str:
    return str(tokens.raw.decode(list(tokens.chat(messages))))


@pytest.mark.parametrize(
    ("template", "thinking", "thinks", "thoughts"),
    [
        (templates.CHATML, None, "never", None),
        (templates.CHATML, False, "never", None),
        (templates.CHATML, None, "always", OWN),
        (templates.QWEN3, None, "never", OWN),
        (templates.QWEN3, True, "switch", OWN),
        (templates.QWEN3, False, "switch", SHUT),
        (templates.SMOLLM3, None, "switch", OWN),
        (templates.SMOLLM3, False, "switch", SHUT),
        (templates.DEEPSEEK, None, "switch", SHUT),
        (templates.DEEPSEEK, True, "switch", OPEN),
        (templates.GRANITE, None, "switch", None),
        (templates.GRANITE, True, "switch", OWN),
        (templates.GRANITE, False, "switch", None),
        (templates.ALWAYS, None, "never", OPEN),
        (templates.ALWAYS, True, "always", OPEN),
        (templates.GEMMA2, None, "never", None),
    ],
)
def test_whether_a_model_thinks(
    tmp_path: Path,
    template: str,
    thinking: bool | None,
    thinks: Thinking,
    thoughts: Thoughts | None,
) -> None:
    assert made(tmp_path, template, thinking, thinks).thoughts == thoughts


@pytest.mark.parametrize(
    ("template", "thinking", "thinks", "reason"),
    [
        (templates.CHATML, True, "never", "no switch for it, and the model never thinks"),
        (templates.GEMMA2, True, "never", "never thinks"),
        (templates.ALWAYS, False, "never", "always thinks"),
        (templates.HARMONY, False, "always", "always thinks"),
        (templates.CHATML, False, "always", "always thinks"),
    ],
)
def test_what_a_template_cannot_be_told(
    tmp_path: Path, template: str, thinking: bool, thinks: Thinking, reason: str
) -> None:
    with pytest.raises(UserError, match=reason):
        made(tmp_path, template, thinking, thinks)


def test_the_switch_is_in_every_prompt(tmp_path: Path) -> None:
    shut = "<|im_start|>assistant\n<think>\n\n</think>\n\n"
    off = made(tmp_path / "off", templates.QWEN3, False)
    on = made(tmp_path / "on", templates.QWEN3, True)
    assert said(off, USER) == f"<|im_start|>user\nWell?<|im_end|>\n{shut}"
    assert said(on, USER) == "<|im_start|>user\nWell?<|im_end|>\n<|im_start|>assistant\n"
    turn = off.raw.decode(list(off.turn("And?")))
    assert turn == f"<|im_end|>\n<|im_start|>user\nAnd?<|im_end|>\n{shut}"


@pytest.mark.parametrize(
    "template",
    [
        templates.CHATML,
        templates.QWEN3,
        templates.SMOLLM3,
        templates.DEEPSEEK,
        templates.GRANITE,
        templates.ALWAYS,
        templates.GEMMA2,
        templates.GEMMA3,
        templates.HARMONY,
    ],
)
def test_a_turn_is_what_the_whole_conversation_has(tmp_path: Path, template: str) -> None:
    tokens = made(tmp_path, template)
    whole = [*USER, {"role": "assistant", "content": "4"}, {"role": "user", "content": "Sure? 5"}]
    rest = tokens.turn("Sure? 5")
    assert tokens.chat(whole)[-len(rest) :] == rest
    before = tokens.raw.decode(list(tokens.chat(whole)[: -len(rest)]))
    assert before.endswith("4")
    assert "Sure?" not in before


@pytest.mark.parametrize("scheme", ["legacy", "first", "always"])
def test_a_turn_of_llama_2(tmp_path: Path, scheme: str) -> None:
    llama2_like(tmp_path, templates.LLAMA2, scheme)
    tokens = CheckpointTokenizer(tmp_path, chat=True)
    whole = [*USER, {"role": "assistant", "content": "th"}, {"role": "user", "content": "Sure"}]
    rest = tokens.turn("Sure")
    assert tokens.chat(whole)[-len(rest) :] == rest
    assert tokens.raw.convert_ids_to_tokens(list(rest))[:3] == ["▁", "</s>", "<s>"]


def test_a_template_without_earlier_turns_can_give_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no second turn can be asked for"):
        made(tmp_path, templates.FORGETFUL).turn("And?")


@pytest.mark.parametrize(
    "template", [templates.CHATML, templates.SMOLLM3, templates.GEMMA3, templates.HARMONY]
)
def test_a_system_prompt_opens_the_conversation(tmp_path: Path, template: str) -> None:
    text = said(made(tmp_path, template), SYSTEM)
    assert 0 < text.index("Be brief.") < text.index("Well?")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (templates.GEMMA2, r"takes no system prompt \(System role not supported\)"),
        (templates.LLAMA2, r"takes no system prompt \(it is left out\)"),
    ],
)
def test_a_system_prompt_that_a_template_does_not_take(
    tmp_path: Path, template: str, reason: str
) -> None:
    llama2_like(tmp_path, template)
    with pytest.raises(UserError, match=reason):
        CheckpointTokenizer(tmp_path, chat=True).chat(SYSTEM)


def test_what_else_a_template_refuses_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a conversation of user, user: Roles must alternate"):
        made(tmp_path, templates.GEMMA2).chat([*USER, *USER])


def test_channels_are_kept_and_what_ends_a_turn_is_not(tmp_path: Path) -> None:
    tokens = made(tmp_path, templates.HARMONY)
    thoughts = tokens.thoughts
    assert thoughts is not None
    assert (thoughts.opened, thoughts.closed) == (False, False)
    written = f"{thoughts.open}Hm. 4?{thoughts.close}It is 4."
    ids = tokens.raw(f"{written}<|return|>").input_ids
    assert tokens.decode(ids) == written
    assert tokens.decode(ids[-1:]) == ""


def test_other_models_lose_all_special_tokens(tmp_path: Path) -> None:
    tokens = made(tmp_path, templates.QWEN3)
    ids = tokens.raw("<think>\nHm.\n</think>\n\n4<|im_end|>").input_ids
    assert tokens.decode(ids) == "<think>\nHm.\n</think>\n\n4"
    assert not tokens.marks


@pytest.mark.parametrize("tokens", [ByteTokenizer(), ChunkTokenizer(), RoughTokenizer()])
def test_turns_without_a_model(tokens: Tokenizer) -> None:
    asked = [*USER, {"role": "assistant", "content": "4"}, {"role": "user", "content": "Sure?"}]
    text = tokens.decode(tokens.chat(USER)) + "4" + tokens.decode(tokens.turn("Sure?"))
    assert text == tokens.decode(tokens.chat(asked))


def test_rehearsed_models_can_think_so_that_thoughts_are_priced() -> None:
    assert RoughTokenizer().thoughts == OPEN
    assert ByteTokenizer().thoughts is None
