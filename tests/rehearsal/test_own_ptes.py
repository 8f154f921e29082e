"""A PTE of a user's own is priced like any other, and its bugs are found by the plan."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.contracts.attempt import Attempt, AttemptStatus, Candidate
from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.problem import Problem
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot
from harness.contracts.rehearsal import RehearsalReply, RehearsalRequest
from harness.contracts.solver import Policy, Solver, Stage, StageKind
from harness.contracts.tool import Observation, Tool
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest, Sampling
from harness.errors import UserError
from harness.plan.cell import Setting
from harness.plan.plan import make
from harness.rehearsal import pricing
from harness.rehearsal.lengths import Lengths
from harness.solvers.tool_use import use
from tests.rehearsing import FAILING, PASSING, price, worst
from tests.toys import ToyBenchmark, toy_model, toy_plan, toy_runner

SETTING = Setting("fake", {"solve": Sampling(), "critic": Sampling(0.0)}, 10_000, 0)


@dataclass(frozen=True)
class Refining:
    """Answers, asks a critic, and answers again with what it said, so many times."""

    inner: Solver
    rounds: int

    @property
    def policy(self) -> Policy:
        return self.inner.policy

    def start(self, problem: Problem, draw: Draw) -> Attempt:
        return self.inner.start(problem, draw)

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        done = await self.inner.solve(attempt, draw)
        for n in range(1, self.rounds + 1):
            there = draw.at("search", n)
            asked = Prompt(
                f"{attempt.problem.question}\n{done.response}", "Find a fault.", "critic"
            )
            said = await there.complete(there.show(asked), 64)
            notes = (f"A critic said: {said.text}",)
            again = replace(attempt, prompt=replace(attempt.prompt, notes=notes))
            done = await self.inner.solve(again, there)
        return done


@dataclass(frozen=True)
class Refine(PTE):
    rounds: int = 3

    name: ClassVar[str] = "refine"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SEARCH})
    own_roles: ClassVar[frozenset[str]] = frozenset({"critic"})

    def search(self, inner: Solver, task: Task) -> Solver:
        return Refining(inner, self.rounds)


def test_its_calls_are_priced_without_a_word_of_its_own_about_cost(tmp_path: Path) -> None:
    result = price([Refine(3)])
    assert {role: share.calls for role, share in result.shares} == {"solve": 4, "critic": 3}


def test_its_price_is_near_what_it_costs(tmp_path: Path) -> None:
    """A model whose answers take 3 and whose criticism takes 40 tokens, in the plan's four
    characters each: the plan does not know these lengths."""

    def say(request: CompletionRequest, prompt: str) -> str:
        return "It forgot to carry the one. " * 6 if request.tag.role == "critic" else " 4."

    runner = toy_runner(
        tmp_path, [[], [Refine(3)]], FakeConfig(say), ToyBenchmark(size=4), setting=SETTING
    )
    asyncio.run(runner.run())
    frame = runner.records.frame()
    flop = frame.groupby("stack")["flop"].mean()
    measured = flop["refine"] / flop["base"]
    (cell,) = [cell for cell in runner.plan.cells if cell.stack.ptes]
    assert measured > 5
    assert measured / 2 < cell.gross_multiplier < 2 * measured


@dataclass(frozen=True)
class Acting:
    """Does what the model writes after `Do:` until it writes `finish`, in a form of its own."""

    inner: Policy
    steps: int

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        if len(attempt.steps) >= self.steps:
            return await self.inner.propose(replace(attempt, context=None, response=""), draw)
        lead = "\nDo:"
        if attempt.context is None:
            message = "Write a step a line.\nDo: look[left]\nDo: finish[a number]"
            prompt = replace(attempt.prompt, instruction=message, cue="")
            context = draw.show(prompt, lead)
        else:
            context = draw.extend(attempt.context, lead)
        reply = await draw.complete(context, 32, ("\n",))
        attempt = attempt.step(f"{lead}{reply.text}", reply.context)
        if "finish[" in reply.text:
            said, canonical = await draw.read(reply.text)
            return replace(attempt, answer=said, canonical=canonical, status=AttemptStatus.ANSWERED)
        return attempt.step("\nSaw: a wall", draw.extend(reply.context, "\nSaw: a wall"))


@dataclass(frozen=True)
class Act(PTE):
    steps: int = 8

    name: ClassVar[str] = "act"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY})
    calls_tools: ClassVar[bool] = True

    def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        return Acting(inner, self.steps)


def test_calls_are_made_in_the_form_that_its_own_prompt_shows() -> None:
    assert price([Act(8)], lengths=PASSING).calls == 3  # two steps, and the end
    assert price([Act(8)], lengths=FAILING).calls == 4 + 1  # each step is two of the attempt's
    half = price([Act(8)], lengths=Lengths(success=0.5))
    assert half.calls == 4.0


@dataclass(frozen=True)
class Spelling(PTE):
    """Goes on until the model has said a word that no rehearsal says by itself."""

    declared: bool = True

    name: ClassVar[str] = "spelling"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY})

    def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        return Waiting(inner)

    def rehearsal_reply(self, asked: RehearsalRequest) -> RehearsalReply | None:
        if not self.declared or not asked.prompt.endswith("Word:"):
            return None
        return RehearsalReply(ends=" abracadabra")


@dataclass(frozen=True)
class Waiting:
    inner: Policy

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        context = draw.show(attempt.prompt, "Word:")
        while True:
            reply = await draw.complete(context, 16)
            if "abracadabra" in reply.text:
                return await self.inner.propose(attempt, draw)
            context = draw.extend(reply.context, " Word:")


def test_it_can_say_what_its_model_would_say() -> None:
    assert price([Spelling()]).calls == 2


def test_a_loop_without_an_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "LARGE", 50)
    monkeypatch.setattr(pricing, "LARGEST", 100)
    with pytest.raises(UserError, match=r"rehearsing spelling on toy, it does not come to an end"):
        price([Spelling(declared=False)])


def looping(propose: Callable[..., Any]) -> PTE:
    """A policy PTE of this one function."""
    policy = type("P", (), {"propose": staticmethod(propose)})()
    members = {
        "name": "looping",
        "category": "x",
        "slots": frozenset({Slot.POLICY}),
        "policy": lambda self, inner, task, tools: policy,
    }
    looping: PTE = type("Looping", (PTE,), members)()
    return looping


async def compute(attempt: Attempt, draw: Draw) -> Attempt:
    while True:
        pass


async def wait(attempt: Attempt, draw: Draw) -> Attempt:
    await asyncio.Event().wait()
    return attempt


async def swallow(attempt: Attempt, draw: Draw) -> Attempt:
    context = draw.show(attempt.prompt)
    while True:
        try:
            await draw.complete(context, 8)
        except Exception:
            continue


@pytest.mark.parametrize("propose", [compute, wait, swallow])
def test_whatever_never_ends_is_told(
    monkeypatch: pytest.MonkeyPatch, propose: Callable[..., Any]
) -> None:
    monkeypatch.setattr(pricing, "SECONDS", 0.3)
    monkeypatch.setattr(pricing, "LARGE", 50)
    monkeypatch.setattr(pricing, "LARGEST", 100)
    with pytest.raises(UserError, match="does not come to an end"):
        price([looping(propose)])


async def broken_step(attempt: Attempt, draw: Draw) -> Attempt:
    reply = await draw.complete(draw.show(attempt.prompt), 8)
    return attempt.step(reply.words, reply.context)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Hooked(PTE):
    """Fails in one of its hooks."""

    hook: str

    name: ClassVar[str] = "hooked"
    category: ClassVar[str] = "x"
    slots: ClassVar[frozenset[Slot]] = frozenset(
        {Slot.PROMPT, Slot.TOOLS, Slot.POLICY, Slot.SEARCH, Slot.SELECTION}
    )
    calls_tools: ClassVar[bool] = True

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        return prompt if self.hook != "prompt" else replace(prompt, nonsense=1)  # type: ignore[call-arg]

    def tools(self, task: Task) -> tuple[Tool, ...]:
        return () if self.hook != "tools" else (task.tools[5],)  # type: ignore[return-value]

    def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        if self.hook != "policy":
            return inner
        broken: Policy = type("P", (), {"propose": staticmethod(broken_step)})()
        return broken

    def search(self, inner: Solver, task: Task) -> Solver:
        searches: dict[str, Solver] = {"": inner}
        return searches["" if self.hook != "search" else "no such key"]

    def stages(self, task: Task) -> tuple[Stage, ...]:
        return (Half(),) if self.hook == "stages" else ()

    def rehearsal_reply(self, asked: RehearsalRequest) -> RehearsalReply | None:
        return None if self.hook != "rehearsal_reply" else RehearsalReply(str(1 / 0))


@dataclass(frozen=True)
class Half:
    kind: StageKind = StageKind.FILTER

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        return pool[: len(pool) / 2]  # type: ignore[index]


@pytest.mark.parametrize(
    ("hook", "error"),
    [
        ("prompt", "TypeError"),
        ("tools", "IndexError"),
        ("policy", "AttributeError"),
        ("search", "KeyError"),
        ("stages", "TypeError"),
        ("rehearsal_reply", "ZeroDivisionError"),
    ],
)
def test_a_bug_is_told_with_the_pte_the_stack_and_the_line(
    tmp_path: Path, hook: str, error: str
) -> None:
    with pytest.raises(UserError) as message:
        toy_plan(tmp_path, [[], [Hooked(hook)]], FakeConfig())
    assert "rehearsing hooked on toy, the PTE hooked fails in" in str(message.value)
    assert "(test_own_ptes.py, line " in str(message.value)
    assert error in str(message.value)


def test_its_tools_are_not_called_unless_they_are_local(tmp_path: Path) -> None:
    called: list[str] = []

    @dataclass(frozen=True)
    class Calling(PTE):
        local: bool

        name: ClassVar[str] = "calling"
        category: ClassVar[str] = "x"
        slots: ClassVar[frozenset[Slot]] = frozenset({Slot.TOOLS, Slot.POLICY})
        calls_tools: ClassVar[bool] = True

        def tools(self, task: Task) -> tuple[Tool, ...]:
            async def call(argument: str, state: Any, draw: Draw) -> Observation:
                called.append(argument)
                return Observation("7")

            return (
                Tool(
                    name="fetch", description="Fetches.", example="it", call=call, local=self.local
                ),
            )

        def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
            async def propose(attempt: Attempt, draw: Draw) -> Attempt:
                attempt, seen = await use(tools, "fetch", "it", attempt, draw)
                noted = replace(attempt.prompt, notes=(seen,))
                return await inner.propose(replace(attempt, prompt=noted), draw)

            calling: Policy = type("P", (), {"propose": staticmethod(propose)})()
            return calling

    outside, inside = price([Calling(False)]), None
    assert not called
    inside = price([Calling(True)])
    assert called
    base = price([])
    assert outside.prompt_tokens == pytest.approx(base.prompt_tokens + 100, abs=3)
    assert worst([Calling(False)]).prompt_tokens == pytest.approx(base.prompt_tokens + 500, abs=3)
    assert inside.prompt_tokens < base.prompt_tokens + 3


def test_a_plan_with_it_makes_cells(tmp_path: Path) -> None:
    _, request = toy_plan(tmp_path, [[]], FakeConfig(), setting=SETTING)
    judged = toy_model(tmp_path / "large", "large", parameters=1e9)
    made = make(replace(request, models=[*request.models, judged]))
    assert len({cell.gross_multiplier for cell in made.cells}) == 1
