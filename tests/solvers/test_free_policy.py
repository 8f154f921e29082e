"""The readout free: the model answers in a turn of its own, and its words are read."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import FreeReply, Task
from harness.contracts.problem import Problem
from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.tokenizer import ByteTokenizer
from harness.solvers.free import FreePolicy
from harness.solvers.rollout import Rollout
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.prompting.plain import Plain
from tests.toys import ToyBenchmark, first_digit, toy_handle

LIMITS = FreeReply(200)
TASK = replace(ToyBenchmark().task(), free=LIMITS, lenient=first_digit)
SUM = Problem("toy-0", "What is 0 + 0?")
FORM = "Write the answer like this: The answer is <a number>."
BASE: list[PTE] = []
COT: list[PTE] = [ChainOfThought()]
PLAIN: list[PTE] = [Plain()]
SHOTS: list[PTE] = [FewShot(k=2)]


def saying(*words: str) -> FakeConfig:
    """An engine that says these words, request by request."""
    left = iter(words)
    return FakeConfig(lambda request, prompt: next(left))


def solve(
    folder: Path, engine: FakeConfig, stack: list[PTE] = BASE, limits: FreeReply = LIMITS
) -> Attempt:
    task: Task = replace(TASK, free=limits)
    handle = toy_handle(folder, engine, task, chat=True)
    rollout = Rollout(task, FreePolicy(task, limits), tuple(stack))
    return asyncio.run(rollout.solve(rollout.start(SUM, handle), handle))


def asked(engine: FakeConfig, number: int = 0) -> str:
    return ByteTokenizer().decode(engine.asked[number].ids)


@pytest.mark.parametrize("stack", [BASE, COT, PLAIN, SHOTS], ids=["base", "cot", "plain", "shots"])
def test_nothing_is_put_into_the_models_mouth(tmp_path: Path, stack: list[PTE]) -> None:
    engine = saying("The answer is 7.")
    done = solve(tmp_path, engine, stack)
    prompt = asked(engine)
    assert prompt.endswith(f"{SUM.question}\n<assistant>\n")
    assert prompt.count(FORM) == 1
    assert (done.answer, done.strict, done.status) == ("7", "7", AttemptStatus.ANSWERED)


def test_arms_differ_in_how_they_are_told_to_work_alone(tmp_path: Path) -> None:
    said = {}
    for name, stack in {"base": BASE, "cot": COT, "plain": PLAIN}.items():
        engine = saying("7")
        solve(tmp_path / name, engine, stack)
        said[name] = asked(engine)
    direct = "Answer at once, without any explanation. "
    assert said["base"].replace(direct, "") == said["plain"]
    assert said["cot"].replace(f"{ChainOfThought().reasoning} ", "") == said["plain"]


def test_all_arms_have_the_same_limit(tmp_path: Path) -> None:
    limits = set()
    for name, stack in {"base": BASE, "cot": COT, "plain": PLAIN, "shots": SHOTS}.items():
        engine = saying("7")
        solve(tmp_path / name, engine, stack)
        limits |= {request.max_tokens for request in engine.asked}  # type: ignore[union-attr]
    assert limits == {LIMITS.reply_tokens}


@pytest.mark.parametrize(
    ("reply", "answer", "strict", "at_once"),
    [
        ("The answer is 7.", "7", "7", True),
        ("7", "7", None, True),
        ("I add five and two, and then nothing more. The answer is 7.", "7", "7", False),
        ("the **answer** is: 7", "7", "7", True),
        ("I cannot say.", None, None, None),
    ],
)
def test_a_reply_is_read_strictly_and_leniently(
    tmp_path: Path, reply: str, answer: str | None, strict: str | None, at_once: bool | None
) -> None:
    done = solve(tmp_path, saying(reply))
    assert (done.answer, done.strict, done.at_once) == (answer, strict, at_once)
    assert done.status is (AttemptStatus.ANSWERED if answer else AttemptStatus.NO_ANSWER)
    assert not done.cut


def test_a_reply_that_is_cut_is_wrong_whatever_it_says(tmp_path: Path) -> None:
    done = solve(tmp_path, saying("The answer is 7. " + "x" * 500))
    assert (done.status, done.answer, done.cut, done.finish) == (
        AttemptStatus.CUT,
        None,
        True,
        "length",
    )


def test_completion_is_forced_in_a_turn_of_its_own(tmp_path: Path) -> None:
    engine = saying("I begin " + "x" * 500, "The answer is 7.")
    done = solve(tmp_path, engine, limits=replace(LIMITS, forced_completion=True))
    again = asked(engine, 1)
    assert again.endswith(f"Give the answer now, without any explanation. {FORM}\n<assistant>\n")
    assert (done.answer, done.status, done.cut) == ("7", AttemptStatus.ANSWERED, True)


def test_a_forced_completion_that_is_cut_as_well_is_no_answer(tmp_path: Path) -> None:
    engine = saying("x" * 500, "y" * 500)
    done = solve(tmp_path, engine, limits=replace(LIMITS, forced_completion=True))
    assert (done.status, done.answer) == (AttemptStatus.CUT, None)


def test_exemplars_are_turns_before_the_one_that_asks(tmp_path: Path) -> None:
    engine = saying("The answer is 7.")
    solve(tmp_path, engine, SHOTS)
    prompt = asked(engine)
    assert re.match(
        r"<user>\nWhat is \d \+ 1\?\n<assistant>\nThe answer is \d+\.\n<user>\n", prompt
    )
    assert prompt.count("<user>") == 3
