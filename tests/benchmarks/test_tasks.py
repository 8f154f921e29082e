"""What solvers get to see, grades, and the exemplars that this project wrote."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from omegaconf import OmegaConf

from benchmarks import own_exemplars
from benchmarks.base import TabularBenchmark
from benchmarks.human_eval import HumanEval
from benchmarks.lock import BENCHMARKS
from benchmarks.multiple_choice import ArcChallenge, TruthfulQA
from benchmarks.programs import Programs
from benchmarks.sources import HubRef
from benchmarks.word_problems import GSM8K
from harness.contracts.benchmark import AnswerKind
from harness.contracts.draw import OptionScore
from harness.contracts.problem import Exemplar
from tests.refusals import refusal

Write = Callable[[str, list[dict[str, Any]]], str]

CHOICES = ("arc_challenge", "truthfulqa_mc")
OTHERS = ("word_problems", "math500", "strategyqa")
OWN = [kind for kind in BENCHMARKS if kind is not GSM8K]


def _numbers(text: str) -> list[str]:
    return re.findall(r"-?[0-9]+(?:\.[0-9]+)?", text)


@pytest.mark.parametrize("kind", [kind for kind in OWN if not issubclass(kind, Programs)])
def test_own_exemplars_are_eight_and_answer_in_the_asked_form(kind: type[TabularBenchmark]) -> None:
    benchmark = kind()
    task = benchmark.task()
    assert len({exemplar.question for exemplar in task.exemplars}) == 8
    for exemplar in task.exemplars:
        assert exemplar.forms["rationale"].endswith(".")
        assert task.cue not in exemplar.forms["rationale"]
        if task.kind is AnswerKind.WORDS:
            answer = task.extract(f" {exemplar.answer}.")
            assert answer is not None
            assert task.canonical(answer) == task.canonical(exemplar.answer.strip("$"))


def test_word_problem_rationales_compute_their_answers() -> None:
    for exemplar in own_exemplars.plain("word_problems"):
        rationale = exemplar.forms["rationale"]
        assert _numbers(rationale)[-1] == exemplar.answer
        for left, right in re.findall(r"([0-9.]+ [-+*/] [0-9.]+) = ([0-9.]*[0-9])", rationale):
            assert _computed(left) == float(right), rationale


def _computed(term: str) -> float:
    one, sign, other = term.split()
    a, b = float(one), float(other)
    return {"+": a + b, "-": a - b, "*": a * b, "/": a / b}[sign]


def test_mathematics_rationales_end_in_their_answers() -> None:
    for exemplar in own_exemplars.plain("math500"):
        assert exemplar.forms["rationale"].rstrip(".$").endswith(exemplar.answer.strip("$"))


@pytest.mark.parametrize("name", CHOICES)
def test_choice_exemplars_fit_both_readouts(name: str) -> None:
    shown = own_exemplars.choices(name, AnswerKind.WORDS)
    alone = own_exemplars.choices(name, AnswerKind.OPTION)
    letters = []
    for with_options, without in zip(shown, alone, strict=True):
        assert with_options.question.startswith(without.question)
        assert f"{with_options.answer} {without.answer}" in with_options.question.splitlines()
        assert "(A)" not in without.question
        letters.append(with_options.answer)
    assert len(set(letters)) >= 4
    assert max(letters.count(letter) for letter in letters) <= 3


def test_yes_and_no_are_balanced() -> None:
    answers = [exemplar.answer for exemplar in own_exemplars.plain("strategyqa")]
    assert sorted(answers) == ["no"] * 4 + ["yes"] * 4


@pytest.mark.filterwarnings("ignore:.*not locked")
@pytest.mark.usefixtures("lock")
def test_gsm8k_exemplars_lose_their_marks(write: Write) -> None:
    solution = "She has 2*3 = <<2*3=6>>6.\nWith one more, 6+1 = $<<6+1=7>>7,000.\n#### 7,000"
    row = {"question": "How many?", "answer": solution}
    task = GSM8K(data=write(GSM8K.train_file, [row, row, row]), pool=2).task()
    rationale = "She has 2*3 = 6. With one more, 6+1 = $7,000."
    trajectory = """\
Thought: I need to work out 2*3.
Action: calculator[2*3]
Thought: She has 2*3 = 6. I need to work out 6+1.
Action: calculator[6+1]
Thought: With one more, 6+1 = $7,000.
Action: finish[7000]"""
    calls = "She has 2*3 = [calculator(2*3)] 6. With one more, 6+1 = $[calculator(6+1)] 7,000."
    forms = {"rationale": rationale, "trajectory": trajectory, "calls": calls}
    expected = Exemplar("How many?", {"answer": "7000", **forms})
    assert task.exemplars == (expected, expected)


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize("readout", [AnswerKind.WORDS, AnswerKind.OPTION])
def test_tasks_can_be_sent_to_another_process(kind: Any, readout: AnswerKind) -> None:
    benchmark: Any = (
        kind(readout=readout) if issubclass(kind, (ArcChallenge, TruthfulQA)) else kind()
    )
    task = pickle.loads(pickle.dumps(benchmark.task()))
    assert task.name == benchmark.name
    assert task.extract("") is None
    assert task.canonical("A") == benchmark.task().canonical("A")
    assert pickle.loads(pickle.dumps(benchmark)) == benchmark


def test_no_answer_is_wrong() -> None:
    for kind in (kind for kind in BENCHMARKS if not issubclass(kind, Programs)):
        assert kind().grade("1", None).score == 0.0


def test_log_likelihood_is_graded_raw_and_normalised() -> None:
    scores = (OptionScore("short", -4.0, 2), OptionScore("rather longer text", -5.0, 5))
    grade = ArcChallenge().grade("B", "B", scores)
    assert grade.score == 1.0
    assert grade.metrics == {"accuracy_raw": 0.0, "accuracy_normalised": 1.0}


def test_an_unknown_readout_is_refused() -> None:
    assert "give generation or loglikelihood" in refusal(ArcChallenge, readout="guess")
    assert "give generation or loglikelihood" in refusal(ArcChallenge, readout="program")


@pytest.mark.parametrize("kind", BENCHMARKS)
def test_configurations_build_their_benchmark(kind: type[TabularBenchmark]) -> None:
    name = kind().name
    with initialize_config_module("configs", version_base=None):
        config = compose(overrides=[f"+benchmark={name}", "+limit=3", "+data=somewhere"])
    OmegaConf.resolve(config)
    benchmark = instantiate(config.benchmark[name])
    assert type(benchmark) is kind
    packaged = kind is HumanEval  # its problems lie in a package, nowhere else
    assert (benchmark.limit, benchmark.data) == (3, None if packaged else "somewhere")
    assert packaged or isinstance(benchmark.hub, HubRef)
    defaults = kind(limit=3, data=benchmark.data, hub=benchmark.hub, **_train(benchmark))
    assert benchmark == defaults


def _train(benchmark: TabularBenchmark) -> dict[str, Any]:
    return {"hub_train": benchmark.hub_train} if isinstance(benchmark, GSM8K) else {}
