"""HotpotQA, Bamboogle and StrategyQA: what is asked, and what may be searched."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from omegaconf import OmegaConf

from benchmarks.bamboogle import Bamboogle
from benchmarks.hotpotqa import HotpotQA, HotpotQAClosedBook, paragraphs
from benchmarks.sources import SourceRow
from benchmarks.strategyqa import StrategyQA, facts
from harness.contracts.passage import Passage
from harness.errors import UserError
from tests.refusals import refusal

Write = Callable[[str, list[dict[str, Any]]], str]
pytestmark = [
    pytest.mark.usefixtures("lock"),
    pytest.mark.filterwarnings("ignore:.*not locked"),
]

OTTER = Passage("Otter", ("Otters swim.", "They eat fish."))
BEAR = Passage("Bear", ("Bears sleep.",))
ROWS = [
    {
        "question_id": f"q{place}",
        "question_text": f"What does animal {place} do?",
        "answers_objects": [{"spans": [answer]}],
        "contexts": contexts,
    }
    for place, (answer, contexts) in enumerate(
        [
            (
                "It hibernates",
                [
                    {"title": "Otter", "paragraph_text": "Otters swim.  They eat fish."},
                    {"title": "Bear", "paragraph_text": "Bears sleep.", "is_supporting": True},
                ],
            ),
            ("yes", [{"title": "Bear", "paragraph_text": "Bears sleep."}]),
            ("No", [{"title": "Elk", "paragraph_text": "Elks eat. "}]),
        ]
    )
]


@pytest.fixture
def data(write: Write) -> str:
    return write(HotpotQA.file, ROWS)


def test_problems_are_the_questions_alone(data: str) -> None:
    items = HotpotQA(data=data).load().items
    assert [item.problem.question for item in items] == [row["question_text"] for row in ROWS]
    assert [item.target for item in items] == ["It hibernates", "yes", "No"]
    assert [item.chance for item in items] == [0.0, 0.5, 0.5]
    assert [item.problem.id for item in items] == ["q0", "q1", "q2"]


def test_paragraphs_come_before_the_question_where_asked_for(data: str) -> None:
    benchmark = HotpotQA(data=data, context="paragraphs", limit=2)
    one, two = benchmark.load().items
    assert one.problem.question == (
        "Otter: Otters swim. They eat fish.\nBear: Bears sleep.\nWhat does animal 0 do?"
    )
    assert two.problem.question == "Bear: Bears sleep.\nWhat does animal 1 do?"
    bare = HotpotQA(data=data, limit=2)
    assert benchmark.load().source == bare.load().source
    assert benchmark.task().instruction != bare.task().instruction
    for with_text, without in zip(benchmark.task().exemplars, bare.task().exemplars, strict=True):
        assert with_text.question.endswith(f"\n{without.question}")
        assert with_text.question.count("\n") == len(with_text.passages) > 1
        assert with_text.forms == without.forms


def test_an_unknown_context_is_refused() -> None:
    assert "its.context is 'all': give none or paragraphs" in refusal(HotpotQA, context="all")


def test_the_corpus_is_the_whole_split_once_each_in_order(data: str) -> None:
    corpus = HotpotQA(data=data).task().corpus
    assert corpus is not None
    assert corpus.read() == (OTTER, BEAR, Passage("Elk", ("Elks eat.",)))
    assert HotpotQA(data=data, limit=1).task().corpus == corpus
    assert HotpotQA(data=data, context="paragraphs").task().corpus == corpus
    assert pickle.loads(pickle.dumps(corpus)).read() == corpus.read()


def test_other_paragraphs_are_another_corpus(write: Write, tmp_path: Path) -> None:
    kept = HotpotQA(data=write(f"a/{HotpotQA.file}", ROWS) + "/a").task().corpus
    less = HotpotQA(data=write(f"b/{HotpotQA.file}", ROWS[:2]) + "/b").task().corpus
    same = HotpotQA(data=write(f"c/{HotpotQA.file}", ROWS) + "/c").task().corpus
    assert kept == same
    assert kept != less


def test_the_three_layouts_are_the_same_paragraphs() -> None:
    ours = SourceRow("f", 1, ROWS[0])
    hub = SourceRow(
        "f",
        1,
        {
            "context": {
                "title": ["Otter", "Bear"],
                "sentences": [["Otters swim.", " They eat fish."], ["Bears sleep.", ""]],
            }
        },
    )
    official = SourceRow(
        "f",
        1,
        {"context": [["Otter", ["Otters swim.", " They eat fish."]], ["Bear", ["Bears sleep."]]]},
    )
    assert paragraphs(ours) == paragraphs(hub) == paragraphs(official) == [OTTER, BEAR]


def test_the_hubs_rows_are_read(data: str) -> None:
    row = {"id": "5a", "question": "Who?", "answer": " The otter ", "supporting_facts": {}}
    record = HotpotQA().record(0, SourceRow("hub", 1, row))
    assert (record.id, record.question, record.target) == ("5a", "Who?", "The otter")


@pytest.mark.parametrize(
    "row",
    [
        {"contexts": [{"title": "Otter"}]},
        {"contexts": [3]},
        {"context": {"title": ["Otter"], "sentences": []}},
        {"question": "no paragraphs"},
    ],
)
def test_rows_without_paragraphs_are_named(row: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="f: row 7 has no"):
        paragraphs(SourceRow("f", 7, row))


@pytest.mark.parametrize("spans", [[], ["a", "b"], [""], None])
def test_rows_without_one_answer_are_named(spans: Any) -> None:
    row = SourceRow("f", 7, {**ROWS[0], "answers_objects": [{"spans": spans}]})
    with pytest.raises(UserError, match="f: row 7 has"):
        HotpotQA().record(0, row)


def test_a_corpus_that_differs_from_the_lock_is_refused(data: str, lock: Path) -> None:
    lock.write_text("hotpotqa: {corpus: {file: {rows: 3, sha256: other}}}")
    with pytest.raises(UserError, match=r"hotpotqa \(corpus\).*sha256 other"):
        HotpotQA(data=data).task()


def test_questions_without_paragraphs_have_nothing_to_search(write: Write) -> None:
    rows = [{"question": "Who?", "answer": "yes", "type": "bridge"}]
    folder = write("plain.jsonl", rows)
    path = Path(folder) / HotpotQAClosedBook.file
    path.parent.mkdir()
    path.write_text(f"[{(Path(folder) / 'plain.jsonl').read_text()}]")
    benchmark = HotpotQAClosedBook(data=folder)
    assert (benchmark.task().corpus, benchmark.task().tools) == (None, ())
    (item,) = benchmark.load().items
    assert (item.problem.id, item.target) == ("hotpotqa_closed_book-00000", "yes")


@pytest.fixture
def texts(tmp_path: Path) -> str:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "Otter.txt").write_text("Otters swim. They eat fish.")
    return str(folder)


def test_bamboogle_reads_its_table_and_searches_a_folder(tmp_path: Path, texts: str) -> None:
    (tmp_path / "bamboogle").mkdir()
    (tmp_path / Bamboogle.file).write_text('Question,Answer\n"Who, then?",The Otter\nHow?,swims\n')
    benchmark = Bamboogle(data=str(tmp_path), corpus=texts)
    items = benchmark.load().items
    assert [item.problem.question for item in items] == ["Who, then?", "How?"]
    assert benchmark.grade(items[0].target, "otter").score == 1.0
    assert benchmark.grade(items[0].target, "sea otter").metrics["f1"] == pytest.approx(2 / 3)
    task = benchmark.task()
    assert task.corpus is not None
    assert task.corpus.read() == (OTTER,)
    assert task.tools == ("search", "lookup")
    alone = dataclasses.replace(benchmark, corpus=None).task()
    assert (alone.corpus, alone.tools) == (None, ())


def test_bamboogle_is_built_from_its_configuration() -> None:
    with initialize_config_module("configs", version_base=None):
        config = compose(overrides=["+benchmark=bamboogle", "+limit=3", "+data=somewhere"])
    OmegaConf.resolve(config)
    benchmark = instantiate(config.benchmark.bamboogle)
    assert benchmark == Bamboogle(limit=3, data="somewhere", hub=benchmark.hub)


QUESTION = {"qid": "s0", "term": "Otter", "question": "Do otters swim?", "answer": True}
FACTS = {"facts": ["Otters swim.", "They eat fish."]}


def strategy(write: Write) -> str:
    folder = write("plain.jsonl", [QUESTION | FACTS])
    path = Path(folder) / StrategyQA.file
    path.parent.mkdir()
    path.write_text(f"[{(Path(folder) / 'plain.jsonl').read_text()}]")
    return folder


def test_strategyqa_searches_its_facts_a_folder_or_nothing(write: Write, texts: str) -> None:
    folder = strategy(write)
    own, other, none = (StrategyQA(data=folder, corpus=corpus) for corpus in ("facts", texts, None))
    assert own == StrategyQA(data=folder)
    for benchmark in (own, other):
        corpus = benchmark.task().corpus
        assert corpus is not None
        assert corpus.read() == (OTTER,)
        assert benchmark.task().tools == ("search", "lookup")
    assert (none.task().corpus, none.task().tools) == (None, ())
    assert own.load() == other.load() == none.load()


def test_facts_are_read_as_the_file_and_as_the_hub_have_them() -> None:
    as_text = {"facts": "Otters swim. They eat fish."}
    for values in (FACTS, as_text):
        assert facts(SourceRow("f", 1, QUESTION | values)) == [OTTER]
    with pytest.raises(UserError, match="no list of texts in field 'facts'"):
        facts(SourceRow("f", 1, QUESTION | {"facts": [3]}))
