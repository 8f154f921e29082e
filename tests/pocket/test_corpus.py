"""Training documents are prompts as the harness renders them, with the loss on solutions alone."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from benchmarks.pocket.arithmetic import PocketArithmetic
from harness.contracts.problem import Exemplar
from harness.contracts.prompt import Prompt
from harness.engines.words_text import plain
from pocket.corpus import LENGTH, document
from pocket.model import WINDOW
from pocket.vocabulary import ANSWER, BOS, CUE, IDS, PHRASES, QUESTION, WORDS, encode
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot

TASK = PocketArithmetic().task()


def documents(number: int = 60) -> Iterator[tuple[list[int], list[bool]]]:
    return (document(Random(seed)) for seed in range(number))


def text(ids: list[int]) -> str:
    return "".join(WORDS[token] for token in ids)


def blocks(said: str) -> list[tuple[str, str]]:
    """Question and solution of every problem that is there in full."""
    return [
        (question, solution)
        for question, _, solution in (part.partition(ANSWER) for part in said.split(QUESTION)[1:-1])
    ]


def test_a_document_is_full_and_starts_once() -> None:
    for ids, learned in documents():
        assert len(ids) == len(learned) == LENGTH
        assert ids[0] == IDS[BOS]
        assert IDS[BOS] not in ids[1:]
        assert IDS["<pad>"] not in ids


def test_documents_hold_the_problems_that_are_tested() -> None:
    """Nothing but reading says what a made-up operator comes to."""
    tested = {item.problem.question for item in PocketArithmetic().load().items}
    read = {q for ids, _ in documents(400) for q, _ in blocks(text(ids))}
    assert len(read & tested) > len(tested) / 3


def test_direct_documents_are_the_harnesss_few_shot_prompts() -> None:
    result = 0
    for ids, _ in documents():
        said = text(ids[1:])
        if ChainOfThought().reasoning in said:
            continue
        solved = blocks(said)
        shown = [Exemplar(q, {"answer": s.split()[-1].removesuffix(".")}) for q, s in solved]
        prompt = Prompt(
            question="A07",
            instruction=TASK.instruction,
            answer_format=TASK.answer_format,
            cue=TASK.cue,
            exemplars=tuple(shown),
        )
        whole = plain(prompt).removesuffix(f"{QUESTION}A07{ANSWER}")
        assert said.startswith(whole)
        result += 1
    assert result > 20


def test_every_prompt_of_the_benchmark_has_its_tokens_and_its_place_in_the_window() -> None:
    bare = Prompt("@07", TASK.instruction, answer_format=TASK.answer_format, cue=TASK.cue)
    for prompt in (bare, FewShot(k=5).prompt(bare, TASK, 0), FewShot(k=8).prompt(bare, TASK, 0)):
        for edited in (prompt, ChainOfThought().prompt(prompt, TASK, 0)):
            ids = encode(plain(edited))
            assert text(ids) == plain(edited)
            assert len(ids) + TASK.reasoning_tokens <= WINDOW
    assert len(encode(plain(bare))) < 12  # phrases are one token each


def test_the_loss_is_taken_over_what_the_model_is_to_write() -> None:
    for ids, learned in documents():
        kept = [token for token, learn in zip(ids, learned, strict=True) if learn]
        assert not {IDS[ANSWER], IDS[TASK.instruction]} & set(kept)
        assert IDS[QUESTION] in kept  # the mark that ends a solution
        worked = ChainOfThought().reasoning in text(ids)
        assert (IDS[CUE] in kept) is worked  # the cue of a direct answer is given


def test_text_of_other_benchmarks_is_an_error() -> None:
    with pytest.raises(KeyError):
        encode("What is the capital of France?")


def test_phrases_stand_for_themselves() -> None:
    assert all(encode(phrase) == [IDS[phrase]] for phrase in PHRASES)
    assert len(set(WORDS)) == len(WORDS)


@pytest.mark.parametrize("phrase", [TASK.cue, ChainOfThought().opening])
def test_a_phrase_that_follows_without_a_space_has_its_token_too(phrase: str) -> None:
    """The harness puts the cue behind work that was cut, wherever that ended."""
    for before in ("", "a07=31;", "a07=31; "):
        assert encode(f"{before}{phrase}") == encode(f"{before.rstrip()} {phrase}")
