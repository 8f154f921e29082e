"""Replies of models that think: what is told of a turn, token by token, with templates as today's
models have them."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import FreeReply, Reading
from harness.contracts.problem import Problem
from harness.contracts.program import FunctionStub
from harness.draws.attempt_draw import AttemptDraw
from harness.engines.fake import FakeConfig, FakeEngine
from harness.engines.protocol import Completion, CompletionRequest, LoadRequest
from harness.engines.text import cut
from harness.engines.tokenizer import CheckpointTokenizer, Tokenizer
from harness.models.thinking import HARMONY, Thinking
from harness.solvers.free import FreePolicy
from harness.solvers.rollout import Rollout
from tests import chat_templates as templates
from tests.small_tokenizers import CHANNELS, TURNS, byte_level
from tests.toys import ToyBenchmark, toy_handle

TASK = ToyBenchmark().task()
SUM = Problem("toy-0", "What is 0 + 0?")
LIMITS = FreeReply(reply_tokens=40, thinking_tokens=30)
LONG = "Hm, well. " * 20
FINAL = "<|channel|>final<|message|>"
ENDS = ("<|im_end|>", "<|return|>")


@dataclass(frozen=True)
class TokenConfig(FakeConfig):
    """Says words turn by turn, token by token in the words of a checkpoint's tokenizer."""

    tokenizer: Tokenizer | None = None
    says: tuple[str, ...] = ()

    async def load(self, request: LoadRequest) -> FakeEngine:
        return TokenEngine(self, request)


class TokenEngine(FakeEngine):
    """Writes its next words up to a stop string, its turn's end or the limit, as engines do."""

    def __init__(self, config: TokenConfig, request: LoadRequest) -> None:
        super().__init__(config, request)
        assert isinstance(config.tokenizer, CheckpointTokenizer)
        self.tokenizer = config.tokenizer
        self._raw = config.tokenizer.raw
        self._asked = config.asked
        self._says = iter(config.says)

    async def complete(self, request: CompletionRequest) -> Completion:
        self._asked.append(request)
        said: list[int] = []
        for token in self._raw(next(self._says), add_special_tokens=False).input_ids:
            if len(said) == request.max_tokens:
                return Completion(self.tokenizer.decode(said), array("I", said), "length")
            said.append(token)
            text = self.tokenizer.decode(said)
            if self._raw.decode([token]) in ENDS or cut(text, request.stop) != text:
                break
        return Completion(self.tokenizer.decode(said), array("I", said), "stop")


class Turn(NamedTuple):
    """What came of an attempt."""

    attempt: Attempt
    asked: list[CompletionRequest]
    tokenizer: CheckpointTokenizer
    read: list[str]
    """Texts that the reader was shown."""

    def prompt(self, number: int) -> str:
        """What the model was shown at a request, special tokens and all."""
        return str(self.tokenizer.raw.decode(list(self.asked[number].ids)))


def answered(
    folder: Path,
    template: str,
    says: Sequence[str],
    limits: FreeReply = LIMITS,
    thinks: Thinking = "switch",
) -> Turn:
    """An attempt at a sum by a model that says these words, one text a generation."""
    thinking = limits.thinking_tokens is not None
    byte_level(folder, template, special=(*TURNS, *CHANNELS))
    tokenizer = CheckpointTokenizer(folder, chat=True, thinking=thinking, thinks=thinks)
    engine = TokenConfig(tokenizer=tokenizer, says=tuple(says))
    handle = toy_handle(folder, engine, TASK, chat=True)
    read: list[str] = []

    async def reader(text: str, stub: FunctionStub | None) -> Reading:
        read.append(text)
        answer = TASK.extract(text)
        canonical = None if answer is None else TASK.canonical(answer)
        return Reading(answer, canonical, answer, before=0)

    handle = AttemptDraw(replace(handle.session, reply_reader=reader), handle.address)
    task = replace(TASK, free=limits)
    rollout = Rollout(task, FreePolicy(task, limits), ())
    attempt = asyncio.run(rollout.solve(rollout.start(SUM, handle), handle))
    asked = [each for each in engine.asked if isinstance(each, CompletionRequest)]
    return Turn(attempt, asked, tokenizer, read)


