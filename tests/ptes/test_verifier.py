"""Verifiers of whole solutions and of steps: what is submitted, what it costs, what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import exp, log
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.address import Address
from harness.contracts.benchmark import AnswerKind
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Capabilities
from harness.contracts.sampling import GREEDY, Sampling
from harness.engines.fake import FakeConfig, FakeEngine
from harness.engines.protocol import (
    CompletionRequest,
    LoadRequest,
    LogLikelihoodRequest,
    Reward,
    RewardRequest,
)
from harness.errors import OverflowedError, UserError
from harness.models.reward_head import RewardHead
from harness.models.spec import ModelSpec
from harness.plan.cell import Setting
from harness.stack import Stack, refusal
from ptes.common.verifying.solutions import steps_of
from ptes.common.verifying.weights import weight_of, whole
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.selection.process_verifier import ProcessVerifier
from ptes.selection.self_consistency import SelfConsistency
from ptes.selection.verifier import Verifier
from tests.toys import ToyBenchmark, toy_handle, toy_model, toy_run

ONE = ToyBenchmark(size=1)
OUTCOME = RewardHead("outcome", trained_on="toy samples", tried=True)
STEPS = RewardHead("process", step=" #", between="\n", trained_on="toy steps", tried=True)
SETTING = Setting(
    "fake",
    {"solve": Sampling(), "verifier": GREEDY, "process_verifier": GREEDY},
    10_000,
    0,
)


@dataclass(frozen=True)
class RewardingConfig(FakeConfig):
    """The fake engine with rewards of the test's choosing, by the text up to each place."""

    value: Callable[[str], float] = len

    async def load(self, request: LoadRequest) -> FakeEngine:
        return RewardingEngine(self, request)


class RewardingEngine(FakeEngine):
    def __init__(self, config: RewardingConfig, request: LoadRequest) -> None:
        super().__init__(config, request)
        self._value = config.value

    async def reward(self, request: RewardRequest) -> Reward:
        await super().reward(request)
        texts = (self.tokenizer.decode(request.ids[: place + 1]) for place in request.at)
        return Reward(tuple(map(self._value, texts)))


def said(request: CompletionRequest, prompt: str) -> str:
    """Draw n answers n % 3, after a step that names the draw."""
    number = request.tag.address["selection"]
    return f"First. Then {number}. The answer is {number % 3}."


def verifying(folder: Path, **settings: Any) -> Verifier:
    model = toy_model(folder / "v", "verifier_model", parameters=3e6, reward=OUTCOME)
    return Verifier(model, **{"n": 6, **settings})


def checking(folder: Path, **settings: Any) -> ProcessVerifier:
    model = toy_model(folder / "p", "step_model", parameters=5e6, reward=STEPS)
    return ProcessVerifier(model, **{"n": 6, **settings})


def run(folder: Path, stack: list[PTE], value: Callable[[str], float]) -> tuple[Any, Any]:
    """The one row of a stack, and the engine that was asked."""
    engine = RewardingConfig(said, value=value)
    made = toy_run(folder, [[ChainOfThought(), *stack]], engine, ONE, setting=SETTING)
    (row,) = made.records.frame().to_dict("records")
    return row, engine


def likes(number: int) -> Callable[[str], float]:
    return lambda text: 2.0 if f"Then {number}." in text else -1.0


