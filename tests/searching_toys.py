"""A maze with known values: a synthetic search task, and an account of what a search spends on it.

An attempt takes `DEPTH` turns, each to one of `WAYS` sides. Every turn has a worth that a seed
fixes, a path's value is the mean worth of its turns, so the best leaf is known by looking at all.
The model prefers good turns a little (`skill`). It judges a finished path right, as tests do, and a
path under way with an error of its own: `noise` is the error's standard deviation; with `blind` the
judgement of a path under way is the error alone.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import blake2b
from itertools import accumulate, product
from math import exp, log
from statistics import NormalDist
from typing import Any

from scipy.stats import binomtest

from harness.contracts.address import Address
from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import Reading, Task
from harness.contracts.draw import Context, Draw, Judgement, OptionScore, Reply
from harness.contracts.problem import Problem
from harness.contracts.program import FunctionStub, ProgramReading
from harness.contracts.prompt import Prompt
from harness.contracts.thoughts import Thoughts
from harness.contracts.tool import Tool
from harness.solvers.rollout import Rollout
from ptes.common.judging.self_evaluation import self_evaluation
from ptes.scaffolding.lats import LATS

DEPTH, WAYS = 7, 3
QUESTION = "Find the way."


def uniform(*what: object) -> float:
    """A number in (0, 1) that is fixed by what it is for."""
    made = blake2b(repr(what).encode(), digest_size=8).digest()
    return (int.from_bytes(made, "big") + 1) / (2**64 + 2)


@dataclass(frozen=True)
class Maze:
    """One maze and its judge."""

    seed: int
    noise: float = 0.05
    blind: bool = False
    skill: float = 1.0

    def value(self, path: str) -> float:
        """The mean worth of the turns so far, in [0, 1]."""
        return sum(uniform(self.seed, path[: n + 1]) for n in range(len(path))) / len(path)

    def judged(self, path: str) -> float:
        """What the judge says of it, in (0, 1)."""
        if len(path) == DEPTH:
            return min(max(self.value(path), 0.001), 0.999)
        error = NormalDist().inv_cdf(uniform(self.seed, "judge", path)) * self.noise
        seen = error + (0.5 if self.blind else self.value(path))
        return min(max(seen, 0.001), 0.999)

    def turn(self, path: str, drawn: float) -> str:
        """The model's next turn, given a number in (0, 1): likelier where it is worth more."""
        ways = "0123456789"[:WAYS]
        odds = [exp(self.skill * uniform(self.seed, path + way)) for way in ways]
        for way, upto in zip(ways, accumulate(odds), strict=True):
            if drawn * sum(odds) <= upto:
                return way
        return ways[-1]

    @property
    def best(self) -> str:
        """The leaf of highest value."""
        return _best(self)


@cache
def _best(maze: Maze) -> str:
    leaves = ("".join(turns) for turns in product("0123456789"[:WAYS], repeat=DEPTH))
    return max(leaves, key=maze.value)


@dataclass
class Spent:
    """Tokens of all calls, four characters being one."""

    tokens: float = 0.0


@dataclass(frozen=True)
class World:
    """The `Draw` of a maze: what a solver holds, without engine or journal."""

    maze: Maze
    run: int = 0
    """Which of several runs in the same maze."""
    address: Address = field(default_factory=Address)
    spent: Spent = field(default_factory=Spent)

    def at(self, name: str, index: int, ordinal: int = 0) -> World:
        return replace(self, address=self.address.at(name, index, ordinal))

    def show(self, prompt: Prompt, lead: str = "") -> Context:
        text = "\n".join((prompt.instruction, *prompt.notes, *prompt.transcript, prompt.question))
        return Context(prompt.role, array("I"), f"{text}\n{lead}")

    def extend(self, context: Context, text: str) -> Context:
        return replace(context, prompt=f"{context.prompt}{text}")

    async def complete(self, context: Context, max_tokens: int, stop: Sequence[str] = ()) -> Reply:
        drawn = uniform(self.maze.seed, self.run, str(self.address), context.prompt)
        path = context.prompt.rpartition("\n")[2]
        text = "Try again." if context.role == "reflect" else self.maze.turn(path, drawn)
        self._pay(len(context.prompt) + len(text))
        return Reply(text, self.extend(context, text), "stop")

    async def score(self, context: Context, options: Sequence[str]) -> tuple[OptionScore, ...]:
        raise NotImplementedError

    async def judge(self, context: Context, yes: Sequence[str], no: Sequence[str]) -> Judgement:
        self._pay(len(context.prompt))
        path = context.prompt.rpartition("Work:\n")[2].partition("\n")[0].strip()
        agreed = self.maze.judged(path)
        return Judgement(log(agreed), log(1.0 - agreed))

    async def reward(self, prompt: Prompt, steps: Sequence[str], of: Address) -> tuple[float, ...]:
        raise NotImplementedError

    async def read(self, text: str) -> tuple[str | None, str | None]:
        return text, text

    async def read_reply(self, text: str, stub: FunctionStub | None = None) -> Reading:
        raise NotImplementedError

    async def read_program(
        self, text: str, stub: FunctionStub
    ) -> tuple[ProgramReading | None, str | None]:
        raise NotImplementedError

    def tell(self, context: Context, text: str) -> Context:
        raise NotImplementedError

    def thoughts(self, role: str) -> Thoughts | None:
        return None

    async def shared(self, name: str, make: Callable[[Draw], Awaitable[Any]]) -> Any:
        raise NotImplementedError

    async def effect(
        self,
        name: str,
        arguments: Any,
        make: Callable[[], Awaitable[Any]],
        *,
        local: bool = False,
        rehearsed: Any = None,
    ) -> Any:
        raise NotImplementedError

    async def check(self, code: str, asserts: Sequence[str]) -> tuple[bool, ...]:
        raise NotImplementedError

    async def behaviour(self, code: str, expressions: Sequence[str]) -> tuple[str, ...]:
        raise NotImplementedError

    async def script(self, code: str) -> str:
        raise NotImplementedError

    def offered(self, tool: Tool) -> Tool:
        return tool

    async def oracle(self, attempt: Any) -> float:
        raise NotImplementedError

    def invoked(self, pte: str) -> None: ...

    def called(self, what: str) -> None: ...

    def used_tool(self, seconds: float) -> None: ...

    def _pay(self, characters: int) -> None:
        self.spent.tokens += characters / 4