OWN = ("<think>\nI think 5.\n</think>\n\nIt is 4.<|im_end|>", "\n\nIt is 4.<|im_end|>")
OPENED = ("I think 5.\n</think>\n\nIt is 4.<|im_end|>", "\n\nIt is 4.<|im_end|>")
CHANNEL = (f"{HARMONY.open}I think 5.{HARMONY.close}It is 4.<|return|>", "It is 4.<|return|>")
FAMILIES: dict[str, tuple[str, Thinking, tuple[str, str]]] = {
    "Qwen3": (templates.QWEN3, "switch", OWN),
    "SmolLM3": (templates.SMOLLM3, "switch", OWN),
    "Granite": (templates.GRANITE, "switch", OWN),
    "DeepSeek-V3.1": (templates.DEEPSEEK, "switch", OPENED),
    "DeepSeek-R1, OLMo 3 Think": (templates.ALWAYS, "always", OPENED),
    "gpt-oss": (templates.HARMONY, "always", CHANNEL),
    "without a mark in its template": (templates.GEMMA3, "always", OWN),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_thoughts_come_first_and_are_never_read(tmp_path: Path, family: str) -> None:
    template, thinks, says = FAMILIES[family]
    turn = answered(tmp_path, template, says, replace(LIMITS, thinking_tokens=100), thinks)
    assert turn.read == ["It is 4."]
    assert turn.attempt.answer == "4"
    assert turn.attempt.status is AttemptStatus.ANSWERED
    assert turn.attempt.at_once is False
    assert [each.max_tokens for each in turn.asked] == [100, 40]
    marks = turn.tokenizer.thoughts
    assert marks is not None
    assert turn.prompt(1).endswith(f"I think 5.{'' if marks.answer else chr(10)}{marks.close}")
    grown = turn.asked[0].ids
    assert turn.asked[1].ids[: len(grown)] == grown  # nothing is rendered again


@pytest.mark.parametrize("family", FAMILIES)
def test_thoughts_that_never_close_are_closed_where_their_budget_is_spent(
    tmp_path: Path, family: str
) -> None:
    template, thinks, says = FAMILIES[family]
    endless = says[0].partition("I think")[0] + LONG
    turn = answered(tmp_path, template, (endless, says[1]), thinks=thinks)
    marks = turn.tokenizer.thoughts
    assert marks is not None
    closing = turn.tokenizer.encode(marks.close)
    first, second = turn.asked
    assert len(second.ids) - len(first.ids) == 30 + len(closing)
    assert second.ids[-len(closing) :] == closing
    assert turn.read == ["It is 4."]
    assert turn.attempt.cut is False


@pytest.mark.parametrize("family", ["Qwen3", "SmolLM3", "DeepSeek-V3.1", "Granite"])
def test_a_switch_keeps_a_model_from_thinking(tmp_path: Path, family: str) -> None:
    template, thinks, _ = FAMILIES[family]
    off = replace(LIMITS, thinking_tokens=None)
    turn = answered(tmp_path, template, ["4<|im_end|>"], off, thinks)
    assert turn.read == ["4"]
    assert turn.attempt.at_once is True
    assert [each.max_tokens for each in turn.asked] == [40]


@pytest.mark.parametrize(
    ("reply", "read"),
    [
        ("\n\nIt is 5.<think>No.</think>\n\nIt is 4.<|im_end|>", "It is 4."),
        ("\n\nIt is 4.<think>Or 5?<|im_end|>", "It is 4."),
        ("<think>Or 5?</think>4<|im_end|>", "4"),
    ],
)
def test_thoughts_that_come_again_are_not_read_either(
    tmp_path: Path, reply: str, read: str
) -> None:
    turn = answered(tmp_path, templates.QWEN3, ["<think>Hm.</think>", reply])
    assert turn.read == [read]
    off = replace(LIMITS, thinking_tokens=None)
    assert answered(tmp_path / "off", templates.QWEN3, [reply], off).read == [read]


def test_channels_that_come_again_are_not_read_either(tmp_path: Path) -> None:
    again = f"{HARMONY.open}Hm.<|end|><|start|>assistant{HARMONY.open}5?{HARMONY.close}"
    reply = f"5<|end|><|start|>assistant{HARMONY.open}No.{HARMONY.close}4<|return|>"
    limits = replace(LIMITS, thinking_tokens=200, reply_tokens=200)
    turn = answered(tmp_path, templates.HARMONY, [again, reply], limits, "always")
    assert turn.read == ["4"]
    assert turn.prompt(1).endswith(f"5?{HARMONY.close}")


@pytest.mark.parametrize(
    ("says", "read"),
    [
        ("It is 4.<|im_end|>", "It is 4."),  # it did not think
        ("<think>I think 5.<|im_end|>", ""),  # its turn ended in its thoughts
    ],
)
def test_a_turn_that_ends_before_thoughts_are_closed(tmp_path: Path, says: str, read: str) -> None:
    turn = answered(tmp_path, templates.QWEN3, [says])
    assert turn.read == [read]
    assert len(turn.asked) == 1
    assert turn.attempt.status is (AttemptStatus.ANSWERED if read else AttemptStatus.NO_ANSWER)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_forced_completion_does_not_think_again(tmp_path: Path, family: str) -> None:
    template, thinks, says = FAMILIES[family]
    limits = FreeReply(40, thinking_tokens=100, forced_completion=True)
    end = says[1][says[1].index("<|") :]
    turn = answered(tmp_path, template, (says[0], LONG, f"4{end}"), limits, thinks)
    assert turn.read == ["4"]
    assert turn.attempt.cut
    marks = turn.tokenizer.thoughts
    assert marks is not None
    shown = turn.prompt(2)
    assert shown.rstrip("\n").endswith(marks.answer or marks.close)
    after = shown.partition("Your reply was cut.")[2]
    assert after.count(marks.open) <= 1
    assert "I think 5" not in after


def test_a_reply_that_is_cut_is_wrong_and_not_read(tmp_path: Path) -> None:
    turn = answered(tmp_path, templates.QWEN3, ["<think>Hm.</think>", f"4? {LONG}"])
    assert turn.attempt.status is AttemptStatus.CUT
    assert not turn.read
