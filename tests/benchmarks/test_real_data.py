"""The benchmarks on their real files."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from benchmarks.base import TabularBenchmark
from benchmarks.fingerprint import locked
from benchmarks.hotpotqa import HotpotQA, MultiHop
from benchmarks.lock import BENCHMARKS, merged
from benchmarks.math500 import Math500, canonical_math
from benchmarks.multiple_choice import ArcChallenge, MultipleChoice, TruthfulQA
from benchmarks.programs import Programs
from benchmarks.sources import read
from benchmarks.strategyqa import StrategyQA
from benchmarks.word_problems import GSM8K, SVAMP, ASDiv
from harness.contracts.benchmark import AnswerKind, Benchmark
from harness.contracts.problem import Item
from ptes.tools.arithmetic import evaluate
from ptes.tools.quantities import shown

pytestmark = pytest.mark.data

READ = [kind for kind in BENCHMARKS if not issubclass(kind, Programs)]
"""Those whose answers are read from words; programs are graded by running them."""
ROWS = {
    "arc_challenge": 1172,
    "asdiv": 2215,
    "gsm8k": 1319,
    "hotpotqa": 500,
    "hotpotqa_closed_book": 7405,
    "humaneval": 164,
    "math500": 500,
    "mbpp": 500,
    "strategyqa": 229,
    "svamp": 1000,
    "truthfulqa_mc": 817,
}


@pytest.mark.parametrize("kind", BENCHMARKS)
@pytest.mark.filterwarnings("error")
def test_all_problems_load_as_locked(kind: type[TabularBenchmark], real_data: str) -> None:
    benchmark = kind(data=real_data)
    dataset = benchmark.load()
    assert len(dataset.items) == dataset.source.rows == ROWS[benchmark.name]
    assert len({item.problem.id for item in dataset.items}) == len(dataset.items)
    assert benchmark.load() == dataset
    assert dataclasses.replace(benchmark, limit=7).load().items == dataset.items[:7]


@pytest.mark.parametrize("kind", READ)
def test_gold_answers_are_read_and_right(kind: type[TabularBenchmark], real_data: str) -> None:
    benchmark: Any = kind(data=real_data)
    if isinstance(benchmark, MultipleChoice):
        benchmark = dataclasses.replace(benchmark, readout=AnswerKind.WORDS)
    task = benchmark.task()
    for item in benchmark.load().items:
        written = f"({item.target})" if isinstance(benchmark, MultipleChoice) else item.target
        for text in (f" {written}", f": {written}.", f" {written}\n\nQuestion: 17"):
            answer = task.extract(text)
            assert answer is not None, (item, text)
            assert benchmark.grade(item.target, answer).score == 1.0, (item, text)
            assert benchmark.grade(item.target, "987654321.5").score == 0.0


@pytest.mark.parametrize(("kind", "field"), [(GSM8K, "answer"), (ASDiv, "answer")])
def test_the_answers_own_text_is_right(
    kind: type[TabularBenchmark], field: str, real_data: str
) -> None:
    benchmark = kind(data=real_data)
    extract = benchmark.task().extract
    rows = read(real_data, benchmark.file, None).rows
    for item, row in zip(benchmark.load().items, rows, strict=True):
        gold = row.text(field).rpartition("####")[2]
        assert benchmark.grade(item.target, extract(f" {gold.strip()}")).score == 1.0, gold


def test_svamp_answers_written_as_decimals_are_right(real_data: str) -> None:
    benchmark = SVAMP(data=real_data)
    extract = benchmark.task().extract
    rows = read(real_data, benchmark.file, None).rows
    for item, row in zip(benchmark.load().items, rows, strict=True):
        answer = extract(f" {float(row.get('Answer'))}.")
        assert benchmark.grade(item.target, answer).score == 1.0


def test_mathematics_agrees_with_its_canonical_form(real_data: str) -> None:
    benchmark = Math500(data=real_data)
    targets = sorted({str(item.target) for item in benchmark.load().items})
    forms: dict[str, list[str]] = {}
    for target in targets:
        assert benchmark.grade(target, target).score == 1.0
        for written in (f"${target}$", f" \\boxed{{{target}}}."):
            answer = benchmark.task().extract(written)
            assert answer is not None
            assert canonical_math(answer) == canonical_math(target)
        forms.setdefault(canonical_math(target), []).append(target)
    for same in forms.values():
        assert all(benchmark.grade(same[0], other).score == 1.0 for other in same)


def test_mathematics_tells_neighbours_apart(real_data: str) -> None:
    benchmark = Math500(data=real_data)
    targets = [str(item.target) for item in benchmark.load().items]
    for one, other in pairwise(targets):
        right = benchmark.grade(one, other).score == 1.0
        assert right == (canonical_math(one) == canonical_math(other)), (one, other)


@pytest.mark.parametrize("kind", [ArcChallenge, TruthfulQA])
def test_readouts_ask_the_same_problems(kind: type[MultipleChoice], real_data: str) -> None:
    scored = kind(data=real_data, readout=AnswerKind.OPTION).load()
    written = kind(data=real_data, readout=AnswerKind.WORDS).load()
    assert scored.source == written.source
    for one, other in zip(scored.items, written.items, strict=True):
        assert (one.problem.id, one.target) == (other.problem.id, other.target)
        place = "ABCDEFGHIJKLM".index(one.target)
        line = f"({one.target}) {one.problem.options[place]}"
        assert line in other.problem.question.split("\n")
        assert len(set(one.problem.options)) == len(one.problem.options)
        assert not other.problem.options
        assert one.chance == other.chance == 1 / len(one.problem.options)


@pytest.mark.parametrize("kind", BENCHMARKS)
def test_a_guess_scores_where_answers_are_chosen_alone(
    kind: type[TabularBenchmark], real_data: str
) -> None:
    chances = {item.chance for item in kind(data=real_data, limit=20).load().items}
    if issubclass(kind, MultipleChoice):
        assert 0 < min(chances) <= max(chances) <= 0.5
    elif issubclass(kind, MultiHop):
        assert chances <= {0.0, 0.5}
    else:
        assert chances == ({0.5} if kind.__name__ == "StrategyQA" else {0.0})


def test_truthful_answers_are_at_no_place_of_their_own(real_data: str) -> None:
    items = TruthfulQA(data=real_data).load().items
    first = sum(item.target == "A" for item in items)
    expected = sum(1 / len(item.problem.options) for item in items)
    assert abs(first - expected) < 3 * (expected * 0.8) ** 0.5


@pytest.mark.parametrize("kind", BENCHMARKS)
def test_no_target_can_be_reached(kind: type[TabularBenchmark], real_data: str) -> None:
    benchmark = kind(data=real_data, limit=20)
    items = benchmark.load().items
    for start in (benchmark.task(), *(item.problem for item in items)):
        for thing in _reachable(start):
            assert not isinstance(thing, (Item, Benchmark))
    assert not any(isinstance(value, (tuple, list, dict)) for value in vars(benchmark).values())


def _reachable(thing: Any) -> Iterator[Any]:
    yield thing
    for part in _parts(thing):
        yield from _reachable(part)


def _parts(thing: Any) -> list[Any]:
    if isinstance(thing, partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if isinstance(thing, Mapping):
        return [*thing.keys(), *thing.values()]
    if isinstance(thing, (tuple, list, set, frozenset)):
        return list(thing)
    if dataclasses.is_dataclass(thing):
        return [getattr(thing, each.name) for each in dataclasses.fields(thing)]
    closure = getattr(thing, "__closure__", None) or ()
    # A bound method would lead to its object.
    owner = getattr(thing, "__self__", None)
    return [cell.cell_contents for cell in closure] + ([owner] if callable(thing) else [])


@pytest.mark.parametrize("kind", [kind for kind in BENCHMARKS if kind is not GSM8K])
def test_own_exemplars_share_no_long_phrase_with_the_problems(
    kind: type[TabularBenchmark], real_data: str
) -> None:
    benchmark = kind(data=real_data)
    asked = {
        phrase for item in benchmark.load().items for phrase in _phrases(item.problem.question)
    }
    for exemplar in benchmark.task().exemplars:
        assert not asked & _phrases(exemplar.question), exemplar.question


def _phrases(text: str, words: int = 8) -> set[tuple[str, ...]]:
    split = text.lower().split()
    return {tuple(split[place : place + words]) for place in range(len(split) - words + 1)}


def test_gsm8k_exemplars_are_the_first_train_rows(real_data: str) -> None:
    benchmark = GSM8K(data=real_data)
    task = benchmark.task()
    assert len(task.exemplars) == 64
    graded = {item.problem.question for item in benchmark.load().items}
    for exemplar in task.exemplars:
        assert exemplar.question not in graded
        assert not {"<<", ">>", "####", "\n"} & set(exemplar.forms["rationale"])
        assert task.extract(f" {exemplar.answer}.") == exemplar.answer


def test_gsm8k_trajectories_are_worked_out_by_the_calculator(real_data: str) -> None:
    calls = [
        call
        for exemplar in GSM8K(data=real_data).task().exemplars
        for call in re.findall(r"Action: calculator\[(.+)\]", exemplar.forms["trajectory"])
    ]
    assert len(calls) == 215
    assert all(shown(evaluate(term)) for term in calls)


def test_hotpotqa_searches_all_paragraphs_and_shows_a_problems_own(real_data: str) -> None:
    benchmark = HotpotQA(data=real_data, context="paragraphs", limit=3)
    corpus = benchmark.task().corpus
    assert corpus is not None
    passages = corpus.read()
    assert len(passages) == len(set(passages)) == 4858
    assert all(each.title and each.sentences for each in passages)
    by_title = {each.title: each for each in passages}
    for item in benchmark.load().items:
        *lines, _ = item.problem.question.split("\n")
        assert len(lines) == 10
        for title, passage in ((line.partition(": ")[0], line) for line in lines):
            assert title not in by_title or passage == f"{title}: {by_title[title].text}"


def test_strategyqas_facts_are_what_may_be_searched(real_data: str) -> None:
    corpus = StrategyQA(data=real_data).task().corpus
    assert corpus is not None
    assert len(corpus.read()) == 229


def test_the_lock_file_is_what_the_folder_holds(real_data: str) -> None:
    assert merged(real_data) == locked()
