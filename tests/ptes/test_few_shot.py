"""Few-shot: one set of exemplars a replicate, whatever the problem, the limit or the order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contracts.problem import Exemplar
from harness.contracts.prompt import Prompt
from harness.engines.fake import FakeConfig
from harness.engines.tokenizer import ByteTokenizer
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from tests.refusals import refusal
from tests.toys import ToyBenchmark, toy_model, toy_run

TASK = ToyBenchmark().task()


def chosen(pte: FewShot, replicate: int = 0, question: str = "What?") -> tuple[Exemplar, ...]:
    return pte.prompt(Prompt(question), TASK, replicate).exemplars


def shown(folder: Path, pte: FewShot, **benchmark: Any) -> dict[str, set[str]]:
    """The text before the question, by replicate."""
    engine = FakeConfig()
    toy_run(folder, [[pte]], engine, ToyBenchmark(**benchmark), replicates=2)
    heads: dict[str, set[str]] = {}
    for request in engine.asked:
        head = ByteTokenizer().decode(request.ids).rpartition("Question:")[0]
        heads.setdefault(str(request.tag.address), set()).add(head)
    return heads


@pytest.mark.parametrize("k", [1, 4, 10])
def test_k_exemplars_of_the_pool_are_shown(k: int) -> None:
    exemplars = chosen(FewShot(k))
    assert len({exemplar.question for exemplar in exemplars}) == k
    assert set(map(id, exemplars)) <= set(map(id, TASK.exemplars))


@given(st.integers(1, 9), st.integers(0, 5))
def test_a_smaller_k_is_a_prefix_of_a_larger(k: int, replicate: int) -> None:
    assert chosen(FewShot(k), replicate) == chosen(FewShot(10), replicate)[:k]


@given(st.permutations(TASK.exemplars), st.integers(0, 5))
def test_the_order_of_the_pool_changes_nothing(pool: list[Exemplar], replicate: int) -> None:
    shuffled = replace(TASK, exemplars=tuple(pool))
    prompt = FewShot(4).prompt(Prompt("What?"), shuffled, replicate)
    assert prompt.exemplars == chosen(FewShot(4), replicate)


@given(st.text())
def test_the_question_changes_nothing(question: str) -> None:
    assert chosen(FewShot(4), question=question) == chosen(FewShot(4))


def test_replicates_and_seeds_take_other_sets() -> None:
    sets = [chosen(FewShot(4, seed), replicate) for seed in range(3) for replicate in range(3)]
    assert len({tuple(e.question for e in one) for one in sets}) == 9


def test_all_problems_of_a_replicate_see_the_same_set_and_another_replicate_another(
    tmp_path: Path,
) -> None:
    heads = shown(tmp_path, FewShot(3))
    assert sorted(heads) == ["", "replicate=1"]
    (first,), (second,) = heads.values()
    assert first != second
    assert first.count("Question:") == 3


def test_a_limit_changes_no_set(tmp_path: Path) -> None:
    few = shown(tmp_path / "a", FewShot(3), limit=2)
    assert few == shown(tmp_path / "b", FewShot(3))


def test_exemplars_show_bare_answers_after_the_cue(tmp_path: Path) -> None:
    (head,) = shown(tmp_path, FewShot(1))[""]
    (exemplar,) = chosen(FewShot(1))
    assert f"Question: {exemplar.question}\nAnswer: The answer is {exemplar.answer}." in head
    assert exemplar.forms["rationale"] not in head


@pytest.mark.parametrize("chat", [False, True])
def test_with_chain_of_thought_exemplars_show_their_rationales(tmp_path: Path, chat: bool) -> None:
    engine = FakeConfig()
    stack = [ChainOfThought(), FewShot(2)]
    model = toy_model(tmp_path / "weights", chat=chat)
    toy_run(tmp_path, [stack], engine, ToyBenchmark(size=1), models=[model])
    text = ByteTokenizer().decode(engine.asked[0].ids)
    for exemplar in chosen(FewShot(2)):
        assert f"{exemplar.forms['rationale']} The answer is {exemplar.answer}." in text
    assert ChainOfThought().opening not in text


def test_no_exemplar_at_all_is_refused() -> None:
    assert "its.k is 0: give a whole number from 1" in refusal(FewShot, k=0)