class TestWholeSolutions:
    def test_the_highest_score_is_submitted(self, tmp_path: Path) -> None:
        row, _ = run(tmp_path, [verifying(tmp_path)], likes(5))
        assert row["answer"] == "2"
        assert [each["weight"] > 0.5 for each in row["candidates"]] == [False] * 5 + [True]
        assert row["signals"] == ["verifier"]
        assert list(row["table_rows"])[-1] == "verification"
        assert '"trained_on": "toy samples"' in row["stack_config"]

    def test_votes_are_weighted_by_scores(self, tmp_path: Path) -> None:
        def value(text: str) -> float:  # draws 0 and 3 answer 0, both rather sure
            return 0.5 if "Then 0." in text or "Then 3." in text else likes(5)(text)

        alone, _ = run(tmp_path / "a", [verifying(tmp_path)], value)
        voted, _ = run(tmp_path / "b", [verifying(tmp_path, choose="vote")], value)
        both, _ = run(tmp_path / "c", [verifying(tmp_path), SelfConsistency(n=6)], value)
        assert (alone["answer"], voted["answer"], both["answer"]) == ("2", "0", "0")

    def test_each_solution_is_paid_for_once_and_their_question_shared(self, tmp_path: Path) -> None:
        row, engine = run(tmp_path, [verifying(tmp_path)], likes(5))
        asked = [each for each in engine.asked if isinstance(each, RewardRequest)]
        assert len(asked) == 6
        (paid,) = [role for role in row["roles"] if role["role"] == "verifier"]
        tokens = sum(len(each.ids) for each in asked)
        question = len("Question: What is 0 + 0?\nAnswer:")
        assert (paid["calls"], paid["prompt_tokens"], paid["generated_tokens"]) == (6, tokens, 0)
        assert paid["own_prefix_tokens"] == 5 * question
        assert paid["flop"] == pytest.approx(2 * 3e6 * tokens)
        assert paid["own_prefix_flop"] == pytest.approx(2 * 3e6 * 5 * question)
        noted = {each["address"]: list(each["values"]) for each in row["rewards"]}
        assert noted[""] == [-1.0]
        assert noted["selection=5"] == [2.0]

    def test_a_second_run_asks_for_nothing(self, tmp_path: Path) -> None:
        first, _ = run(tmp_path, [verifying(tmp_path)], likes(5))
        for path in (tmp_path / "run" / "records").iterdir():
            path.unlink()
        again, engine = run(tmp_path, [verifying(tmp_path)], likes(5))
        assert engine.asked == []
        assert [again[key] for key in ("answer", "flop")] == [
            first[key] for key in ("answer", "flop")
        ]

    def test_a_language_model_is_asked_for_yes_or_no(self, tmp_path: Path) -> None:
        model = toy_model(tmp_path / "v", "generative")
        row, engine = run(tmp_path, [Verifier(model, n=3)], likes(0))
        assert any(isinstance(each, LogLikelihoodRequest) for each in engine.asked)
        assert not any(isinstance(each, RewardRequest) for each in engine.asked)
        (noted,) = row["judgements"]
        assert (noted["role"], noted["count"]) == ("verifier", 3)
        assert Verifier(model, n=3).fills_row(ONE.task()) is None

    def test_a_solution_too_long_for_the_window_is_not_judged(self, tmp_path: Path) -> None:
        handle = toy_handle(tmp_path, RewardingConfig(), window=20, reward=OUTCOME)
        session = handle.session
        role_model = replace(session.role_models["solve"], head=OUTCOME)
        session.role_models = {"verifier": role_model}
        asked = handle.reward(Prompt("What is 1 + 1?", role="verifier"), ("2",), Address())
        with pytest.raises(OverflowedError):
            asyncio.run(asked)


class TestSteps:
    STEPWISE = staticmethod(lambda text: 3.0 if text.endswith("First. #") else likes(4)(text))

    def test_steps_are_scored_at_their_tags(self, tmp_path: Path) -> None:
        row, engine = run(tmp_path, [checking(tmp_path)], self.STEPWISE)
        assert row["answer"] == "1"  # draw 4
        assert {len(each.at) for each in engine.asked if isinstance(each, RewardRequest)} == {3}
        noted = {each["address"]: list(each["values"]) for each in row["rewards"]}
        assert noted["selection=4"] == [3.0, 2.0, 2.0]
        assert list(row["table_rows"])[-1] == "process_verification"

    def test_two_verifiers_multiply(self, tmp_path: Path) -> None:
        row, _ = run(tmp_path, [checking(tmp_path), verifying(tmp_path)], self.STEPWISE)
        (best,) = [each for each in row["candidates"] if each["address"] == "selection=4"]
        expected = weight_of(2.0) * weight_of(whole((3.0, 2.0, 2.0), "product"))
        assert best["weight"] == pytest.approx(expected)
        assert {role["role"] for role in row["roles"]} == {"solve", "verifier", "process_verifier"}

    def test_what_steps_make_of_a_solution(self) -> None:
        steps = [log(0.9 / 0.1), log(0.5 / 0.5), log(0.8 / 0.2)]
        odds = {each: whole(steps, each) for each in ("product", "min", "last")}
        chances = {each: 1 / (1 + exp(-value)) for each, value in odds.items()}
        assert chances == pytest.approx({"product": 0.9 * 0.5 * 0.8, "min": 0.5, "last": 0.8})

    def test_a_solution_is_cut_at_paragraphs_lines_or_sentences(self) -> None:
        assert steps_of("One\nline.\n\nTwo.") == ("One\nline.", "Two.")
        assert steps_of("3 + 4 = 7\nA: 7") == ("3 + 4 = 7", "A: 7")
        assert steps_of("It is 3.5. So 7.") == ("It is 3.5.", "So 7.")
        assert steps_of("7") == ("7",)
        assert steps_of(" \n") == ()


