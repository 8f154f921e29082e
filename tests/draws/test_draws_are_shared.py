"""Law 1 in whole runs: what is asked once, what is shared, and what never is."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from math import inf, nan
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import pytest

from harness.contracts.address import Address
from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot
from harness.contracts.solver import Policy, Stage
from harness.contracts.tool import Tool
from harness.draws.asker import completion_key
from harness.engines.fake import FakeConfig
from harness.engines.protocol import GREEDY, CompletionRequest, Sampling
from harness.plan.cell import Setting
from ptes.prompting.few_shot import FewShot
from ptes.selection.self_consistency import SelfConsistency, Vote
from tests.toys import EvenOnly, ScoringConfig, ToyBenchmark, toy_handle, toy_run

TWO = ToyBenchmark(size=2)


def asked(folder: Path, *stacks: list[PTE], **changes: Any) -> int:
    """How many requests these stacks cost in this folder's journal."""
    engine = FakeConfig()
    toy_run(folder, stacks, engine, changes.pop("benchmark", TWO), **changes)
    return len(engine.asked)


def rows(folder: Path, *stacks: list[PTE], **changes: Any) -> pd.DataFrame:
    return toy_run(folder, stacks, None, changes.pop("benchmark", TWO), **changes).records.frame()


def keys(frame: pd.DataFrame, stack: str) -> set[str]:
    of_stack = frame[frame["stack"] == stack]
    return {draw["key"] for draws in of_stack["draws"] for draw in draws}


@dataclass(frozen=True)
class Copies(PTE):
    """Wants `n` attempts whether or not sampling makes them differ."""

    n: int = 4
    name: ClassVar[str] = "copies"
    category: ClassVar[str] = "selection"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})

    @property
    def samples(self) -> int:
        return self.n

    def stages(self, task: Task) -> tuple[Stage, ...]:
        return (Vote(),)


@dataclass(frozen=True)
class Twice:
    """Asks the same thing twice, and answers with both."""

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        shown = draw.show(attempt.prompt)
        said = [(await draw.complete(shown, 8)).text for _ in range(2)]
        return replace(attempt, answer="|".join(said), canonical="x", status=AttemptStatus.ANSWERED)


@dataclass(frozen=True)
class AskTwice(PTE):
    name: ClassVar[str] = "ask_twice"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY})

    def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        return Twice()


def test_forty_votes_after_five_ask_thirty_five_more(tmp_path: Path) -> None:
    assert asked(tmp_path, [SelfConsistency(5)]) == 2 * 5
    assert asked(tmp_path, [SelfConsistency(40)]) == 2 * 35


def test_five_votes_after_forty_ask_nothing(tmp_path: Path) -> None:
    assert asked(tmp_path, [SelfConsistency(40)]) == 2 * 40
    engine = FakeConfig()
    runner = toy_run(tmp_path, [[SelfConsistency(5)]], engine, TWO)
    assert not engine.asked
    (cell,) = runner.tracker.cells.values()
    assert cell.spent.journal_hits == 2 * 5


def test_stacks_of_one_run_share_their_draws_while_they_are_asked(tmp_path: Path) -> None:
    slow = FakeConfig(delay=0.001)
    toy_run(tmp_path, [[], [SelfConsistency(3)], [SelfConsistency(6)]], slow, TWO)
    assert len(slow.asked) == 2 * 6


def test_five_votes_are_the_first_of_forty(tmp_path: Path) -> None:
    five = rows(tmp_path / "a", [SelfConsistency(5)])
    forty = rows(tmp_path / "b", [SelfConsistency(40)])
    for few, many in zip(five["candidates"], forty["candidates"], strict=True):
        drawn = ["address", "status", "answer", "canonical", "score"]
        assert [[c[k] for k in drawn] for c in few] == [[c[k] for k in drawn] for c in many[:5]]
    assert keys(five, "self_consistency") < keys(forty, "self_consistency")


def test_the_first_vote_is_the_base_answer_in_every_replicate(tmp_path: Path) -> None:
    frame = rows(tmp_path, [], [SelfConsistency(3)], replicates=3)
    assert keys(frame, "base") < keys(frame, "self_consistency")
    for _, pair in frame.groupby(["replicate", "problem"]):
        base, voted = (pair[pair["stack"] == s].iloc[0] for s in ("base", "self_consistency"))
        assert voted["candidates"][0]["answer"] == base["answer"]
        assert voted["candidates"][0]["address"] == base["candidates"][0]["address"]
        shared = {d["key"] for d in base["draws"]} & {d["key"] for d in voted["draws"]}
        assert len(shared) == 1


def test_replicates_share_no_sampled_draw(tmp_path: Path) -> None:
    frame = rows(tmp_path, [], replicates=3)
    drawn = [draw["key"] for draws in frame["draws"] for draw in draws]
    assert len(drawn) == len(set(drawn)) == 2 * 3