@dataclass(frozen=True)
class Turning:
    """A policy that takes one turn a step."""

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        context = attempt.context or draw.show(attempt.prompt, attempt.response)
        reply = await draw.complete(context, 1)
        grown = attempt.step(reply.text, reply.context)
        if len(grown.response) < DEPTH:
            return grown
        path = grown.response
        return replace(grown, answer=path, canonical=path, status=AttemptStatus.ANSWERED)


TASK = Task("maze", "Turn.", "a path", lambda text: text, lambda answer: answer)
PROBLEM = Problem("maze", QUESTION)
ROLLOUT = Rollout(TASK, Turning(), ())


@dataclass(frozen=True)
class Outcome:
    """Where a method ended, and what it spent."""

    path: str
    tokens: float


def tree_search(maze: Maze, search: LATS, run: int = 0) -> Outcome:
    """LATS in a maze."""
    world = World(maze, run)
    solver = search.search(ROLLOUT, TASK)
    done = asyncio.run(solver.solve(solver.start(PROBLEM, world), world))
    return Outcome(done.answer or "", world.spent.tokens)


def best_of_n(maze: Maze, tokens: float, run: int = 0) -> Outcome:
    """Whole attempts, one after another until at least so many tokens are spent, each judged at its
    end as the search judges; the one that is judged best."""

    async def solve() -> Outcome:
        world, result = World(maze, run), dict[str, float]()
        while world.spent.tokens < tokens:
            there = world.at("selection", len(result) + int(world.spent.tokens))
            done = await ROLLOUT.solve(ROLLOUT.start(PROBLEM, there), there)
            result.setdefault(done.answer or "", await self_evaluation(done, "", there))
        return Outcome(max(result, key=lambda path: result[path]), world.spent.tokens)

    return asyncio.run(solve())


SEARCH = LATS(iterations=10, depth=DEPTH, weight=1.0, exploration=0.1, certain=1.0)
"""Values here differ by tenths, so the paper's w of 1 would explore at random."""


@dataclass(frozen=True)
class Found:
    """How often each method found the best leaf, at equal tokens."""

    mazes: int
    search: int
    sampling: int
    only_search: int
    """Mazes in which the search alone found it."""
    only_sampling: int
    tokens: tuple[float, float]
    """Spent by the search and by sampling, over all mazes."""

    @property
    def p(self) -> float:
        """Of McNemar's exact test, one-sided: that the search is no better."""
        differ = self.only_search + self.only_sampling
        return float(binomtest(self.only_search, differ, alternative="greater").pvalue)


def compared(mazes: int, noise: float, blind: bool = False) -> Found:
    """The search against best-of-n, maze by maze; best-of-n is never given fewer tokens."""
    pairs: Counter[tuple[bool, bool]] = Counter()
    spent = [0.0, 0.0]
    for seed in range(mazes):
        maze = Maze(seed, noise, blind)
        ours = tree_search(maze, SEARCH)
        theirs = best_of_n(maze, ours.tokens)
        pairs[ours.path == maze.best, theirs.path == maze.best] += 1
        spent = [spent[0] + ours.tokens, spent[1] + theirs.tokens]
    both, ours_alone, theirs_alone = pairs[True, True], pairs[True, False], pairs[False, True]
    return Found(
        mazes=mazes,
        search=both + ours_alone,
        sampling=both + theirs_alone,
        only_search=ours_alone,
        only_sampling=theirs_alone,
        tokens=(spent[0], spent[1]),
    )
