"""A judge weights one pool of finished attempts, on a ledger of its own."""

from __future__ import annotations

import shutil
from math import log
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.pte import PTE
from harness.engines.protocol import CompletionRequest, LogLikelihoodRequest
from harness.models.spec import ModelSpec
from ptes.common.judging.yes_probability import NO, YES
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from tests.refusals import refusal
from tests.toys import ScoringConfig, ToyBenchmark, toy_model, toy_run, verdict

ONE = ToyBenchmark(size=1)
ANSWERS = (3, 5, 5, 7, 7)
TRUST = {3: 0.9, 5: 0.2, 7: 0.5}
"""Each way of choosing has another winner: the judge 3, the vote 5, both together 7."""


def logprob(context: str, option: str) -> float:
    (answer,) = [n for n in TRUST if f"The answer is {n}." in context]
    return verdict(option, log(TRUST[answer]), log(1 - TRUST[answer]))


def engine() -> ScoringConfig:
    def script(request: CompletionRequest, prompt: str) -> str:
        return f" {ANSWERS[request.tag.address['selection']]}."

    return ScoringConfig(script, logprob=logprob)


@pytest.fixture
def judge(tmp_path: Path) -> ModelSpec:
    return toy_model(tmp_path / "judge", "judge", parameters=5e6)


def row(folder: Path, config: ScoringConfig, *stack: PTE) -> dict[Any, Any]:
    frame = toy_run(folder, [stack], config, ONE).records.frame()
    (only,) = frame.to_dict("records")
    return only


def weights(found: dict[str, Any]) -> list[float]:
    return [candidate["weight"] for candidate in found["candidates"]]


def test_alone_it_picks_what_it_trusts_most(tmp_path: Path, judge: ModelSpec) -> None:
    result = row(tmp_path, engine(), ModelJudge(judge, n=5))
    assert result["answer"] == "3"
    assert weights(result) == pytest.approx([0.9, 0.2, 0.2, 0.5, 0.5])


def test_without_it_the_vote_picks_the_first_of_the_most_common(tmp_path: Path) -> None:
    assert row(tmp_path, engine(), SelfConsistency(5))["answer"] == "5"


def test_with_self_consistency_it_weights_the_vote(tmp_path: Path, judge: ModelSpec) -> None:
    result = row(tmp_path, engine(), SelfConsistency(5), ModelJudge(judge, n=5))
    assert result["answer"] == "7"
    assert weights(result) == pytest.approx([0.9, 0.4, 0.4, 1.0, 1.0])


@pytest.mark.parametrize(("n", "m"), [(5, 5), (5, 2), (3, 5)])
def test_both_share_one_pool(tmp_path: Path, judge: ModelSpec, n: int, m: int) -> None:
    config = engine()
    result = row(tmp_path, config, SelfConsistency(n), ModelJudge(judge, n=m))
    asked = [request for request in config.asked if isinstance(request, CompletionRequest)]
    assert len(asked) == len(result["candidates"]) == max(n, m)


def test_equal_attempts_are_judged_once_and_charged_each(tmp_path: Path, judge: ModelSpec) -> None:
    config = engine()
    result = row(tmp_path, config, ModelJudge(judge, n=5))
    asked = [request for request in config.asked if isinstance(request, LogLikelihoodRequest)]
    assert len(asked) == len({*YES, *NO}) * len(TRUST)
    assert {request.tag.role for request in asked} == {"judge"}
    (ledger,) = [role for role in result["roles"] if role["role"] == "judge"]
    assert ledger["calls"] == 5


def test_its_cost_is_its_own_models(tmp_path: Path, judge: ModelSpec) -> None:
    result = row(tmp_path, engine(), ModelJudge(judge, n=5))
    roles = {role["role"]: role for role in result["roles"]}
    assert {name: role["model"] for name, role in roles.items()} == {
        "judge": "judge",
        "solve": "toy_model",
    }
    for name, parameters in (("solve", 1e6), ("judge", 5e6)):
        tokens = roles[name]["prompt_tokens"] + roles[name]["generated_tokens"]
        assert roles[name]["flop"] == 2 * parameters * tokens > 0
    assert roles["judge"]["generated_tokens"] == 0
    for column in ("calls", "prompt_tokens", "generated_tokens", "own_prefix_tokens", "flop"):
        assert result[column] == roles["judge"][column] + roles["solve"][column]


def test_its_draws_cost_the_stack_without_it_nothing(tmp_path: Path, judge: ModelSpec) -> None:
    row(tmp_path, engine(), ModelJudge(judge, n=5))
    config = engine()
    toy_run(tmp_path, [[SelfConsistency(5)]], config, ONE)
    assert not config.asked


def test_what_has_no_answer_is_not_judged(tmp_path: Path, judge: ModelSpec) -> None:
    config = ScoringConfig(
        lambda r, p: " none." if r.tag.address["selection"] else " 3.", logprob=logprob
    )
    result = row(tmp_path, config, ModelJudge(judge, n=3))
    assert weights(result) == pytest.approx([0.9, 0.0, 0.0])
    asked = sum(isinstance(request, LogLikelihoodRequest) for request in config.asked)
    assert asked == len({*YES, *NO})


def test_the_record_says_that_a_judge_was_looked_at(tmp_path: Path, judge: ModelSpec) -> None:
    result = row(tmp_path, engine(), ModelJudge(judge, n=2))
    assert list(result["signals"]) == ["judge"]
    assert not result["oracle"]


@pytest.mark.parametrize("gap", [1e3, -1e3, float("inf")])
def test_a_judge_beyond_doubt_is_no_error(tmp_path: Path, judge: ModelSpec, gap: float) -> None:
    config = ScoringConfig(
        engine().script, logprob=lambda context, option: verdict(option, -gap, 0.0)
    )
    result = row(tmp_path, config, ModelJudge(judge, n=2))
    assert result["status"] == "answered"
    assert weights(result) == [float(gap < 0)] * 2
    shutil.rmtree(tmp_path / "run")
    assert weights(row(tmp_path, config, ModelJudge(judge, n=2))) == weights(result)


def test_a_pool_of_one_is_refused() -> None:
    assert "its.n is 1: give a whole number from 2" in refusal(ModelJudge, n=1)
