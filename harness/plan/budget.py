"""How the inference budget is allotted: what it cuts, it cuts in a whole lattice (law 7).

Where some stack has to be cut, every stack with its PTEs is run at the same, smaller settings, so
that single and pair differ in the PTE alone. What fits the budget as it was asked is run so too
(`Allotment.full`): a smaller number of votes or trials is a prefix of a larger one, so that one of
the two costs nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from harness.contracts.pte import PTE
from harness.errors import UserError
from harness.stack import Stack, parameters

BudgetCost = Literal["net", "gross"]
"""What a budget counts: FLOP net of the attempt's own prefix, as the definition's 100x is judged,
or gross, every prompt token of every call."""
Times = Callable[[Stack], float]
"""What a stack is expected to cost, in multiples of the base's inference FLOP."""
TRIES = 12
"""Prices of smaller settings that are asked for until one fits."""
LESS = 0.95
"""What a step to smaller settings leaves at most: numbers of trials are whole."""
GROWN = 2
"""Prices of larger pools that are asked for once one fits, as cost need not go through zero."""


@dataclass(frozen=True)
class Cut:
    """By how much one stack has to be cut to fit the budget by itself."""

    stack: Stack
    asked: float
    """What it would cost uncut, in multiples of the base."""
    share: float
    """Share of its PTEs' trials that are left."""
    pool: int
    """Attempts that are left in its pool."""
    left: float
    """What it costs then."""


def cut_of(stack: Stack, times: Times, cap: float) -> Cut | None:
    """How one stack fits `cap` times the base; None where it does as it is.

    Pool and trials multiply, so each is cut by the same root of what has to go; the pool then takes
    what rounding has left.
    """
    if (asked := times(stack)) <= cap:
        return None
    factors = (stack.pool > 1) + sum(_shared(pte, 0.0) != pte for pte in stack.ptes)
    share = (cap / asked) ** (1 / max(1, factors))
    pool = stack.pool
    beyond: Cut | None = None
    for _ in range(TRIES):
        fewer = smaller(stack, share, pool)
        made = Cut(stack, asked, share, pool, times(fewer))
        if made.left <= cap or fewer == least(stack):
            break
        beyond = made
        if stack.pool > 1 and fewer.pool > 1:
            pool = max(1, int(fewer.pool * cap / made.left))
        nothing = smaller(stack, share, pool) == fewer
        if nothing:
            share *= min(LESS, cap / made.left) ** (1 / factors)
    return _largest(made, beyond, times, cap)


def _largest(made: Cut, beyond: Cut | None, times: Times, cap: float) -> Cut:
    """The largest pool between one that fits and one that does not, cost being a line between."""
    for _ in range(GROWN):
        if beyond is None or beyond.share != made.share or made.left > cap:
            break
        step = (beyond.pool - made.pool) * (cap - made.left) / (beyond.left - made.left)
        pool = min(made.pool + int(step), beyond.pool - 1)
        if pool <= made.pool:
            break
        left = times(smaller(made.stack, made.share, pool))
        larger = Cut(made.stack, made.asked, made.share, pool, left)
        made, beyond = (larger, beyond) if left <= cap else (made, larger)
    return made


def least(stack: Stack) -> Stack:
    """The stack with as little of everything as its PTEs can do with."""
    return smaller(stack, 0.0, 1)


def smaller(stack: Stack, share: float, pool: int) -> Stack:
    """The stack with about this share of its trials, and at most so many attempts in its pool."""
    fewer = (_shared(pte, share) for pte in stack.ptes)
    return Stack.of(_sampled(pte, pool) for pte in fewer)


