"""Loading: from files, from the hub, and what is said when that fails."""

from __future__ import annotations

import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import fingerprint
from benchmarks import lock as locking
from benchmarks.multiple_choice import ArcChallenge, TruthfulQA
from benchmarks.sources import HubRef, read
from benchmarks.strategyqa import StrategyQA
from benchmarks.word_problems import GSM8K, SVAMP, ASDiv
from harness.errors import UserError
from tests.refusals import refusal

Write = Callable[[str, list[dict[str, Any]]], str]

TEST = "gsm8k/test.jsonl"
ROWS = [{"question": f"What is {n} + 1?", "answer": f"Add.\n#### {n + 1}"} for n in range(5)]


@pytest.mark.filterwarnings("ignore:.*not locked")
@pytest.mark.usefixtures("lock")
def test_limit_keeps_the_first_problems_and_the_hash_of_all(write: Write) -> None:
    folder = write(TEST, ROWS)
    everything, some = GSM8K(data=folder).load(), GSM8K(data=folder, limit=2).load()
    assert [item.target for item in everything.items] == ["1", "2", "3", "4", "5"]
    assert some.items == everything.items[:2]
    assert some.source == everything.source
    assert (some.source.rows, some.source.location, some.source.revision) == (5, TEST, "")


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    assert f"its.limit is {limit}: give a whole number from 1" in refusal(GSM8K, limit=limit)


@pytest.mark.usefixtures("lock")
def test_unlocked_content_is_reported_with_its_hash(write: Write) -> None:
    benchmark = GSM8K(data=write(TEST, ROWS))
    with pytest.warns(UserWarning, match="content is not locked") as caught:
        source = benchmark.load().source
    assert source.sha256 in str(caught[0].message)


def test_content_that_differs_from_the_lock_is_refused(write: Write, lock: Path) -> None:
    benchmark = GSM8K(data=write(TEST, ROWS))
    old = fingerprint.sha256(benchmark.records(read(benchmark.data, TEST, None)))
    entry = f"gsm8k: {{test: {{file: {{rows: 5, sha256: {old}}}}}}}"
    lock.write_text(entry, encoding="utf-8")
    assert benchmark.load().source.sha256 == old

    write(TEST, [*ROWS[:4], {**ROWS[4], "answer": "Add.\n#### 6"}])
    with pytest.raises(UserError, match=r"python -m benchmarks\.lock") as caught:
        benchmark.load()
    new = fingerprint.sha256(benchmark.records(read(benchmark.data, TEST, None)))
    assert old in str(caught.value)
    assert new in str(caught.value)


@pytest.mark.usefixtures("lock")
@pytest.mark.parametrize(
    ("benchmark", "row", "field"),
    [
        (GSM8K, {"answer": "#### 1"}, "'question'"),
        (GSM8K, {"question": "What?"}, "'answer'"),
        (GSM8K, {"question": "What?", "answer": "one"}, "'answer'"),
        (ASDiv, {"body": "One.", "question": "How many?"}, "'answer'"),
        (ArcChallenge, {"id": "x", "question": "Why?", "answerKey": "A"}, "'choices'"),
        (
            ArcChallenge,
            {"id": "x", "question": "Why?", "answerKey": "E", "choices": {"text": [], "label": []}},
            "'answerKey'",
        ),
    ],
)
def test_a_bad_row_is_named(write: Write, benchmark: Any, row: dict[str, Any], field: str) -> None:
    folder = write(benchmark.file, [row])
    with pytest.raises(UserError, match=field) as caught:
        benchmark(data=folder).load()
    assert f"{benchmark.file}: row 1" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no rows"),
        ("\n\n", "has no rows"),
        ('{"question": "a"}\n{"quest', "row 2 is not valid JSON"),
        ("[1, 2]", "row 1 is not a JSON object"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "gsm8k").mkdir()
    (tmp_path / TEST).write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message) as caught:
        GSM8K(data=str(tmp_path)).load()
    assert TEST in str(caught.value)


def test_an_absent_file_is_named_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="PTE_DATA") as caught:
        SVAMP(data=str(tmp_path)).load()
    assert "SVAMP.json" in str(caught.value)
    with pytest.raises(UserError, match="no source"):
        SVAMP().load()


@pytest.mark.usefixtures("lock")
def test_repeated_ids_are_refused(tmp_path: Path) -> None:
    (tmp_path / "strategyqa").mkdir()
    row = '{"qid": "q", "question": "Is it?", "answer": true}'
    (tmp_path / StrategyQA.file).write_text(f"[{row}, {row}]", encoding="utf-8")
    with pytest.raises(UserError, match="twice"):
        StrategyQA(data=str(tmp_path)).load()


@pytest.mark.filterwarnings("ignore:.*not locked")
@pytest.mark.usefixtures("lock")
def test_options_lettered_by_number_become_letters(write: Write) -> None:
    choices = {"text": ["one", "two"], "label": ["1", "2"]}
    row = {"id": "x", "question": "Which?", "answerKey": "2", "choices": choices}
    [item] = ArcChallenge(data=write(ArcChallenge.file, [row])).load().items
    assert (item.target, item.problem.options) == ("B", ("one", "two"))
    assert item.chance == 0.5


@pytest.mark.filterwarnings("ignore:.*not locked")
@pytest.mark.usefixtures("lock")
def test_answers_with_several_values_are_left_out(write: Write) -> None:
    rows = [
        {"body": "Two bags.", "question": "How many each?", "answer": "9 (red); 7 (blue)"},
        {"body": "One bag.", "question": "How many?", "answer": "9 (red)"},
    ]
    [item] = ASDiv(data=write(ASDiv.file, rows)).load().items
    assert (item.problem.id, item.target) == ("asdiv-00001", "9")


HUB = HubRef("owner/name", "validation", "generation")
HUB_ROW = {"question": "Which?", "best_answer": "One.", "incorrect_answers": ["Two.", "Three."]}


@pytest.mark.usefixtures("lock")
def test_the_hub_is_read_at_the_commit_that_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def load_dataset(*arguments: Any, **named: Any) -> list[dict[str, Any]]:
        asked.append((arguments, named))
        return [HUB_ROW]

    modules = {"datasets": types.SimpleNamespace(load_dataset=load_dataset)}
    monkeypatch.setattr("benchmarks.sources.require", lambda name, extra: modules[name])
    monkeypatch.setattr("benchmarks.sources._newest", lambda dataset: "abc")
    with pytest.warns(UserWarning, match="not locked"):
        dataset = TruthfulQA(hub=HUB).load()
    assert asked == [
        (("owner/name", "generation"), {"split": "validation", "revision": "abc"}),
    ]
    assert (dataset.source.location, dataset.source.revision) == ("owner/name", "abc")
    [item] = dataset.items
    assert sorted(item.problem.options) == ["One.", "Three.", "Two."]
    assert item.problem.options["ABC".index(item.target)] == "One."


def test_a_hub_out_of_reach_is_named_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_dataset(*arguments: Any, **named: Any) -> None:
        raise ConnectionError("no route")

    hub = types.SimpleNamespace(load_dataset=load_dataset)
    monkeypatch.setattr("benchmarks.sources.require", lambda name, extra: hub)
    with pytest.raises(UserError, match="no route") as caught:
        TruthfulQA(hub=HubRef("owner/name", "test", revision="abc")).load()
    assert "owner/name" in str(caught.value)
    assert "PTE_DATA" in str(caught.value)


def test_locking_names_absent_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert locking.main(["--data", str(tmp_path)]) == 2
    assert "cannot read" in capsys.readouterr().err
