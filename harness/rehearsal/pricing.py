"""Prices stacks on one benchmark, each once, by rehearsing them on a few of its problems."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from math import log2
from statistics import fmean
from typing import Any

from harness.contracts.benchmark import Task
from harness.contracts.problem import Problem
from harness.contracts.prompt import SOLVE
from harness.contracts.pte import Slot
from harness.errors import UserError
from harness.rehearsal.answers import answers_of
from harness.rehearsal.engine import RehearsalTooLargeError
from harness.rehearsal.faults import fault
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.price import Price, RolePrice, mixed
from harness.rehearsal.stand_ins import Corpora
from harness.rehearsal.tokens import RoughTokenizer
from harness.rehearsal.trial import ENDLESS, RehearsedStack, Trial, rehearsed
from harness.rehearsal.watch import Loop, cpu_limit
from harness.solvers.compose import compose
from harness.stack import Stack

SMALL = 4
"""Attempts of a pool up to which it is rehearsed as it is."""
ONCE = 60
"""Requests of a problem from which one problem is enough to price a stack on."""
LARGE, LARGEST = 1_000, 50_000
"""Requests of a problem beyond which smaller settings are rehearsed, and beyond which a stack whose
settings cannot be made smaller is refused."""
SECONDS = 30.0
"""Processor time that one rehearsal may take."""
HALVINGS = 8
ALIKE = 0.02
"""By how much two attempts of a pool may differ in tokens, for its cost to be linear in them."""


@dataclass(frozen=True)
class RehearsalSettings:
    """How stacks are rehearsed."""

    problems: int = 3
    """Problems that a stack's expected price is the mean of."""
    observation: int = 100
    """Tokens of what a tool outside this process is expected to say."""


