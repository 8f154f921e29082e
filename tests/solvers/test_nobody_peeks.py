"""Law 3: from what a solver holds, no path leads to a target."""

from __future__ import annotations

import asyncio
import gc
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import (
    AsyncGeneratorType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    ModuleType,
    TracebackType,
)
from typing import Any, ClassVar

import pytest

from benchmarks.hotpotqa import HotpotQA
from harness.contracts.attempt import Attempt, Candidate
from harness.contracts.benchmark import Benchmark, Dataset, HiddenTests, Task
from harness.contracts.draw import Draw
from harness.contracts.problem import Item, Problem
from harness.contracts.pte import PTE, Slot
from harness.contracts.solver import Policy, Solver, Stage, StageKind
from harness.engines.protocol import Sampling
from harness.plan.cell import Setting
from harness.run.programs import ProgramGrader
from harness.sandbox.pool import Sandbox
from harness.solvers.compose import compose
from harness.stack import Stack
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.scaffolding.codet import CodeT
from ptes.scaffolding.lats import LATS
from ptes.scaffolding.parsel import Parsel
from ptes.scaffolding.react import ReAct
from ptes.scaffolding.reflexion import Reflexion
from ptes.selection.alphacode import AlphaCode
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from tests.program_toys import RIGHT, ROLES, UNSORTED, ToyPrograms, program_rows, scripted
from tests.toys import Adder, ToyBenchmark, toy_model, toy_run


class Target(str):
    """A target that is known again wherever it turns up."""


@dataclass(frozen=True)
class SecretBenchmark(ToyBenchmark):
    """The toy with recognisable targets."""

    slow: bool = False

    def task(self) -> Task:
        return replace(super().task(), slow=self.slow)

    def load(self) -> Dataset:
        data = super().load()
        items = tuple(replace(item, target=Target(item.target)) for item in data.items)
        return replace(data, items=items)


MACHINERY = (
    *(ModuleType, type, CodeType, TracebackType),
    *(FrameType, CoroutineType, GeneratorType, AsyncGeneratorType),
    *(asyncio.Future, asyncio.AbstractEventLoop),
)
"""What a walk does not enter: code, and the running loop, whose frames call the solver."""
SECRETS = (Item, Target, Dataset, Benchmark, HiddenTests, ProgramGrader)


def neighbours(found: Any) -> list[Any]:
    """What an object refers to; of a function its closure and defaults, not its globals."""
    if isinstance(found, FunctionType):
        cells = [cell for cell in found.__closure__ or () if cell is not None]
        return [*cells, found.__defaults__, found.__kwdefaults__, found.__dict__]
    return gc.get_referents(found)


def walk(*held: Any) -> Iterator[tuple[Any, str]]:
    """Everything that can be reached, each with the path that leads to it; secrets are not
    entered."""
    queue = deque((start, type(start).__name__) for start in held)
    seen: dict[int, Any] = {}
    while queue:
        result, path = queue.popleft()
        if id(result) in seen or isinstance(result, MACHINERY):
            continue
        seen[id(result)] = result  # kept alive, so that no id comes up twice
        yield result, path
        if not isinstance(result, SECRETS):
            queue.extend((near, f"{path}/{type(near).__name__}") for near in neighbours(result))


def reached(*held: Any) -> Iterator[Any]:
    return (found for found, _ in walk(*held))


def peek(*held: Any) -> list[str]:
    """The paths that lead to a secret."""
    return [path for found, path in walk(*held) if isinstance(found, SECRETS)]


@dataclass
class Findings:
    """What spying layers found, over a whole run."""

    walks: int = 0
    secrets: list[str] = field(default_factory=list)
    sandboxes: set[int] = field(default_factory=set)

    def look(self, *held: Any) -> None:
        self.walks += 1
        self.secrets += peek(*held)
        self.sandboxes |= {id(found) for found in reached(*held) if isinstance(found, Sandbox)}


FINDINGS = Findings()


@dataclass(frozen=True)
class SpyingPolicy:
    inner: Policy

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        FINDINGS.look(self, attempt, draw)
        done = await self.inner.propose(attempt, draw)
        FINDINGS.look(self, attempt, draw, done)
        return done


@dataclass(frozen=True)
class SpyingSolver:
    inner: Solver

    @property
    def policy(self) -> Policy:
        return self.inner.policy

    def start(self, problem: Problem, draw: Draw) -> Attempt:
        FINDINGS.look(self, problem, draw)
        return self.inner.start(problem, draw)

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        FINDINGS.look(self, attempt, draw)
        return await self.inner.solve(attempt, draw)


@dataclass(frozen=True)
class Spy(PTE):
    """Looks at everything in its reach, from the policy and from the search."""

    name: ClassVar[str] = "spy"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY, Slot.SEARCH})

    def policy(self, inner: Policy, task: Task, tools: tuple[Any, ...]) -> Policy:
        return SpyingPolicy(inner)

    def search(self, inner: Solver, task: Task) -> Solver:
        return SpyingSolver(inner)


@dataclass(frozen=True)
class SpyingStage:
    kind: StageKind = StageKind.FILTER

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        FINDINGS.look(self, pool, draw)
        return pool


@dataclass(frozen=True)
class SpyOnPrograms(Spy):
    """The same, from a stage of the selection too."""

    name: ClassVar[str] = "spy_on_programs"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY, Slot.SEARCH, Slot.SELECTION})

    def stages(self, task: Task) -> tuple[Stage, ...]:
        return (SpyingStage(),)


@pytest.fixture
def findings() -> Findings:
    FINDINGS.walks, FINDINGS.secrets, FINDINGS.sandboxes = 0, [], set()
    return FINDINGS


