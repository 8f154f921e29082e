"""Six slots nest in one canonical order, whatever order the PTEs come in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contracts.attempt import Attempt, Candidate
from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot
from harness.contracts.solver import Policy, Solver, Stage, StageKind
from harness.contracts.tool import Tool
from harness.engines.fake import FakeConfig
from harness.engines.tokenizer import ByteTokenizer
from harness.models.spec import ModelSpec
from harness.models.spec import SiblingCheckpoint as Sibling
from harness.solvers.compose import compose
from harness.stack import Stack
from ptes.common.judging.yes_probability import NO, YES
from ptes.data.instruct_sibling import InstructSibling
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import Adder, CallTool, EvenOnly, ToyBenchmark, toy_model, toy_run

CANONICAL = [
    InstructSibling(),
    FewShot(2),
    ChainOfThought(),
    Adder(),
    CallTool(),
    EvenOnly(),
    SelfConsistency(3),
]
TASK = ToyBenchmark().task()


def with_sibling(folder: Path) -> list[ModelSpec]:
    toy_model(folder / "tuned", "tuned")
    return [
        toy_model(folder / "weights", instruct_sibling=Sibling(str(folder / "tuned"))),
    ]


@given(st.randoms())
def test_a_set_of_ptes_is_one_stack_in_canonical_order(random: Random) -> None:
    shuffled = random.sample(CANONICAL, len(CANONICAL))
    assert Stack.of(shuffled) == Stack.of(CANONICAL)
    assert list(Stack.of(shuffled).ptes) == CANONICAL
    assert Stack.of(shuffled).id == Stack.of(CANONICAL).id
    assert Stack.of(shuffled).label == "+".join(pte.name for pte in CANONICAL)


@pytest.mark.parametrize("place", range(len(CANONICAL)))
def test_the_hash_covers_every_member(place: int) -> None:
    without = CANONICAL[:place] + CANONICAL[place + 1 :]
    assert Stack.of(without).id != Stack.of(CANONICAL).id


def test_the_hash_covers_every_parameter() -> None:
    stacks = [FewShot(2), FewShot(3), FewShot(2, seed=1), EvenOnly(2), EvenOnly(3)]
    assert len({Stack.of([pte]).id for pte in stacks}) == len(stacks)


def test_every_slot_takes_part_and_is_noted_in_order(tmp_path: Path) -> None:
    engine = FakeConfig()
    runner = toy_run(
        tmp_path, [CANONICAL[::-1]], engine, ToyBenchmark(size=2), models=with_sibling(tmp_path)
    )
    frame = runner.records.frame()
    expected = [
        "instruct_sibling",
        "few_shot",
        "chain_of_thought",
        "even_only",
        "call_tool",
        "adder",
        "self_consistency",
    ]
    assert [list(names) for names in frame["invoked"]] == [expected, expected]
    assert frame["cell_error"].isna().all()
    assert set(frame["speaker"]) == {"toy_model+instruct"}
    assert list(frame["answer"]) == ["0", "2"]


def test_a_search_calls_its_tools_anew_in_every_trial(tmp_path: Path) -> None:
    """3 + 0 is odd, so the search calls three times, each time at an address of its own."""
    frame = toy_run(
        tmp_path, [[Adder(), CallTool(), EvenOnly(3)]], benchmark=ToyBenchmark(size=4)
    ).records.frame()
    assert [len(draws) for draws in frame["draws"]] == [1, 1, 1, 3]


@dataclass(frozen=True)
class Marked:
    inner: Policy
    mark: str

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        done = await self.inner.propose(attempt, draw)
        return replace(done, answer=f"{self.mark}({done.answer})")


def marking(name: str, order: int) -> PTE:
    """A policy PTE that writes its name around whatever the inner one answers."""

    def policy(self: PTE, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        return Marked(inner, name)

    members = {"name": name, "category": "x", "order": order, "policy": policy}
    made: PTE = type(name, (PTE,), {"slots": frozenset({Slot.POLICY}), **members})()
    return made


def test_within_a_slot_the_higher_order_wraps_the_lower(tmp_path: Path) -> None:
    stack = [marking("outer", 2), marking("inner", 1)]
    runner = toy_run(tmp_path, [stack], FakeConfig(lambda r, p: " 5."), ToyBenchmark(size=1))
    (row,) = runner.records.frame().to_dict("records")
    assert row["answer"] == "outer(inner(5))"
    assert row["stack"] == "inner+outer"


@dataclass(frozen=True)
class Noting:
    kind: StageKind

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        return pool


@dataclass(frozen=True)
class Stages(PTE):
    name: ClassVar[str] = "stages"
    category: ClassVar[str] = "selection"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})
    order: ClassVar[int] = 99

    def stages(self, task: Task) -> tuple[Stage, ...]:
        kinds = (StageKind.VOTE, StageKind.FILTER, StageKind.WEIGHT, StageKind.CLUSTER)
        return tuple(Noting(kind) for kind in kinds)


def test_stages_run_filter_cluster_weight_vote_whoever_brings_them() -> None:
    pool = compose(Stack.of([SelfConsistency(3), Stages()]), TASK)
    assert [(name, stage.kind.name) for name, stage in pool.stages] == [
        ("stages", "FILTER"),
        ("stages", "CLUSTER"),
        ("stages", "WEIGHT"),
        ("self_consistency", "VOTE"),
        ("stages", "VOTE"),
    ]


def test_the_pool_is_the_largest_number_asked_for(tmp_path: Path) -> None:
    judge = ModelJudge(toy_model(tmp_path / "judge", "judge"), n=9)
    assert compose(Stack.of([SelfConsistency(3), judge]), TASK).size == 9
    assert compose(Stack.of([]), TASK).size == 1


def test_prompt_ptes_touch_the_prompts_of_the_solver_alone(tmp_path: Path) -> None:
    engine = FakeConfig()
    judge = ModelJudge(toy_model(tmp_path / "judge", "judge"), n=2)
    stack = [FewShot(2), ChainOfThought(), judge]
    toy_run(tmp_path, [stack], engine, ToyBenchmark(size=2))
    (marker,) = {e.question for e in FewShot(1).prompt(Prompt(""), TASK, 0).exemplars}
    shown: dict[str, list[str]] = {"solve": [], "judge": []}
    for request in engine.asked:
        shown[request.tag.role].append(ByteTokenizer().decode(request.ids))
    assert len(shown["solve"]) == 2 * 2
    assert len(shown["judge"]) == 2 * 2 * len((*YES, *NO))
    for text in shown["solve"]:
        assert marker in text
        assert ChainOfThought().reasoning in text
    for text in shown["judge"]:
        assert marker not in text
        assert ChainOfThought().reasoning not in text


@dataclass(frozen=True)
class Idle(PTE):
    """Fills a slot and does nothing there."""

    name: ClassVar[str] = "idle"
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        return replace(prompt)


def test_a_pte_that_did_nothing_in_a_whole_cell_is_an_error(tmp_path: Path) -> None:
    runner = toy_run(tmp_path, [[Idle(), FewShot(2)], [FewShot(2)]])
    frame = runner.records.frame()
    errors = frame.groupby("stack")["cell_error"].unique()
    assert list(errors["idle+few_shot"]) == ["idle was never invoked"]
    assert frame[frame["stack"] == "few_shot"]["cell_error"].isna().all()
    states = {cell.stack: cell.state for cell in runner.tracker.cells.values()}
    assert states == {"idle+few_shot": "failed", "few_shot": "done"}


@dataclass(frozen=True)
class OnlySecond(Idle):
    name: ClassVar[str] = "only_second"

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        return replace(prompt, notes=("Hm.",)) if "1 + 1" in prompt.question else prompt


def test_a_pte_that_worked_on_one_problem_is_no_error(tmp_path: Path) -> None:
    frame = toy_run(tmp_path, [[OnlySecond()]]).records.frame()
    assert [len(names) for names in frame["invoked"]] == [0, 1] + [0] * 10
    assert frame["cell_error"].isna().all()


@dataclass(frozen=True)
class Broken(PTE):
    name: ClassVar[str] = "broken"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SEARCH})

    def search(self, inner: Solver, task: Task) -> Solver:
        return BrokenSolver(inner)


REHEARSED = ("toy-0", "toy-1", "toy-2")
"""The problems on which the plan would find the bug."""


@dataclass(frozen=True)
class BrokenSolver:
    inner: Solver

    @property
    def policy(self) -> Policy:
        return self.inner.policy

    def start(self, problem: object, draw: Draw) -> Attempt:
        return self.inner.start(problem, draw)  # type: ignore[arg-type]

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        if attempt.problem.id in REHEARSED:
            return await self.inner.solve(attempt, draw)
        raise KeyError("nothing here")


def test_a_bug_in_a_pte_is_a_recorded_failure_and_spares_the_others(tmp_path: Path) -> None:
    frame = toy_run(tmp_path, [[Broken()], []], benchmark=ToyBenchmark(size=5)).records.frame()
    broken = frame[(frame["stack"] == "broken") & ~frame["problem"].isin(REHEARSED)]
    assert set(broken["status"]) == {"error"}
    assert broken["score"].isna().all()
    assert all("KeyError: 'nothing here' (solve" in message for message in broken["error"])
    assert set(broken["failures"]) == {1}
    assert set(frame[frame["stack"] == "base"]["status"]) == {"answered"}
