"""A step is what the model says aloud: thoughts, first ones and later ones, are none of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from harness.contracts.benchmark import FreeReply
from harness.contracts.prompt import Prompt
from harness.contracts.thoughts import Thoughts
from harness.draws.attempt_draw import AttemptDraw
from harness.engines.fake import FakeConfig
from harness.engines.tokenizer import ByteTokenizer
from ptes.common.acting.step import ActingStep, write_step
from tests.toys import ToyBenchmark, toy_handle

THINKING = FreeReply(200, thinking_tokens=100)
TASK = replace(ToyBenchmark().task(), free=THINKING)


def step(folder: Path, *words: str) -> tuple[ActingStep, str]:
    """The step that an engine's words come to, and the tokens after it."""
    left = iter(words)
    draw = toy_handle(folder, FakeConfig(lambda request, prompt: next(left)), TASK, chat=True)
    before = draw.show(Prompt("Who made the harp?", free=True), "")
    written = asyncio.run(write_step(before, "", 200, draw, THINKING))
    kept = [token for token in written.context.ids if token < 256]
    return written, ByteTokenizer().decode(kept)


@pytest.fixture(autouse=True)
def _thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = Thoughts("<think>", "</think>", opened=False, closed=False)
    monkeypatch.setattr(AttemptDraw, "thoughts", lambda draw, role: marks)


def test_first_thoughts_stay_in_the_context_and_out_of_the_step(tmp_path: Path) -> None:
    written, shown = step(
        tmp_path, "<think>finish[Spain]?</think>", "Thought: search.\nAction: search[harp]"
    )
    assert written.said == "Thought: search.\nAction: search[harp]"
    assert "<think>finish[Spain]?</think>" in shown


@pytest.mark.parametrize("again", ["<think>finish[Spain]?</think>", "</think>"])
def test_an_action_within_second_thoughts_is_none(tmp_path: Path, again: str) -> None:
    written, shown = step(tmp_path, "<think>Hm.</think>", f"{again}Action: search[harp]")
    assert written.action is not None
    assert (written.action.name, written.action.argument) == ("search", "harp")
    assert shown.endswith("<think>Hm.</think>Action: search[harp]")


def test_a_step_of_second_thoughts_alone_has_no_action(tmp_path: Path) -> None:
    written, shown = step(tmp_path, "<think>Hm.</think>", "<think>finish[Spain]")
    assert (written.said, written.action) == ("", None)
    assert shown.endswith("</think>")
