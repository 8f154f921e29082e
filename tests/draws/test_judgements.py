"""Judgements by yes or no: every way of writing a word is counted, and none twice."""

from __future__ import annotations

import asyncio
from array import array
from math import exp, inf, log
from pathlib import Path
from typing import Any

import pytest

from harness.cli import results, show
from harness.contracts.draw import Judgement
from harness.contracts.prompt import Prompt
from harness.draws.judgements import log_sum, openings
from harness.engines.protocol import LoadRequest, LogLikelihood
from harness.engines.together import NextTokenRequest, score_all
from harness.run.soundness import LEAST_MASS
from ptes.common.judging.yes_probability import NO, YES, yes_probability
from ptes.selection.model_judge import ModelJudge
from tests.toys import (
    ScoringConfig,
    ScoringEngine,
    ToyBenchmark,
    toy_handle,
    toy_model,
    toy_run,
)

ONE = ToyBenchmark(size=2)
CHAT = {"Yes": log(0.1), "No": log(0.25), "yes": log(0.02), "no": log(0.03), " yes": log(1e-5)}
"""As a chat model speaks: with a capital, without a space."""


def says(words: dict[str, float]) -> ScoringConfig:
    return ScoringConfig(
        lambda request, prompt: " 3.", logprob=lambda context, word: words.get(word, -inf)
    )


def letters(word: str) -> array[int]:
    return array("I", [ord(letter) for letter in word])


def test_ways_that_begin_with_another_are_counted_with_it() -> None:
    ways = openings(("Yes.", "Yes", "Yes", " yes"), ("No", "No!"), letters)
    assert ways.yes == (letters("Yes"), letters(" yes"))
    assert ways.no == (letters("No"),)


def test_a_tokenizer_that_writes_words_alike_gives_each_once() -> None:
    ways = openings(YES, NO, lambda word: letters(word.strip().casefold()))
    assert (ways.yes, ways.no) == ((letters("yes"),), (letters("no"),))


def test_words_that_begin_alike_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError, match="begin with the same tokens"):
        openings(("yes",), ("no",), lambda word: array("I", [0, len(word)][: len(word) - 1]))


def test_a_chat_models_words_are_all_counted(tmp_path: Path) -> None:
    handle = toy_handle(tmp_path, says(CHAT))
    shown = handle.show(Prompt("Right? Reply yes or no."))
    result = asyncio.run(handle.judge(shown, YES, NO))
    assert result.mass == pytest.approx(0.4, abs=1e-4)
    assert result.share == pytest.approx(0.12 / 0.4, abs=1e-4)
    assert asyncio.run(yes_probability(Prompt("Right?"), handle)) == pytest.approx(0.3, abs=1e-4)


def test_a_judgement_is_one_call_that_pays_for_its_prompt_once(tmp_path: Path) -> None:
    handle = toy_handle(tmp_path, says(CHAT))
    shown = handle.show(Prompt("Right? Reply yes or no."))
    asyncio.run(handle.judge(shown, YES, NO))
    cost = handle.session.costs["solve"]
    assert cost.calls == 1
    assert cost.prompt_tokens == len(shown.ids) + sum(map(len, (*YES, *NO)))


def test_what_cannot_be_said_at_all_is_a_half_of_no_mass() -> None:
    assert (Judgement(-inf, -inf).share, Judgement(-inf, -inf).mass) == (0.5, 0.0)
    assert (Judgement(0.0, -inf).share, Judgement(-inf, 0.0).share) == (1.0, 0.0)
    assert log_sum([]) == log_sum([-inf]) == -inf
    assert exp(log_sum([log(0.2), log(0.3)])) == pytest.approx(0.5)


class AtOnce(ScoringEngine):
    """Reads next tokens off one pass."""

    passes = 0

    async def next_tokens(self, request: NextTokenRequest) -> tuple[LogLikelihood, ...]:
        self.passes += 1
        return tuple(LogLikelihood(-float(token), 2) for token in request.tokens)


def test_single_tokens_are_read_in_one_pass_and_others_by_themselves(tmp_path: Path) -> None:
    config = says({"ab": -5.0})
    engine = AtOnce(config, LoadRequest(toy_model(tmp_path), (), 100))
    handle = toy_handle(tmp_path, config)
    tag = handle._tag("solve", handle.address)
    given = [array("I", [7]), letters("ab"), array("I", [9])]
    scored = asyncio.run(score_all(engine, letters("xyz"), given, tag, None))
    assert scored.logprobs == (-7.0, -5.0, -9.0)
    assert (engine.passes, scored.prompt, scored.cached) == (1, 3 + 5, 2)


def judged(folder: Path, words: dict[str, float]) -> Any:
    judge = toy_model(folder / "judge", "judge")
    return toy_run(folder, [[ModelJudge(judge, n=2)]], says(words), ONE)


def test_the_mass_is_in_the_record_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = judged(tmp_path, CHAT)
    frame = run.records.frame()
    assert not frame["cell_error"].notna().any()
    row = frame.iloc[0]
    (noted,) = row["judgements"]
    assert (noted["role"], noted["count"]) == ("judge", 2)
    assert noted["mass"] == noted["least"] == pytest.approx(0.4, abs=1e-4)
    results.print_results([run.folder], "csv")
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split(",")[lines[0].split(",").index("judge mass")] == "0.4"
    results.print_results([run.folder], "table")
    assert "lies on yes or no" in capsys.readouterr().out


@pytest.mark.parametrize("most", [1e-5, LEAST_MASS / 2, 0.0])
def test_a_judge_with_little_mass_is_refused_with_a_reason(tmp_path: Path, most: float) -> None:
    words = {"Yes": log(most / 2), "No": log(most / 2)} if most else {}
    frame = judged(tmp_path, words).records.frame()
    (reason,) = set(frame["cell_error"])
    assert "the judge (role judge) says neither yes nor no" in reason


def test_show_tells_what_was_judged() -> None:
    said = show._verdict({"yes": log(0.3), "no": log(0.1)})
    assert said == "yes with 0.7500 against no; 0.4 of the reply is either word"
    assert show._verdict({"yes": None, "no": None}).startswith("yes with 0.5000")