def test_vote_three_is_vote_three_with_or_without_a_search_above_it(tmp_path: Path) -> None:
    assert asked(tmp_path, [SelfConsistency(4)]) == 2 * 4
    assert asked(tmp_path, [EvenOnly(trials=1), SelfConsistency(4)]) == 0


def test_the_name_of_the_stack_is_in_no_key(tmp_path: Path) -> None:
    """One exemplar set, reached through two stacks."""
    assert asked(tmp_path, [FewShot(2)]) == 2
    assert asked(tmp_path, [FewShot(2), EvenOnly(trials=1)]) == 0


def test_a_greedy_completion_is_asked_once_for_all_votes_and_replicates(tmp_path: Path) -> None:
    setting = Setting("fake", {"solve": GREEDY}, 10_000, 0)
    assert asked(tmp_path, [], [Copies(4)], setting=setting, replicates=3) == 2


def test_a_log_likelihood_is_asked_once_for_all_votes_and_replicates(tmp_path: Path) -> None:
    choice = ToyBenchmark(size=2, readout="loglikelihood")
    assert asked(tmp_path, [], [Copies(4)], benchmark=choice, replicates=3) == 2 * 2


def test_changing_a_parameter_misses(tmp_path: Path) -> None:
    assert asked(tmp_path, [FewShot(2)]) == 2
    assert asked(tmp_path, [FewShot(3)]) == 2
    hot = Setting("fake", {"solve": Sampling(1.0)}, 10_000, 0)
    assert asked(tmp_path, [FewShot(2)], setting=hot) == 2


def said_once_each(request: CompletionRequest, prompt: str) -> str:
    return f" {request.seed % 1000}."


def test_a_repeated_request_is_drawn_again_under_the_next_index(tmp_path: Path) -> None:
    engine = FakeConfig(said_once_each)
    runner = toy_run(tmp_path, [[AskTwice()]], engine, ToyBenchmark(size=1))
    (row,) = runner.records.frame().to_dict("records")
    assert len(engine.asked) == len(row["draws"]) == 2
    first, second = row["answer"].split("|")
    assert first != second


@pytest.mark.parametrize("repeats", [1, 3])
def test_repeats_are_numbered_in_order_of_creation(tmp_path: Path, repeats: int) -> None:
    engine = FakeConfig()
    handle = toy_handle(tmp_path, engine)
    shown = handle.show(Prompt("What is 0 + 0?"))

    async def ask() -> None:
        for _ in range(repeats + 1):
            await handle.complete(shown, 8)

    asyncio.run(ask())
    role_model = handle.session.role_models["solve"]
    first = engine.asked[0]
    assert isinstance(first, CompletionRequest)
    expected = [
        completion_key(role_model, first.ids, 8, first.stop, Address().at("repeat", n)).hex()
        for n in range(repeats + 1)
    ]
    assert list(handle.session.draws) == expected


def test_a_repeat_belongs_to_its_place(tmp_path: Path) -> None:
    """Each vote repeats for itself: the second vote's first request is no repeat."""
    engine = FakeConfig(said_once_each)
    toy_run(tmp_path, [[AskTwice(), SelfConsistency(3)]], engine, ToyBenchmark(size=1))
    places = Counter(str(request.tag.address) for request in engine.asked)
    votes = ("", "selection=1", "selection=2")
    again = ("repeat=1", "selection=1,repeat=1", "selection=2,repeat=1")
    assert places == dict.fromkeys((*votes, *again), 1)
    assert asked(tmp_path, [AskTwice()], benchmark=ToyBenchmark(size=1)) == 0


def test_a_repeated_greedy_request_is_the_same_draw(tmp_path: Path) -> None:
    setting = Setting("fake", {"solve": GREEDY}, 10_000, 0)
    one = ToyBenchmark(size=1)
    assert asked(tmp_path, [AskTwice()], benchmark=one, setting=setting) == 1


def test_an_impossible_option_stays_impossible_when_it_comes_from_the_journal(
    tmp_path: Path,
) -> None:
    engine = ScoringConfig(logprob=lambda context, option: -inf if option == " one" else -1.0)
    for _ in range(2):
        handle = toy_handle(tmp_path, engine)
        shown = handle.show(Prompt("What?"))
        scores = asyncio.run(handle.score(shown, [" one", " two"]))
        assert [score.logprob for score in scores] == [-inf, -1.0]
        handle.session.asker.journal.close()
    assert len(engine.asked) == 2


def test_a_log_likelihood_that_is_no_number_fails_the_attempt(tmp_path: Path) -> None:
    engine = ScoringConfig(logprob=lambda context, option: nan)
    choice = ToyBenchmark(size=1, readout="loglikelihood")
    frame = toy_run(tmp_path, [[]], engine, choice).records.frame()
    assert list(frame["status"]) == ["error"]
    assert "not a number" in frame["error"][0]