class Allotment:
    """What one budget leaves of the stacks that are compared on one benchmark.

    A PTE has one setting in all of them, the smallest that any of them needs, and so on all rungs.
    The largest stacks are fitted first: what they leave mostly fits the others, which need not be
    looked at uncut.

    Args:
        cap: most that a stack may cost, in multiples of the base; None for no cap.
        cost: what is counted, for the notes.
        keep_full: whether what fits as it was asked is run so too.
    """

    def __init__(self, cap: float | None, cost: BudgetCost = "net", keep_full: bool = True) -> None:
        self._cap = cap
        self._budget = f"the budget is {cap:g}x ({cost})" if cap is not None else ""
        self._keep_full = keep_full
        self._times: dict[str, list[Times]] = {}
        self._own: dict[str, Cut] = {}
        self._needs: dict[str, Cut] = {}
        self._shares: dict[str, float] = {}
        self._pools: dict[str, int] = {}
        self._known: dict[str, tuple[Stack, list[str]]] = {}

    def fit(self, stacks: Iterable[tuple[Stack, Times]]) -> None:
        """Cut until each stack fits, with each of the models that it is to be run with."""
        if self._cap is None:
            return
        for stack, times in sorted(stacks, key=lambda pair: (-len(pair[0].ptes), pair[0].label)):
            self._times.setdefault(stack.config, []).append(times)
            fewer = self._fewer(stack)[0]
            if times(fewer) > self._cap and fewer != least(stack):
                cut = cut_of(stack, times, self._cap)
                if cut is not None:
                    self._take(cut)

    def of(self, stack: Stack, times: Times) -> tuple[Stack, str | None]:
        """The stack as it is run, and what was cut and why; no note where nothing was."""
        fewer, changes = self._fewer(stack)
        if self._cap is None or (not changes and times(stack) <= self._cap):
            return stack, None
        left = times(fewer)
        if not changes:
            return stack, (
                f"{left:.0f}x the base, {self._budget}: a pool of {stack.pool} cannot be cut"
            )
        own = self._own.get(stack.config)
        if own is not None:
            why = f"{own.asked:.0f}x the base, {self._budget}"
        else:
            most = self._most(stack)
            why = f"the same in all arms, as {most.stack.label} costs {most.asked:.0f}x the base "
            why += f"and {self._budget}"
        more = f"; {left:.0f}x are left" if left > self._cap else ""
        return fewer, f"{', '.join(changes)}: {why}{more}"

    def full(self, stack: Stack) -> str | None:
        """What to say of the stack run as it was asked, beside the one that was cut for others'
        sake; None where that is not run: nothing was cut, or it does not fit on some rung."""
        changes = self._fewer(stack)[1]
        cap = self._cap
        if cap is None or not changes or not self._keep_full:
            return None
        if any(times(stack) > cap for times in self._times.get(stack.config, ())):
            return None
        return (
            f"as asked, which fits the budget; {self._most(stack).stack.label} does not, and is "
            f"compared with the arm of {', '.join(changes)}"
        )

    def _most(self, stack: Stack) -> Cut:
        """The dearest of the cuts that a stack is cut for."""
        needs = (self._needs[name] for name in stack.names if name in self._needs)
        return max(needs, key=lambda cut: cut.asked)

    def _take(self, cut: Cut) -> None:
        own = self._own.get(cut.stack.config)
        if own is None or own.asked < cut.asked:
            self._own[cut.stack.config] = cut
        for name in cut.stack.names:
            before = (self._shares.get(name, 1.0), self._pools.get(name, cut.stack.pool))
            after = (min(before[0], cut.share), min(before[1], cut.pool))
            self._shares[name], self._pools[name] = after
            if after != before or name not in self._needs:
                self._needs[name] = cut
        self._known = {}

    def _fewer(self, stack: Stack) -> tuple[Stack, list[str]]:
        """The stack cut, one object for all models, and what that changes."""
        if not self._shares:
            return stack, []
        if stack.config not in self._known:
            fewer = Stack.of(self._cut(pte) for pte in stack.ptes)
            changes = _changes(stack, fewer)
            self._known[stack.config] = (fewer if changes else stack), changes
        return self._known[stack.config]

    def _cut(self, pte: PTE) -> PTE:
        if pte.name not in self._shares:
            return pte
        return _sampled(_shared(pte, self._shares[pte.name]), self._pools[pte.name])


def _shared(pte: PTE, share: float) -> PTE:
    """The PTE with this share of its trials; itself where it has no such setting."""
    try:
        return pte.with_share(share) if share < 1.0 else pte
    except UserError:
        return pte


def _sampled(pte: PTE, pool: int) -> PTE:
    try:
        return pte.with_samples(pool) if pte.samples > pool else pte
    except UserError:
        return pte


def _changes(before: Stack, after: Stack) -> list[str]:
    """Parameters that were cut, as `pte.name old -> new`; the pool first, in place of the first
    parameter of each PTE that is its size."""
    result = [f"pool {before.pool} -> {after.pool}"] if after.pool != before.pool else []
    for one, other in zip(before.ptes, after.ptes, strict=True):
        now, sizes = parameters(other), 0
        for name, value in parameters(one).items():
            if now[name] == value:
                continue
            if (value, now[name]) == (one.samples, other.samples) and not sizes:
                sizes += 1
            else:
                result.append(f"{one.name}.{name} {value} -> {now[name]}")
    return result
