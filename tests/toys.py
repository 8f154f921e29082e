"""A benchmark, models and PTEs small enough to reason about: ours, for tests alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any, ClassVar

from harness.contracts.address import Address
from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import (
    AnswerKind,
    Benchmark,
    Dataset,
    DataSource,
    Grade,
    Reading,
    Task,
)
from harness.contracts.draw import Draw
from harness.contracts.problem import Exemplar, Item, Problem
from harness.contracts.program import FunctionStub, ProgramReading
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot
from harness.contracts.solver import Policy, Solver
from harness.contracts.tool import Observation, Tool
from harness.draws.asker import Asker
from harness.draws.attempt_draw import AttemptDraw
from harness.draws.role_model import RoleModel
from harness.draws.session import Session
from harness.engines.fake import FakeConfig, FakeEngine
from harness.engines.protocol import (
    EngineConfig,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Sampling,
)
from harness.engines.rendering import Renderer
from harness.journal import Journal
from harness.models.spec import ModelSpec, TrainingCompute
from harness.plan.cell import Setting
from harness.plan.plan import Plan, make
from harness.plan.request import LoadedBenchmark, Request
from harness.plan.shard import WHOLE, Shard
from harness.run.runner import Runner
from harness.run.tracker import Tracker
from harness.solvers.reading import read_program, read_reply
from harness.solvers.tool_use import use
from harness.stack import Stack


def first_digit(text: str) -> str | None:
    result = re.search(r"-?\d+", text)
    return result.group() if result else None


def plain_number(answer: str) -> str:
    return str(int(answer))


@dataclass(frozen=True)
class ToyBenchmark(Benchmark):
    """Sums of two digits, or which of two options is larger."""

    limit: int | None = None
    size: int = 12
    readout: str = "generation"
    rationales: bool = True

    name: ClassVar[str] = "toy"  # type: ignore[misc]
    task_type: ClassVar[str] = "math"  # type: ignore[misc]

    def task(self) -> Task:
        exemplars = []
        for n in range(10):
            forms = {"answer": str(n + 1)}
            if self.rationales:
                forms["rationale"] = f"{n} and 1 make {n + 1}."
            exemplars.append(Exemplar(f"What is {n} + 1?", forms))
        return Task(
            name="toy",
            instruction="Add.",
            answer_format="a number",
            extract=first_digit,
            canonical=plain_number,
            kind=AnswerKind(self.readout),
            reasoning_tokens=80,
            answer_tokens=8,
            exemplars=tuple(exemplars),
            question_tokens=8,
        )

    def load(self) -> Dataset:
        options = ("one", "two") if self.readout == "loglikelihood" else ()
        chance = 1 / len(options) if options else 0.0
        items = [
            Item(
                Problem(f"toy-{n}", f"What is {n} + {n % 3}?", options),
                str((n + n % 3) % 10),
                chance,
            )
            for n in range(self.size)
        ]
        source = DataSource("toy", "", "0" * 64, len(items))
        return Dataset(tuple(items[: self.limit]), source)

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        return Grade(float(answer == target))


def toy_model(folder: Path, name: str = "toy_model", **changes: Any) -> ModelSpec:
    """A model whose weights are a folder with a config; the fake engine needs no more."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(f'{{"name": "{name}"}}')
    spec = ModelSpec(
        name=name,
        weights=str(folder),
        family="toy",
        stage="base",
        parameters=1e6,
        training_tokens=1e9,
        training=TrainingCompute(6e15, "6ND", True),
        context_window=100_000,
    )
    return replace(spec, **changes)


Logprob = Callable[[str, str], float]
"""Log-likelihood of a continuation, given the text before it."""


def verdict(option: str, yes: float, no: float) -> float:
    """What a judge that writes ` yes` or ` no`, and nothing else, says of a way to write either.

    Args:
        option: the way that is scored.
        yes: log-likelihood of ` yes`.
        no: log-likelihood of ` no`.
    """
    return {" yes": yes, " no": no}.get(option, -inf)


@dataclass(frozen=True)
class ScoringConfig(FakeConfig):
    """The fake engine with log-likelihoods of the test's choosing."""

    logprob: Logprob = lambda context, option: 0.0

    async def load(self, request: LoadRequest) -> FakeEngine:
        return ScoringEngine(self, request)


class ScoringEngine(FakeEngine):
    def __init__(self, config: ScoringConfig, request: LoadRequest) -> None:
        super().__init__(config, request)
        self._logprob = config.logprob

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        await super().score(request)
        decode = self.tokenizer.decode
        return LogLikelihood(self._logprob(decode(request.ids), decode(request.continuation)))


def toy_role_model(
    folder: Path,
    config: FakeConfig,
    sampling: Sampling | None = None,
    name: str = "toy_model",
    **changes: Any,
) -> RoleModel:
    """A loaded toy model that speaks with the sweep's sampling."""
    model = toy_model(folder / name, name, **changes)
    engine = asyncio.run(config.load(LoadRequest(model, (), model.context_window or 0)))
    return RoleModel(
        model=name,
        engine=engine,
        renderer=Renderer(engine.tokenizer, model.chat),
        identity=config.identity(name, ""),
        sampling=sampling or Sampling(),
        flop_per_token=model.flop_per_token,
    )


