"""One run of a stack on one problem against an engine without weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from harness.contracts.address import Address
from harness.contracts.benchmark import Reading, Task
from harness.contracts.problem import Problem
from harness.contracts.program import FunctionStub, ProgramReading
from harness.contracts.prompt import SOLVE
from harness.contracts.pte import Slot
from harness.draws.attempt_draw import AttemptDraw
from harness.draws.role_model import RoleModel
from harness.draws.session import Session
from harness.engines.protocol import Identity, Sampling
from harness.engines.rendering import Renderer
from harness.models.reward_head import RewardHead
from harness.rehearsal.answers import Answers
from harness.rehearsal.engine import RehearsalEngine
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.price import Price
from harness.rehearsal.script import Script
from harness.rehearsal.stand_ins import MemoryAsker, StandInExecutor, silent
from harness.rehearsal.tokens import RoughTokenizer
from harness.solvers.pool import SelectionPool
from harness.solvers.reading import read_program, read_reply
from harness.stack import Stack

ANYBODY = Identity(
    weights="rehearsal",
    adapter="",
    dtype="none",
    quantisation="none",
    engine="rehearsal",
    version="1",
)
SAMPLED = Sampling()
ENDLESS = 1 << 40
"""A context window that everything fits."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How a rehearsal goes."""

    fails: bool
    """Whether nothing that the model says works, so that every trial and step is taken; otherwise
    everything works at once."""
    full: bool
    """Whether every generation runs to its token limit."""
    lengths: Lengths
    observation: int
    """Tokens of what a tool outside this process says; all that are ever shown in a full scene."""
    window: int
    """The context window, in tokens."""
    most: int
    """Requests after which a rehearsal is given up."""


@dataclass(frozen=True, kw_only=True)
class RehearsedStack:
    """A composed stack that is to be rehearsed."""

    stack: Stack
    task: Task
    pool: SelectionPool
    chat: Mapping[str, bool]
    """By role, whether its model is shown conversations."""
    answers: Answers
    tokenizer: RoughTokenizer
    heads: Mapping[str, RewardHead] = field(default_factory=dict)
    """By role, what its reward model judges."""


async def rehearsed(part: RehearsedStack, problem: Problem, scene: Trial, size: int) -> Price:
    """What the problem costs with so many attempts in the pool.

    Raises:
        TooLargeError: it takes more requests than `scene.most`.
    """
    session = _session(part, problem, scene)
    engine = session.role_models[SOLVE].engine
    assert isinstance(engine, RehearsalEngine)
    pool = part.pool if part.pool.size == size else _sized(part.pool, size)
    await pool.run(problem, AttemptDraw(session, Address()))
    return Price.of(session.costs, engine.longest)


def _session(part: RehearsedStack, problem: Problem, scene: Trial) -> Session:
    stack, task = part.stack, part.task
    script = Script(
        task=task,
        replies=[pte.rehearsal_reply for pte in stack.ptes],
        acting=_acting(stack),
        fails=scene.fails,
        answers=part.answers,
    )
    tokenizer = part.tokenizer
    engine = RehearsalEngine(script, scene.lengths, scene.full, scene.most, tokenizer)
    role_models = {
        role: RoleModel(
            model="rehearsal",
            engine=engine,
            renderer=Renderer(tokenizer, chat),
            identity=ANYBODY,
            sampling=SAMPLED,
            flop_per_token=0.0,
            head=part.heads.get(role),
        )
        for role, chat in part.chat.items()
    }

    async def read(text: str) -> tuple[str | None, str | None]:
        answer = task.extract(text)
        return answer, None if answer is None else task.canonical(answer)

    async def read_code(text: str, stub: FunctionStub) -> tuple[ProgramReading | None, str | None]:
        return read_program(task, text, stub)

    async def read_whole(text: str, stub: FunctionStub | None) -> Reading:
        return read_reply(task, text, stub)

    async def oracle(attempt: Any) -> float:
        return float(not scene.fails)

    return Session(
        asker=MemoryAsker(),
        role_models=role_models,
        reader=read,
        program_reader=read_code,
        reply_reader=read_whole,
        benchmark=task.name,
        problem=problem.id,
        stack=stack.label,
        window=scene.window,
        executor=StandInExecutor(scene.fails),
        oracle=oracle,
        stand_in=partial(silent, tokens=scene.observation, full=scene.full),
        rehearsing=True,
    )


def _acting(stack: Stack) -> frozenset[str]:
    """The roles in which a policy of the stack reads calls from what the model writes."""
    calling = [pte for pte in stack.filling(Slot.POLICY) if pte.calls_tools]
    return frozenset({SOLVE} if calling else ())


def _sized(pool: SelectionPool, size: int) -> SelectionPool:
    return SelectionPool(pool.solver, size, pool.stages, pool.stop)