@dataclass(kw_only=True)
class Pricer:
    """Prices stacks on one benchmark with one context window."""

    task: Task
    problems: Sequence[Problem]
    window: int
    settings: RehearsalSettings = field(default_factory=RehearsalSettings)
    loop: Loop = field(default_factory=Loop)
    corpora: Corpora = field(default_factory=Corpora)
    _known: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mean = fmean(len(problem.question) for problem in self.problems)
        nearest = sorted(self.problems, key=lambda each: abs(len(each.question) - mean))
        self._typical = nearest[: self.settings.problems]
        self._longest = max(self.problems, key=lambda each: len(each.question))
        self._task = self.corpora.task(self.task)
        self._answers = answers_of(self._task)
        self._tokenizer = RoughTokenizer()

    def expected(self, stack: Stack, chat: bool, lengths: Lengths) -> Price:
        """What a problem is expected to cost.

        Args:
            chat: whether the model that solves is shown conversations.

        Raises:
            UserError: a PTE of the stack fails, or does not come to an end.
        """
        return self._once("expected", stack, chat, lengths, self._expected)

    def worst(self, stack: Stack, chat: bool) -> Price:
        """What a problem costs at worst, and the longest that a prompt with its answer can be.

        Raises:
            UserError: as `expected`.
        """
        return self._once("worst", stack, chat, Lengths(), self._worst)

    def _once(self, kind: str, stack: Stack, chat: bool, lengths: Lengths, find: Any) -> Price:
        key = (kind, stack.asking, chat, lengths)
        if key not in self._known:
            self._known[key] = self._found(stack, chat, lengths, find)
        price: Price = self._known[key]
        return price

    def _found(self, stack: Stack, chat: bool, lengths: Lengths, find: Any) -> Price:
        try:
            return self._run(find(stack, chat, lengths, LARGE))
        except RehearsalTooLargeError:
            return self._extrapolated(stack, chat, lengths, find)

    def _extrapolated(self, stack: Stack, chat: bool, lengths: Lengths, find: Any) -> Price:
        """The price of a stack that is too large to be rehearsed, from smaller shares of its
        trials: tokens grow as a power of the share, which two of them tell."""
        smaller: Stack | None = None
        for halving in range(1, HALVINGS + 1):
            share = 0.5**halving
            before, smaller = smaller, Stack.of(pte.with_share(share) for pte in stack.ptes)
            if smaller in (stack, before):
                break
            try:
                larger = self._run(find(smaller, chat, lengths, LARGE))
            except RehearsalTooLargeError:
                continue
            half = Stack.of(pte.with_share(share / 2) for pte in stack.ptes)
            return _power(larger, self._run(find(half, chat, lengths, LARGE)), halving)
        try:
            return self._run(find(stack, chat, lengths, LARGEST))
        except RehearsalTooLargeError as error:
            raise UserError(
                f"rehearsing {stack.label} on {self.task.name}, it does not come to an end: after "
                f"{LARGEST:,} requests, or {SECONDS:.0f} s, one problem was not solved. Is there a "
                "loop without an end in a PTE?"
            ) from error

    async def _expected(self, stack: Stack, chat: bool, lengths: Lengths, most: int) -> Price:
        part = self._part(stack, chat)
        shares = ((True, 1.0 - lengths.success), (False, lengths.success))
        result: list[tuple[float, Price]] = []
        count = 0
        for problem in self._typical:
            count += 1
            for fails, share in shares:
                scene = Trial(
                    fails=fails,
                    full=False,
                    lengths=lengths,
                    observation=self.settings.observation,
                    window=self.window,
                    most=most,
                )
                if share:
                    result.append((share, await self._pooled(part, problem, scene)))
            if max(price.calls for _, price in result) > ONCE:
                break
        return mixed(result).over(count)

    async def _worst(self, stack: Stack, chat: bool, lengths: Lengths, most: int) -> Price:
        part, observed = self._part(stack, chat), self.settings.observation
        results = []
        for fails in (True, False):
            scene = Trial(
                fails=fails,
                full=True,
                lengths=lengths,
                observation=observed,
                window=ENDLESS,
                most=most,
            )
            results.append(await self._pooled(part, self._longest, scene))
        worst = max(results, key=lambda price: price.tokens)
        return replace(worst, longest=max(price.longest for price in results))

    async def _pooled(self, part: RehearsedStack, problem: Problem, scene: Trial) -> Price:
        """A pool's price: a large one's from two smaller ones, where it is linear in attempts."""
        size = part.pool.size
        if size <= SMALL or part.pool.stop is not None or not await self._linear(part, scene):
            return await _of(part, problem, scene, size)
        two, three = [await _of(part, problem, scene, each) for each in (2, 3)]
        return mixed(((size - 2.0, three), (3.0 - size, two)))

    async def _linear(self, part: RehearsedStack, scene: Trial) -> bool:
        """Whether what is asked of a pool grows with each attempt by the same: tried with pools of
        2, 3 and 4, once for the PTEs that select, over the plainest attempts."""
        selecting = Stack(part.stack.filling(Slot.SELECTION))
        key = ("linear", selecting.config)
        if key not in self._known:
            plain = replace(part, stack=selecting, pool=compose(selecting, self._task))
            problem, calm = self._typical[0], replace(scene, fails=True)
            two, three, four = [await _of(plain, problem, calm, each) for each in (2, 3, 4)]
            second = four.tokens - 2 * three.tokens + two.tokens
            self._known[key] = abs(second) <= ALIKE * (three.tokens - two.tokens)
        linear: bool = self._known[key]
        return linear

    def _part(self, stack: Stack, chat: bool) -> RehearsedStack:
        sampled = Stack.of(self.corpora.pte(pte) for pte in stack.ptes)
        roles = {SOLVE: chat}
        roles |= {role: chat for pte in stack.ptes for role in pte.own_roles}
        roles |= {role: model.chat for pte in stack.ptes for role, model in pte.roles.items()}
        try:
            pool = compose(sampled, self._task)
        except UserError:
            raise
        except (Exception, SystemExit) as error:
            raise fault(error, stack, self.task.name) from error
        return RehearsedStack(
            stack=sampled,
            task=self._task,
            pool=pool,
            chat=roles,
            answers=self._answers,
            tokenizer=self._tokenizer,
            heads={
                role: model.reward
                for pte in stack.ptes
                for role, model in pte.roles.items()
                if model.reward is not None
            },
        )

    def _run(self, work: Coroutine[Any, Any, Price]) -> Price:
        with cpu_limit(SECONDS):
            return self.loop.run(work, SECONDS)


async def _of(part: RehearsedStack, problem: Problem, scene: Trial, size: int) -> Price:
    try:
        return await rehearsed(part, problem, scene, size)
    except (UserError, RehearsalTooLargeError):
        raise
    except (Exception, SystemExit) as error:
        raise fault(error, part.stack, part.task.name) from error


def _power(larger: Price, smaller: Price, halvings: int) -> Price:
    """A price at the whole of the settings, from those at two shares of which one is half the
    other, the larger being so many halvings of the whole."""
    before = dict(smaller.shares)

    def grown(new: float, old: float) -> float:
        return new * 2.0 ** (halvings * max(0.0, log2(new / old))) if old > 0.0 else new

    shares = []
    for role, share in larger.shares:
        old = before.get(role, RolePrice())
        calls = grown(share.calls, old.calls)
        prompt = grown(share.prompt_tokens, old.prompt_tokens)
        generated = grown(share.generated_tokens, old.generated_tokens)
        own = grown(share.own_prefix_tokens, old.own_prefix_tokens)
        shares.append((role, RolePrice(calls, prompt, generated, min(own, prompt))))
    return Price(tuple(shares), larger.longest, extrapolated=True)
