"""How the inference budget is allotted: what it cuts, it cuts in every arm (law 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.contracts.pte import PTE
from harness.errors import UserError
from harness.stack import Stack, parameters

Times = Callable[[Stack], float]
"""What a stack is expected to cost, in multiples of the base's inference FLOP."""
TRIES = 6
"""Prices of smaller settings that are asked for until one fits."""


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
    for _ in range(TRIES):
        fewer = smaller(stack, share, pool)
        left = times(fewer)
        if left <= cap or fewer == least(stack):
            break
        if stack.pool > 1 and fewer.pool > 1:
            pool = max(1, int(fewer.pool * cap / left))
        nothing = smaller(stack, share, pool) == fewer
        share = share * (cap / left) ** (1 / factors) if nothing else share
    return Cut(stack, asked, share, pool, left)


def least(stack: Stack) -> Stack:
    """The stack with as little of everything as its PTEs can do with."""
    return smaller(stack, 0.0, 1)


def smaller(stack: Stack, share: float, pool: int) -> Stack:
    """The stack with about this share of its trials, and at most so many attempts in its pool."""
    fewer = (_shared(pte, share) for pte in stack.ptes)
    return Stack.of(_sampled(pte, pool) for pte in fewer)


class Allotment:
    """What one budget leaves of the stacks that are compared on one benchmark.

    A PTE has one setting in all of them, the smallest that any of them needs. The largest stacks
    are fitted first: what they leave mostly fits the others, which need not be looked at uncut.
    """

    def __init__(self, cap: float | None) -> None:
        self._cap = cap
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
        budget, left = f"the budget is {self._cap:g}x", times(fewer)
        if not changes:
            return stack, f"{left:.0f}x the base, {budget}: a pool of {stack.pool} cannot be cut"
        own = self._own.get(stack.config)
        if own is not None:
            why = f"{own.asked:.0f}x the base, {budget}"
        else:
            needs = (self._needs[name] for name in stack.names if name in self._needs)
            most = max(needs, key=lambda cut: cut.asked)
            why = f"the same in all arms, as {most.stack.label} costs {most.asked:.0f}x the base "
            why += f"and {budget}"
        more = f"; {left:.0f}x are left" if left > self._cap else ""
        return fewer, f"{', '.join(changes)}: {why}{more}"

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