def everything(folder: Path) -> list[PTE]:
    judge = ModelJudge(toy_model(folder / "judge", "judge"), n=2)
    return [FewShot(2), ChainOfThought(), SelfConsistency(2), judge]


def test_a_composed_stack_reaches_no_target(tmp_path: Path) -> None:
    benchmark = SecretBenchmark(size=2)
    benchmark.load()
    assert peek(compose(Stack.of(everything(tmp_path)), benchmark.task())) == []


def test_a_problem_reaches_no_target() -> None:
    items = SecretBenchmark(size=2).load().items
    assert [peek(item.problem) for item in items] == [[], []]


@pytest.mark.filterwarnings("ignore:.*not locked")
def test_a_corpus_reaches_no_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The paragraphs lie in the file of the questions and answers, and come without them."""
    monkeypatch.setattr("benchmarks.fingerprint.LOCK", tmp_path / "data.lock.yaml")
    row = {"id": "q", "question": "the question", "answer": "the target"}
    path = tmp_path / HotpotQA.file
    path.parent.mkdir()
    path.write_text(json.dumps(row | {"context": [["Title", ["A sentence."]]]}))
    benchmark = HotpotQA(data=str(tmp_path))
    benchmark.load()
    corpus = benchmark.task().corpus
    assert corpus is not None
    held = list(reached(benchmark.task(), corpus.read()))
    assert "A sentence." in held
    assert not {"the target", "the question"} & {each for each in held if isinstance(each, str)}
    assert peek(corpus) == []


@pytest.mark.parametrize("readout", ["generation", "loglikelihood"])
def test_nothing_that_solvers_hold_in_a_run_reaches_a_target(
    tmp_path: Path, findings: Findings, readout: str
) -> None:
    benchmark = SecretBenchmark(size=2, readout=readout)
    runner = toy_run(tmp_path, [[*everything(tmp_path), Spy()]], benchmark=benchmark)
    frame = runner.records.frame()
    assert not set(frame["status"]) & {"error"}
    assert findings.walks >= 2 * 2 * 3
    assert findings.secrets == []


def test_nor_where_reading_and_grading_run_beside_the_loop(
    tmp_path: Path, findings: Findings
) -> None:
    runner = toy_run(tmp_path, [[Spy()]], benchmark=SecretBenchmark(size=2, slow=True))
    assert set(runner.records.frame()["status"]) == {"answered"}
    assert findings.walks > 0
    assert findings.secrets == []


def test_nor_in_a_tree_search_over_steps_with_tools(tmp_path: Path, findings: Findings) -> None:
    setting = Setting("fake", dict.fromkeys(ROLES, Sampling()), 100_000, 0)
    acting = [ReAct(steps=2), Adder(), LATS(iterations=2, breadth=2), Spy()]
    trying = [ReAct(steps=2), Adder(), Reflexion(trials=2), Spy()]
    runner = toy_run(
        tmp_path,
        [acting, trying],
        benchmark=SecretBenchmark(size=2),
        setting=setting,
        budget=None,
    )
    assert not set(runner.records.frame()["status"]) & {"error"}
    assert findings.walks >= 2 * 2 * 3
    assert findings.secrets == []


@dataclass(frozen=True)
class SecretPrograms(ToyPrograms):
    """The toy function with recognisable hidden tests."""

    def load(self) -> Dataset:
        data = super().load()
        return replace(data, items=tuple(replace(i, target=Target(i.target)) for i in data.items))


def test_nor_where_programs_are_run(
    tmp_path: Path, findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Solvers reach a sandbox of their own, and never the one that runs the hidden tests."""
    graders: list[Sandbox] = []

    class Watched(ProgramGrader):
        def __init__(self, box: Sandbox) -> None:
            graders.append(box)
            super().__init__(box)

    monkeypatch.setattr("harness.run.runner.ProgramGrader", Watched)
    engine = scripted(
        solve=lambda request, prompt: [UNSORTED, RIGHT][request.tag.address["search"]],
        implement=RIGHT,
        decompose=" at once.",
        test="middle([3, 1, 2]) == 2",
        reflect="Sort.",
    )
    programs = [CodeT(2, 1), AlphaCode(2, 1), Reflexion(2), Parsel(2), SpyOnPrograms()]
    (row,) = program_rows(tmp_path, [programs], engine, SecretPrograms())
    assert row["score"] == 1.0
    assert findings.walks >= 2 * 3
    assert findings.secrets == []
    assert len(findings.sandboxes) == len(graders) == 1
    assert findings.sandboxes != {id(graders[0])}


@dataclass(frozen=True)
class PlantedSolver(SpyingSolver):
    answers: dict[str, Target]


@dataclass(frozen=True)
class Planted(Spy):
    """Knows the answers, which it should not."""

    def search(self, inner: Solver, task: Task) -> Solver:
        return PlantedSolver(inner, {"toy-0": Target("0")})


def test_the_walk_finds_a_target_that_was_planted(tmp_path: Path, findings: Findings) -> None:
    toy_run(tmp_path, [[Planted()]], benchmark=SecretBenchmark(size=1))
    assert findings.secrets
    assert all(path.endswith("PlantedSolver/dict/Target") for path in set(findings.secrets))


def test_the_walk_enters_closures_partials_slots_and_bound_methods() -> None:
    item = SecretBenchmark(size=1).load().items[0]

    def closure() -> Item:
        return item

    def default(known: Item = item) -> Item:
        return known

    class Holder:
        def __init__(self) -> None:
            self.item = item

        def method(self) -> None: ...

    planted = Problem("toy-0", "What?", visible={"examples": [item.target]})
    for held in (closure, default, partial(print, item), Holder().method, planted):
        assert peek(held), held