def test_weights_keep_the_order_of_any_numbers() -> None:
    values = [-900.0, -800.0, -40.0, -39.0, 0.0, 1.0, 40.0, 45.0, 900.0]
    weights = list(map(weight_of, values))
    assert weights == sorted(set(weights))
    assert weights[0] > 0.0
    assert weight_of(0.0) == pytest.approx(0.5)
    assert weight_of(log(3.0)) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        (lambda folder: [verifying(folder)], "nothing is written before the answer"),
        (
            lambda folder: [ChainOfThought(), verifying(folder, choose="vote"), SelfConsistency()],
            "might count the votes twice",
        ),
        (
            lambda folder: [
                ChainOfThought(),
                Verifier(toy_model(folder / "x", "steps", reward=STEPS)),
            ],
            "ask it by process_verifier",
        ),
        (
            lambda folder: [ChainOfThought(), ProcessVerifier(toy_model(folder / "x", "writer"))],
            "takes a reward model that judges steps",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    stack: Callable[[Path], list[PTE]], message: str, tmp_path: Path
) -> None:
    told = _told(tmp_path, stack(tmp_path))
    assert told is not None
    assert message in told


def test_an_engine_that_gives_no_rewards_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    told = _told(tmp_path, [ChainOfThought(), verifying(tmp_path)], Capabilities(score=True))
    assert told is not None
    assert "needs rewards, which this engine does not give" in told
    generative = [ChainOfThought(), Verifier(toy_model(tmp_path / "g", "g"))]
    assert "log-likelihoods" in str(_told(tmp_path, generative, Capabilities(score=False)))


def test_programs_are_verified_as_wholes_alone(tmp_path: Path) -> None:
    task = replace(ONE.task(), kind=AnswerKind.PROGRAM)
    assert _told(tmp_path, [verifying(tmp_path)], task=task) is None
    told = _told(tmp_path, [checking(tmp_path)], task=task)
    assert "a program has none" in str(told)


def _told(
    folder: Path,
    stack: list[PTE],
    engine: Capabilities | None = None,
    task: Any = None,
) -> str | None:
    made = Stack.of(stack)
    site = made.site(
        toy_model(folder / "m"), engine or Capabilities(score=True, reward=True), task or ONE.task()
    )
    return refusal(made, site, greedy=False)


def test_a_head_says_what_it_is_read_by() -> None:
    with pytest.raises(ValueError, match=r"reward\.step says not"):
        RewardHead("process")
    with pytest.raises(ValueError, match="two token ids"):
        RewardHead("process", step="x", returned=(1,))
    with pytest.raises(ValueError, match="are of process models"):
        RewardHead("outcome", step="x")
    assert OUTCOME.text == "outcome|"
    assert RewardHead("process", step="x", returned=(648, 387)).text == "process|648,387"


def test_what_is_not_known_of_a_verifiers_training_stays_unknown(tmp_path: Path) -> None:
    unknown: ModelSpec = replace(verifying(tmp_path).model, training=None)
    assert Verifier(unknown).one_time_flop is None
    assert Verifier(unknown, one_time=3e9).one_time_flop == 3e9
    untried = replace(unknown, reward=RewardHead("outcome", trained_on="samples"))
    assert Verifier(untried).fills_row(ONE.task()) is None


def test_a_model_that_writes_is_asked_for_no_rewards(tmp_path: Path) -> None:
    asked = toy_handle(tmp_path, RewardingConfig()).reward(Prompt("q"), ("a",), Address())
    with pytest.raises(UserError, match="is no reward model"):
        asyncio.run(asked)


def test_each_rung_may_have_a_verifier_of_its_own(tmp_path: Path) -> None:
    pte = verifying(tmp_path)
    shared = replace(pte.model, parameters=None)
    own = replace(shared, weights="made/{rung}/weights")
    rung = toy_model(tmp_path / "r", "small", parameters=7e6)
    assert replace(pte, model=shared).roles_beside(rung) == {"verifier": shared}
    (bound,) = replace(pte, model=own).roles_beside(rung).values()
    assert (bound.weights, bound.parameters) == ("made/small/weights", 7e6)
    assert bound.name == "verifier_model_small"
