"""The direct policy: every arm ends in the benchmark's cue and what comes after it."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.problem import Problem
from harness.contracts.pte import PTE
from harness.draws.attempt_draw import AttemptDraw
from harness.engines.fake import FakeConfig, FakeEngine
from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    LoadRequest,
    LogLikelihoodRequest,
    Sampling,
)
from harness.engines.tokenizer import ByteTokenizer
from harness.errors import OverflowedError
from harness.plan.cell import Setting
from harness.solvers.direct import DirectPolicy
from harness.solvers.replies import after_cue
from harness.solvers.rollout import Rollout
from ptes.prompting.chain_of_thought import ChainOfThought
from tests.toys import ScoringConfig, ToyBenchmark, toy_handle, toy_run

TASK = ToyBenchmark().task()
CHOICE = replace(TASK, kind=AnswerKind.OPTION)
SUM = Problem("toy-0", "What is 0 + 0?")
CUE = TASK.cue
END = 256


def text(ids: Sequence[int]) -> str:
    return ByteTokenizer().decode([i for i in ids if i != END])


def saying(*words: str) -> FakeConfig:
    """An engine that says these words, request by request."""
    left = iter(words)
    return FakeConfig(lambda request, prompt: next(left))


def solve(handle: AttemptDraw, task: Task, *prompting: PTE, problem: Problem = SUM) -> Attempt:
    rollout = Rollout(task, DirectPolicy(task), prompting)
    return asyncio.run(rollout.solve(rollout.start(problem, handle), handle))


def attempt(folder: Path, engine: FakeConfig, *prompting: PTE, task: Task = TASK) -> Attempt:
    return solve(toy_handle(folder, engine, task), task, *prompting)


@pytest.mark.parametrize("chat", [False, True])
def test_without_reasoning_the_cue_opens_the_reply(tmp_path: Path, chat: bool) -> None:
    engine = saying(" 7.")
    done = solve(toy_handle(tmp_path, engine, chat=chat), TASK)
    (request,) = engine.asked
    opening = f"<assistant>\n{CUE}" if chat else f"Answer: {CUE}"
    assert text(request.ids).endswith(opening)
    assert done.response == f"{CUE} 7."
    assert (done.answer, done.status) == ("7", AttemptStatus.ANSWERED)


def test_an_answer_ends_with_its_line(tmp_path: Path) -> None:
    done = attempt(tmp_path, saying(" 7\n8 9"))
    assert done.response == f"{CUE} 7"


def test_a_rationale_that_holds_the_cue_is_read_from_it(tmp_path: Path) -> None:
    engine = saying("1 and 2 make 3. The answer is 3.")
    done = attempt(tmp_path, engine, ChainOfThought())
    assert len(engine.asked) == 1
    assert done.answer == "3"
    assert done.response.startswith(ChainOfThought().opening)


def test_the_last_cue_wins(tmp_path: Path) -> None:
    done = attempt(tmp_path, saying("The answer is 3. No: The answer is 4."), ChainOfThought())
    assert done.answer == "4"


def test_numbers_before_the_cue_are_not_read(tmp_path: Path) -> None:
    done = attempt(tmp_path, saying("12 The answer is none."), ChainOfThought())
    assert (done.answer, done.status) == (None, AttemptStatus.NO_ANSWER)


def test_without_the_cue_it_is_appended_and_the_ids_go_on(tmp_path: Path) -> None:
    engine = saying("I think so.", " 7.")
    done = attempt(tmp_path, engine, ChainOfThought())
    first, second = engine.asked
    said = ByteTokenizer().encode("I think so.")
    kept = first.ids + said
    assert second.ids[: len(kept)] == kept
    assert text(second.ids[len(kept) :]) == f" {CUE}"
    assert done.answer == "7"
    assert done.steps == ("I think so.", f" {CUE}", " 7.")
    assert done.response == ChainOfThought().opening + "".join(done.steps)


def test_a_space_is_put_before_the_cue_only_where_none_is(tmp_path: Path) -> None:
    engine = saying("I think so.\n", " 7.")
    attempt(tmp_path, engine, ChainOfThought())
    assert text(engine.asked[1].ids).endswith(f"I think so.\n{CUE}")


class EndingTokenizer(ByteTokenizer):
    """Bytes, and an end-of-turn token that decodes to nothing."""

    def decode(self, ids: Sequence[int]) -> str:
        return text(ids)


class EndingEngine(FakeEngine):
    def __init__(self, config: FakeConfig, request: LoadRequest) -> None:
        super().__init__(config, request)
        self.tokenizer = EndingTokenizer()

    async def complete(self, request: CompletionRequest) -> Completion:
        said = await super().complete(request)
        return replace(said, ids=said.ids + array("I", [END]))


class EndingConfig(FakeConfig):
    async def load(self, request: LoadRequest) -> FakeEngine:
        return EndingEngine(self, request)


def test_the_end_of_turn_is_dropped_before_the_turn_goes_on(tmp_path: Path) -> None:
    words = iter(["I think so.", " 7."])
    engine = EndingConfig(lambda request, prompt: next(words))
    attempt(tmp_path, engine, ChainOfThought())
    first, second = engine.asked
    assert second.ids == first.ids + ByteTokenizer().encode(f"I think so. {CUE}")


def test_a_rationale_cut_off_right_after_its_cue_goes_on_there(tmp_path: Path) -> None:
    long = "x" * (TASK.reasoning_tokens - len(CUE) - 1) + f" {CUE}"
    engine = saying(long, " 7.")
    done = attempt(tmp_path, engine, ChainOfThought())
    first, second = engine.asked
    assert second.ids == first.ids + ByteTokenizer().encode(long)
    assert done.response.count(CUE) == 1
    assert done.answer == "7"


def test_a_model_that_stops_by_itself_after_the_cue_gave_no_answer(tmp_path: Path) -> None:
    engine = saying(f"Hm. {CUE}")
    done = attempt(tmp_path, engine, ChainOfThought())
    assert len(engine.asked) == 1
    assert done.status is AttemptStatus.NO_ANSWER


def test_a_rationale_cut_off_before_the_cue_gets_the_cue_after_its_last_sentence(
    tmp_path: Path,
) -> None:
    engine = saying("I count. " + "x" * 500, " 7.")
    done = attempt(tmp_path, engine, ChainOfThought())
    assert text(engine.asked[1].ids).endswith(f"I count. {CUE}")
    assert done.steps[0] == "I count."
    assert done.cut
    assert done.answer == "7"


def choose(folder: Path, options: dict[str, float], *prompting: PTE, **task: Any) -> Attempt:
    engine = ScoringConfig(
        lambda request, prompt: "Because. The answer is B.",
        logprob=lambda context, option: options[option],
    )
    chosen = replace(CHOICE, **task)
    asked = replace(SUM, options=tuple(option.strip() for option in options))
    done = solve(toy_handle(folder, engine, chosen), chosen, *prompting, problem=asked)
    assert [score.text for score in done.options] == list(options)
    return done


def test_the_likeliest_option_is_the_answer(tmp_path: Path) -> None:
    done = choose(tmp_path, {" one": -2.0, " three hundred": -3.0, " ten": -5.0})
    assert (done.answer, done.canonical, done.status) == ("A", "A", AttemptStatus.ANSWERED)


def test_length_normalised_the_likeliest_a_character_is_the_answer(tmp_path: Path) -> None:
    options = {" one": -2.0, " three hundred": -3.0, " ten": -5.0}
    assert choose(tmp_path, options, length_normalised=True).answer == "B"


@pytest.mark.parametrize("normalised", [False, True])
def test_ties_between_options_go_to_the_first(tmp_path: Path, normalised: bool) -> None:
    options = {" six": -9.0, " one": -2.0, " two": -2.0}
    assert choose(tmp_path, options, length_normalised=normalised).answer == "B"


def test_options_are_scored_right_after_the_cue(tmp_path: Path) -> None:
    engine = ScoringConfig()
    toy_run(tmp_path, [[]], engine, ToyBenchmark(size=1, readout="loglikelihood"))
    assert all(isinstance(request, LogLikelihoodRequest) for request in engine.asked)
    assert {text(request.ids).rpartition("Answer: ")[2] for request in engine.asked} == {CUE}
    assert {text(r.continuation) for r in engine.asked} == {" one", " two"}  # type: ignore[union-attr]


def test_options_are_scored_after_the_rationale_which_is_cut_before_its_cue(tmp_path: Path) -> None:
    engine = ScoringConfig(lambda request, prompt: "Because. The answer is B.")
    task = ToyBenchmark(size=1, readout="loglikelihood")
    toy_run(tmp_path, [[ChainOfThought()]], engine, task)
    rationale, *scores = engine.asked
    assert isinstance(rationale, CompletionRequest)
    assert CUE in rationale.stop
    assert len(scores) == 2
    for request in scores:
        assert isinstance(request, LogLikelihoodRequest)
        assert request.ids == rationale.ids + ByteTokenizer().encode(f"Because. {CUE}")


def test_no_answer_is_graded_as_wrong(tmp_path: Path) -> None:
    frame = toy_run(tmp_path, [[]], saying(" none."), ToyBenchmark(size=1)).records.frame()
    (row,) = frame.to_dict("records")
    assert (row["status"], row["score"]) == ("no_answer", 0.0)
    assert pd.isna(row["answer"])
    assert row["failures"] == 0


@pytest.mark.parametrize("readout", ["generation", "loglikelihood"])
def test_what_does_not_fit_the_window_is_not_graded(tmp_path: Path, readout: str) -> None:
    engine = FakeConfig()
    setting = Setting("fake", {"solve": Sampling()}, 90, 0)
    runner = toy_run(tmp_path, [[]], engine, ToyBenchmark(size=1, readout=readout), setting=setting)
    (row,) = runner.records.frame().to_dict("records")
    assert row["status"] == "overflow"
    assert pd.isna(row["score"])
    assert pd.isna(row["answer"])
    assert "context window is 90" in row["error"]
    assert row["calls"] == 0
    assert not engine.asked
    (cell,) = runner.tracker.cells.values()
    assert (cell.failed, cell.scored) == (1, 0)


def test_a_prompt_that_just_fits_is_asked(tmp_path: Path) -> None:
    engine = saying(" 7.", " 7.")
    probe = toy_handle(tmp_path / "a", engine)
    solve(probe, TASK)
    needed = len(engine.asked[0].ids) + TASK.answer_tokens
    assert solve(toy_handle(tmp_path / "b", engine, window=needed), TASK).answer == "7"
    with pytest.raises(OverflowedError, match=f"need {needed} tokens"):
        solve(toy_handle(tmp_path / "c", engine, window=needed - 1), TASK)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("The answer is 5.", " 5."),
        ("The answer is 4. No: The answer is 5.", " 5."),
        ('The answer is "No". It is far. The answer is', ' "No". It is far. '),
        ("The answer is The answer is", ""),
        ("There is none.", ""),
    ],
)
def test_the_last_cue_with_something_after_it_counts(text: str, after: str) -> None:
    assert after_cue(text, "The answer is") == after


def test_without_a_context_what_was_said_opens_the_reply(tmp_path: Path) -> None:
    """As a search leaves an attempt whose prompt it has edited."""
    engine = saying(" Nought and nought.", " 0.", " 1.")
    handle = toy_handle(tmp_path, engine)
    policy, rollout = DirectPolicy(TASK), Rollout(TASK, DirectPolicy(TASK), (ChainOfThought(),))
    thought = asyncio.run(policy.propose(rollout.start(SUM, handle), handle))
    noted = replace(thought.prompt, notes=("Take care.",))
    again = replace(thought, prompt=noted, context=None)
    done = asyncio.run(policy.propose(again, handle))
    shown = text(engine.asked[-1].ids)
    assert "Take care." in shown
    assert shown.endswith(f"Let's think step by step. Nought and nought. {CUE}")
    assert (done.answer, done.response) == ("0", f"{thought.response} {CUE} 0.")
