"""A benchmark of one's own: a file and its settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.table import TableBenchmark
from harness.contracts.benchmark import AnswerKind
from harness.errors import UserError
from harness.identity import description

SUMS = [{"question": f"What is {n} + 1?", "answer": n + 1} for n in range(4)]
COLOURS = [
    {"question": "Which is warm?", "options": ["red", "blue"], "answer": "red"},
    {"question": "Which is cold?", "options": ["red", "blue", "pink"], "answer": "B"},
]


def table(folder: Path, rows: list[Any], name: str = "rows.jsonl", **settings: Any) -> Any:
    """A benchmark over these rows."""
    (folder / name).write_text("\n".join(map(json.dumps, rows)))
    kept = {"name": "mine", "instruction": "Answer.", "problems": str(folder / name)} | settings
    return TableBenchmark(**kept)


@pytest.fixture(autouse=True)
def _pinned(recwarn: pytest.WarningsRecorder) -> None:
    """Files without a hash are warned of, which one test looks at."""


def test_rows_are_problems_and_the_limit_holds(tmp_path: Path) -> None:
    dataset = table(tmp_path, SUMS, answer="number", limit=3).load()
    assert [item.problem.id for item in dataset.items] == ["mine-00000", "mine-00001", "mine-00002"]
    assert [item.target for item in dataset.items] == ["1", "2", "3"]
    assert dataset.source.rows == 4


@pytest.mark.parametrize(
    ("answer", "written", "said", "score"),
    [
        ("number", "1,200", "1200.0", 1.0),
        ("number", 1200, "1201", 0.0),
        ("words", "The Hague", "the hague.", 1.0),
        ("words", "The Hague", "Leiden", 0.0),
        ("yes_no", True, "yes", 1.0),
        ("yes_no", False, "yes", 0.0),
        ("mathematics", r"$\frac{1}{2}$", "$0.5$.", 1.0),
        ("mathematics", r"\boxed{x > 2}", r"$(2, \infty)$", 1.0),
        ("mathematics", "1, -2", "$-2$ and $1$", 1.0),
        ("mathematics", 4, "$4$ and $5$", 0.0),
    ],
)
def test_each_kind_of_answer_is_read_and_compared_in_its_way(
    tmp_path: Path, answer: str, written: Any, said: str, score: float
) -> None:
    benchmark = table(tmp_path, [{"question": "?", "answer": written}], answer=answer)
    task, (item,) = benchmark.task(), benchmark.load().items
    assert task.slow == (answer == "mathematics")
    read = task.extract(f" {said}")
    assert benchmark.grade(item.target, read).score == score
    assert benchmark.grade(item.target, None).score == 0.0


def test_options_are_shown_with_letters_or_scored(tmp_path: Path) -> None:
    shown = table(tmp_path, COLOURS, answer="letter")
    first, second = shown.load().items
    assert first.problem.question == "Which is warm?\n(A) red\n(B) blue"
    assert (first.target, second.target, first.chance, second.chance) == ("A", "B", 1 / 2, 1 / 3)
    scored = table(tmp_path, COLOURS, answer="letter", readout="loglikelihood")
    assert scored.task().kind is AnswerKind.OPTION
    assert scored.load().items[0].problem.options == ("red", "blue")
    assert scored.load().items[0].problem.question == "Which is warm?"


def test_columns_have_any_names_and_ids_may_be_the_files_own(tmp_path: Path) -> None:
    rows = [{"q": "One?", "a": "1", "key": "x7"}]
    columns = {"question_column": "q", "answer_column": "a", "id_column": "key"}
    (item,) = table(tmp_path, rows, answer="number", **columns).load().items
    assert (item.problem.id, item.problem.question, item.target) == ("x7", "One?", "1")


def test_exemplars_are_another_file_with_their_forms(tmp_path: Path) -> None:
    examples = tmp_path / "examples.jsonl"
    examples.write_text(json.dumps({"question": "9 + 1?", "answer": 10, "rationale": "It is ten."}))
    benchmark = table(tmp_path, SUMS, answer="number", exemplars=str(examples))
    (exemplar,) = benchmark.task().exemplars
    assert exemplar.forms == {"answer": "10", "rationale": "It is ten."}
    examples.write_text(json.dumps(SUMS[0]))
    same = table(tmp_path, SUMS, answer="number", exemplars=str(examples))
    with pytest.raises(UserError, match=r"mine-00000 of rows\.jsonl is an exemplar as well"):
        same.load()


def test_what_it_holds_and_not_where_it_lies_is_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    here, there = table(tmp_path, SUMS), table(tmp_path / "else", SUMS)
    assert here == there, "what is not compared enters no id"
    assert repr(here) == repr(there)
    assert description(here.task()) == description(there.task())
    assert here.load().source == there.load().source
    changed = table(tmp_path, [*SUMS[:3], {"question": "New?", "answer": 3}])
    assert changed.load().source.sha256 != there.load().source.sha256


def test_a_hash_holds_the_file(tmp_path: Path) -> None:
    free = table(tmp_path, SUMS)
    with pytest.warns(UserWarning, match=r"benchmark\.mine\.sha256="):
        result = free.load().source.sha256
    assert table(tmp_path, SUMS, sha256=result).load().source.sha256 == result
    with pytest.raises(UserError, match=f"4 problems with sha256 {result}, and benchmark.mine"):
        table(tmp_path, SUMS, sha256="0" * 64).load()


@pytest.mark.parametrize(
    ("rows", "settings", "part"),
    [
        (SUMS, {"readout": "loglikelihood"}, "only where answer=letter"),
        (SUMS, {"problems": "nowhere.jsonl"}, "there is no file nowhere.jsonl"),
        (SUMS, {"problems": None}, "give a file, or hub.id"),
        ([{"question": "?"}], {}, "row 1 has no field 'answer'"),
        ([{"question": "?", "answer": "many"}], {"answer": "number"}, "answer that is no number"),
        ([{"question": "?", "answer": "red"}], {"answer": "letter"}, "no field 'options'"),
        ([COLOURS[0] | {"answer": "C"}], {"answer": "letter"}, "that is no letter: 'C'"),
        ([COLOURS[0] | {"options": "red"}], {"answer": "letter"}, "no list of 2 to 26 options"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, rows: list[Any], settings: dict[str, Any], part: str
) -> None:
    with pytest.raises(UserError) as caught:
        table(tmp_path, rows, **settings).load()
    assert part in str(caught.value)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is none of \.jsonl, \.json, \.csv"):
        table(tmp_path, SUMS, "rows.txt").load()
