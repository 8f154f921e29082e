"""Reward models through transformers and vLLM: what they are shown, and what is read of them."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from harness.contracts.address import Address
from harness.contracts.prompt import Prompt
from harness.engines.protocol import (
    GREEDY,
    CompletionRequest,
    Engine,
    LoadRequest,
    RewardRequest,
    Tag,
)
from harness.engines.reward_text import JudgedText, judged_text
from harness.engines.tokenizer import ByteTokenizer, CheckpointTokenizer
from harness.engines.transformers import TransformersConfig
from harness.errors import EngineError, UserError
from harness.models.reward_head import RewardHead
from harness.models.spec import ModelSpec
from tests.engines.conftest import needs
from tests.reward_models import KINDS, OUTCOME, STEPS, reward_model
from tests.thorough import THOROUGH

T = TypeVar("T")
QUESTION = Prompt("What is 2 + 3?", role="verifier")
SOLUTIONS = [
    ("2 and 3 make 5.", "The answer is 5."),
    ("I guess.", "The answer is 7.", "Or 8."),
    ("Well,",),
    ("Two and three, three and two, which is more than either, and less than 9.", "So 5."),
]


def shown(tokenizer: Any, model: ModelSpec, steps: tuple[str, ...]) -> JudgedText:
    assert model.reward is not None
    return judged_text(tokenizer, model.chat, model.reward, QUESTION, steps)


def request(judged: JudgedText) -> RewardRequest:
    return RewardRequest(judged.ids, judged.at, Tag("p", "verifier", Address(), 0, "base"))


def with_engine(config: Any, model: ModelSpec, work: Callable[[Engine], Awaitable[T]]) -> T:
    async def all_of_it() -> T:
        engine = await config.load(LoadRequest(model, (), 512))
        try:
            return await work(engine)
        finally:
            await engine.close()

    return asyncio.run(all_of_it())


async def judge_all(engine: Engine, model: ModelSpec) -> list[tuple[float, ...]]:
    asked = [request(shown(engine.tokenizer, model, steps)) for steps in SOLUTIONS]
    return [each.values for each in await asyncio.gather(*map(engine.reward, asked))]


def by_hand(model: ModelSpec, judged: JudgedText) -> list[float]:
    """The numbers of one solution, by the library's own forward pass."""
    import torch
    import transformers

    assert model.reward is not None
    name, labels, _ = next(k for k in KINDS.values() if k[2] is model.reward)
    loaded = getattr(transformers, f"LlamaFor{name}").from_pretrained(model.weights)
    with torch.inference_mode():
        logits = loaded(torch.tensor([list(judged.ids)])).logits[0]
    if name == "SequenceClassification":  # the library reads the last token that fills nothing up
        return [float(logits[0])]
    if labels is None:
        right, wrong = model.reward.returned
        return [float(logits[at][right] - logits[at][wrong]) for at in judged.at]
    return [float(logits[at][1] - logits[at][0]) for at in judged.at]


@pytest.mark.parametrize("kind", KINDS)
def test_transformers_reads_what_the_library_computes(kind: str, tmp_path: Path) -> None:
    model = reward_model(tmp_path, kind)
    config = TransformersConfig(dtype="float32", device="cpu", batch_size=3)
    together = with_engine(config, model, lambda engine: judge_all(engine, model))
    tokenizer = CheckpointTokenizer(tmp_path, chat=False)
    for steps, values in zip(SOLUTIONS, together, strict=True):
        judged = shown(tokenizer, model, steps)
        assert len(values) == (1 if kind == "outcome" else len(steps))
        assert list(values) == pytest.approx(by_hand(model, judged), abs=1e-4)
    assert len({values[-1] for values in together}) == len(SOLUTIONS)