def toy_handle(
    folder: Path,
    config: FakeConfig,
    task: Task | None = None,
    window: int = 10_000,
    **changes: Any,
) -> AttemptDraw:
    """What a solver holds for one attempt at the problem `toy-0`, outside any run."""
    task = task or ToyBenchmark().task()

    async def read(text: str) -> tuple[str | None, str | None]:
        answer = task.extract(text)
        return answer, None if answer is None else task.canonical(answer)

    async def read_code(text: str, stub: FunctionStub) -> tuple[ProgramReading | None, str | None]:
        return read_program(task, text, stub)

    async def read_whole(text: str, stub: FunctionStub | None) -> Reading:
        return read_reply(task, text, stub)

    session = Session(
        asker=Asker(Journal.open(folder / "journal")),
        role_models={"solve": toy_role_model(folder, config, **changes)},
        reader=read,
        program_reader=read_code,
        reply_reader=read_whole,
        benchmark="toy",
        problem="toy-0",
        stack="base",
        window=window,
    )
    return AttemptDraw(session, Address())


def toy_plan(
    folder: Path,
    stacks: Sequence[Sequence[PTE]],
    engine: EngineConfig,
    benchmark: Benchmark | None = None,
    **changes: Any,
) -> tuple[Plan, Request]:
    """A plan over the toy benchmark with one toy model."""
    toy = benchmark or ToyBenchmark()
    settings: dict[str, Any] = {
        "models": [toy_model(folder / "weights")],
        "benchmarks": {"toy": LoadedBenchmark(toy, toy.task(), toy.load())},
        "stacks": [Stack.of(stack) for stack in stacks],
        "engine": engine,
        "setting": Setting("fake", {"solve": Sampling(), "judge": Sampling(0.0)}, 10_000, 0),
        "greedy": "none",
    }
    if "greedy_base" in changes:
        settings["greedy"] = "base" if changes.pop("greedy_base") else "none"
    request = Request(**(settings | changes))
    return make(request), request


def toy_runner(
    folder: Path,
    stacks: Sequence[Sequence[PTE]],
    engine: EngineConfig,
    benchmark: Benchmark | None = None,
    shard: Shard = WHOLE,
    **changes: Any,
) -> Runner:
    """What runs stacks on the toy benchmark, with a journal and a run folder below `folder`."""
    plan, request = toy_plan(folder, stacks, engine, benchmark, **changes)
    plan, name = shard.plan(plan), "main" if shard.whole else f"portion-{shard.index:04}"
    run = folder / "run"
    run.mkdir(parents=True, exist_ok=True)
    return Runner(
        plan=plan,
        benchmarks=request.benchmarks,
        engine=engine,
        folder=run,
        journal=Journal.open(folder / "journal"),
        tracker=Tracker(plan.cells, run, name),
        shard=shard,
    )


def toy_run(
    folder: Path,
    stacks: Sequence[Sequence[PTE]],
    engine: EngineConfig | None = None,
    benchmark: Benchmark | None = None,
    **changes: Any,
) -> Runner:
    """Run stacks on the toy benchmark; the runner holds records, journal and tracker."""
    runner = toy_runner(folder, stacks, engine or FakeConfig(), benchmark, **changes)
    asyncio.run(runner.run())
    return runner


def bundled_model(weights: str) -> ModelSpec:
    """The bundled 135M model with its weights in a local folder."""
    return ModelSpec(
        name="smollm2_135m_instruct",
        weights=weights,
        family="SmolLM2",
        stage="instruct",
        parameters=134_515_008,
        training_tokens=2e12,
        training=TrainingCompute(1.614e21, "6ND", True),
        context_window=8192,
        chat=True,
    )


@dataclass(frozen=True)
class Adder(PTE):
    """Slot tools: a tool that adds, and remembers how often it was called."""

    name: ClassVar[str] = "adder"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.TOOLS})

    def tools(self, task: Task) -> tuple[Tool, ...]:
        async def call(argument: str, state: Any, draw: Draw) -> Observation:
            total = sum(map(int, re.findall(r"\d+", argument)))
            return Observation(str(total), (state or 0) + 1)

        return (
            Tool(
                name="add",
                description="Adds the numbers it is given.",
                example="1 and 2",
                call=call,
                local=True,
            ),
        )


@dataclass(frozen=True)
class ToolPolicy:
    """Calls the one tool on the question, then answers with what it said."""

    tools: tuple[Tool, ...]

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        attempt, said = await use(
            self.tools, self.tools[0].name, attempt.problem.question, attempt, draw
        )
        return replace(attempt, answer=said, canonical=said, status=AttemptStatus.ANSWERED)


@dataclass(frozen=True)
class CallTool(PTE):
    """Slot policy: replaces the direct policy by one that calls a tool."""

    name: ClassVar[str] = "call_tool"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY})
    requires: ClassVar[frozenset[str]] = frozenset({"adder"})
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})
    calls_tools: ClassVar[bool] = True

    def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        return ToolPolicy(tools)


@dataclass(frozen=True)
class TryAgain:
    """Solves again, with a note, until the answer is even."""

    inner: Solver
    trials: int

    @property
    def policy(self) -> Policy:
        return self.inner.policy

    def start(self, problem: Problem, draw: Draw) -> Attempt:
        return self.inner.start(problem, draw)

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        done = await self.inner.solve(attempt, draw)
        for trial in range(1, self.trials):
            if done.answer is not None and int(done.answer) % 2 == 0:
                break
            fresh = self.inner.start(attempt.problem, draw)
            noted: Prompt = replace(fresh.prompt, notes=(f"Not {done.answer}.",))
            done = await self.inner.solve(replace(fresh, prompt=noted), draw.at("search", trial))
        return done


@dataclass(frozen=True)
class EvenOnly(PTE):
    """Slot search: tries again until the answer is even."""

    trials: int = 3
    name: ClassVar[str] = "even_only"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SEARCH})

    def search(self, inner: Solver, task: Task) -> Solver:
        return TryAgain(inner, self.trials)
