"""What a problem is priced at before anything is asked: calls and tokens by role.

A price is not what was measured (`harness.ledger.Cost`), and has no interval (an estimate of the
analysis has).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from harness.ledger import Cost


@dataclass(frozen=True, slots=True)
class RolePrice:
    """One role's part of a price, for one problem."""

    calls: float = 0.0
    prompt_tokens: float = 0.0
    """Processed as input, over all calls, uncached."""
    generated_tokens: float = 0.0
    own_prefix_tokens: float = 0.0
    """Prompt tokens of a problem that an earlier call of the same attempt has processed."""

    @property
    def tokens(self) -> float:
        """Prompt and generated tokens, gross: a prompt of n calls counts n times."""
        return self.prompt_tokens + self.generated_tokens

    @property
    def net_tokens(self) -> float:
        """The same net of the own prefix: what is processed once counts once."""
        return self.tokens - self.own_prefix_tokens

    def plus(self, other: RolePrice, times: float = 1.0) -> RolePrice:
        """This and so many times the other."""
        return RolePrice(
            self.calls + times * other.calls,
            self.prompt_tokens + times * other.prompt_tokens,
            self.generated_tokens + times * other.generated_tokens,
            self.own_prefix_tokens + times * other.own_prefix_tokens,
        )


@dataclass(frozen=True)
class Price:
    """What one problem costs, role by role."""

    shares: tuple[tuple[str, RolePrice], ...]
    """By role, sorted by name."""
    longest: int = 0
    """The longest prompt together with the limit of its answer, in tokens."""
    extrapolated: bool = False
    """Whether the stack was too large to be rehearsed as it is, so that smaller settings were."""

    @classmethod
    def of(cls, costs: Mapping[str, Cost], longest: int) -> Price:
        """What an attempt's ledger holds."""
        shares = (
            (
                role,
                RolePrice(
                    cost.calls, cost.prompt_tokens, cost.generated_tokens, cost.own_prefix_tokens
                ),
            )
            for role, cost in costs.items()
        )
        return cls(tuple(sorted(shares)), longest)

    @cached_property
    def total(self) -> RolePrice:
        """All roles together."""
        total = RolePrice()
        for _, share in self.shares:
            total = total.plus(share)
        return total

    @property
    def calls(self) -> float:
        return self.total.calls

    @property
    def prompt_tokens(self) -> float:
        return self.total.prompt_tokens

    @property
    def generated_tokens(self) -> float:
        return self.total.generated_tokens

    @property
    def tokens(self) -> float:
        return self.total.tokens

    @property
    def net_tokens(self) -> float:
        return self.total.net_tokens

    def over(self, count: int) -> Price:
        """The mean, where this is the sum of so many."""
        shares = ((role, RolePrice().plus(share, 1 / count)) for role, share in self.shares)
        return replace(self, shares=tuple(shares))

    def flop(self, own: float, others: Mapping[str, float], net: bool = False) -> float:
        """Inference FLOP.

        Args:
            own: FLOP a token of the model that solves.
            others: FLOP a token by role, of the roles in which another model speaks.
            net: whether prompt tokens of the attempt's own prefix are left out.
        """
        return sum(
            (share.net_tokens if net else share.tokens) * others.get(role, own)
            for role, share in self.shares
        )


def mixed(parts: Iterable[tuple[float, Price]]) -> Price:
    """The sum of prices, each so many times; the longest prompt of all."""
    shares: dict[str, RolePrice] = {}
    longest, extrapolated = 0, False
    for times, price in parts:
        for role, share in price.shares:
            shares[role] = shares.get(role, RolePrice()).plus(share, times)
        longest, extrapolated = max(longest, price.longest), extrapolated or price.extrapolated
    return Price(tuple(sorted(shares.items())), longest, extrapolated)


@dataclass(frozen=True, slots=True)
class PriceTotal:
    """Calls and tokens added up over cells."""

    calls: float = 0.0
    prompt_tokens: float = 0.0
    generated_tokens: float = 0.0

    @property
    def tokens(self) -> float:
        return self.prompt_tokens + self.generated_tokens

    def plus(self, price: Price, problems: int) -> PriceTotal:
        """This total with a cell of so many problems added."""
        return PriceTotal(
            self.calls + price.calls * problems,
            self.prompt_tokens + price.prompt_tokens * problems,
            self.generated_tokens + price.generated_tokens * problems,
        )