def test_a_reward_model_writes_nothing_and_a_writer_judges_nothing(tmp_path: Path) -> None:
    model = reward_model(tmp_path)
    asked = CompletionRequest(
        ids=array("I", [1]),
        sampling=GREEDY,
        max_tokens=1,
        stop=(),
        tag=Tag("p", "solve", Address(), 0, "base"),
        seed=0,
    )
    config = TransformersConfig(dtype="float32", device="cpu")

    async def both(engine: Engine) -> None:
        with pytest.raises(EngineError, match="writes nothing itself"):
            await engine.complete(asked)

    with_engine(config, model, both)


@pytest.mark.parametrize(
    ("head", "kind", "message"),
    [
        (STEPS, "outcome", "judges whole solutions: set reward.kind=outcome"),
        (OUTCOME, "steps", "judges steps: set reward.kind=process"),
        (OUTCOME, "words", "has no head to judge with"),
        (KINDS["words"][2], "steps", "has a head of its own"),
    ],
)
def test_a_head_that_is_not_as_its_config_says_is_refused(
    head: RewardHead, kind: str, message: str, tmp_path: Path
) -> None:
    model = replace(reward_model(tmp_path, kind), reward=head)
    config = TransformersConfig(dtype="float32", device="cpu")
    with pytest.raises(UserError, match=message):
        asyncio.run(config.load(LoadRequest(model, (), 512)))


class TestWhatIsShown:
    def test_plain_the_solution_goes_on_with_the_question(self) -> None:
        said = judged_text(ByteTokenizer(), False, OUTCOME, QUESTION, ("2 + 3 = 5. ", "So 5."))
        text = ByteTokenizer().decode(said.ids)
        assert text == "Question: What is 2 + 3?\nAnswer: 2 + 3 = 5. So 5."
        assert list(said.at) == [len(said.ids) - 1]
        assert ByteTokenizer().decode(said.ids[: said.question]) == said.shown

    def test_each_step_has_its_tag_and_a_models_own_tags_are_taken_out(self) -> None:
        head = RewardHead(
            "process", step=" ки", opens="Step {n}: ", between="\n", asked="{question}"
        )
        said = judged_text(ByteTokenizer(), False, head, QUESTION, ("2 ки is", "5"))
        text = ByteTokenizer().decode(said.ids)
        assert text == "What is 2 + 3? Step 1: 2  is ки\nStep 2: 5 ки"
        tags = [ByteTokenizer().decode(said.ids[: place + 1]) for place in said.at]
        assert tags == ["What is 2 + 3? Step 1: 2  is ки", text]

    def test_under_a_chat_template_it_is_the_assistants_turn(self, tmp_path: Path) -> None:
        model = reward_model(tmp_path, chat=True)
        tokenizer = CheckpointTokenizer(tmp_path, chat=True)
        said = shown(tokenizer, model, ("It is 5.",))
        whole = tokenizer.raw.apply_chat_template(
            [
                {"role": "user", "content": QUESTION.question},
                {"role": "assistant", "content": "It is 5."},
            ],
            tokenize=True,
            return_dict=False,
        )
        assert list(said.ids) == whole
        assert list(said.at) == [len(whole) - 1]

    def test_nothing_written_is_nothing_to_judge(self) -> None:
        with pytest.raises(EngineError, match="no written solution"):
            judged_text(ByteTokenizer(), False, OUTCOME, QUESTION, (" ", ""))


@pytest.mark.engine
@pytest.mark.parametrize("kind", [*KINDS] if THOROUGH else ["steps"])
def test_vllm_and_transformers_agree(kind: str, tmp_path: Path) -> None:
    """Each loads an engine: with THOROUGH=1 all."""
    needs("vllm")
    from harness.engines.vllm.config import VllmConfig

    model = reward_model(tmp_path / kind, kind)
    ours = VllmConfig(dtype="float32", cpu_cache_gib=1, max_num_seqs=8)
    theirs = TransformersConfig(dtype="float32", device="cpu")
    said = with_engine(ours, model, lambda engine: judge_all(engine, model))
    held = with_engine(theirs, model, lambda engine: judge_all(engine, model))
    for one, other in zip(said, held, strict=True):
        assert one == pytest.approx(other, abs=2e-3)
