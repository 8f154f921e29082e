"""Retrieval puts the best passages before the question; the rest of the prompt stays as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.contracts.benchmark import Dataset
from harness.contracts.passage import Passage
from harness.contracts.prompt import Prompt
from harness.engines.fake import FakeConfig
from harness.engines.tokenizer import ByteTokenizer
from ptes.prompting.few_shot import FewShot
from ptes.prompting.retrieval import Retrieval, note
from tests.refusals import refusal
from tests.rehearsing import price
from tests.tool_toys import CORPUS, WithCorpus
from tests.toys import ToyBenchmark, toy_plan, toy_run

TASK = WithCorpus().task()


def test_the_best_passage_stands_next_to_the_question() -> None:
    asked = Prompt("What flows through Basel near the Aare?", "Answer.", notes=("Earlier.",))
    prompt = Retrieval(k=2).prompt(asked, TASK, 0)
    assert [each.partition(":")[0] for each in prompt.notes] == ["River Aare", "Rhine", "Earlier."]
    assert (prompt.question, prompt.instruction) == (asked.question, asked.instruction)


def test_nothing_is_shown_where_nothing_fits() -> None:
    asked = Prompt("zzz?")
    assert Retrieval().prompt(asked, TASK, 0) == asked


def test_a_long_passage_is_cut_between_sentences() -> None:
    passage = Passage("T", ("One two.", "Three four.", "Five."))
    assert note(passage, 20) == "T: One two. Three four."
    assert note(passage, 3) == "T: One"


def test_it_needs_a_corpus(tmp_path: Path) -> None:
    stacks = [[], [Retrieval()], [Retrieval(corpus=CORPUS)]]
    plan, _ = toy_plan(tmp_path, stacks, FakeConfig(), ToyBenchmark())
    (refused,) = plan.refusals
    assert "set pte.retrieval.corpus.folder=FOLDER" in refused.reason
    assert "its.k is 0: give a whole number from 1" in refusal(Retrieval, k=0)


class Asking(WithCorpus):
    """One question that passages fit."""

    def load(self) -> Dataset:
        data = super().load()
        problem = replace(data.items[0].problem, question="How long is the Aare in km?")
        return replace(data, items=(replace(data.items[0], problem=problem),))


def test_in_a_run_passages_come_after_the_exemplars(tmp_path: Path) -> None:
    engine = FakeConfig()
    runner = toy_run(tmp_path, [[Retrieval(k=1), FewShot(1)]], engine, Asking(size=1))
    shown = ByteTokenizer().decode(engine.asked[0].ids)
    assert shown.index("Answer: The answer is") < shown.index("River Aare: The Aare is a river")
    assert shown.endswith("Question: How long is the Aare in km?\nAnswer: The answer is")
    (row,) = runner.records.frame().to_dict("records")
    assert list(row["invoked"]) == ["retrieval", "few_shot"]
    assert list(row["signals"]) == ["corpus"]


def test_it_costs_its_passages() -> None:
    base, one, three = (
        price(ptes, Asking(size=1)).prompt_tokens
        for ptes in ([], [Retrieval(k=1)], [Retrieval(k=3)])
    )
    assert base < one < three
