"""How many tokens a generation is expected to take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil

SHOWN = 3
"""Lengths of a role that are told."""
STATED = "a stated share of the limits"


@dataclass(frozen=True)
class Lengths:
    """Expected lengths by role and token limit, and how often things work.

    What was measured in these roles goes before what is stated.
    """

    share: float = 0.35
    """Share of its token limit that a generation takes, where nothing was measured."""
    success: float = 0.3
    """Share of the problems on which what the model says works at once."""
    measured: tuple[tuple[str, int, float], ...] = ()
    """Role, token limit, and the mean of the tokens that were generated under it."""
    source: str = STATED
    """Where they are from, in words."""

    @property
    def common(self) -> tuple[tuple[str, int, float], ...]:
        """The first few that were measured of each role, the largest limits first."""
        by_role: dict[str, list[tuple[str, int, float]]] = {}
        for each in sorted(self.measured, key=lambda each: -each[1]):
            by_role.setdefault(each[0], []).append(each)
        return tuple(each for found in by_role.values() for each in found[:SHOWN])

    def expected(self, role: str, limit: int) -> int:
        """Tokens that a completion of this role and limit takes, at least one."""
        mean = self._means.get((role, limit))
        share = self._shares.get(role, self.share)
        return max(1, min(limit, ceil(limit * share if mean is None else mean)))

    @cached_property
    def _means(self) -> dict[tuple[str, int], float]:
        return {(role, limit): mean for role, limit, mean in self.measured}

    @cached_property
    def _shares(self) -> dict[str, float]:
        """By role the measured share of the limits, for limits that were not measured."""
        used: dict[str, list[float]] = {}
        for role, limit, mean in self.measured:
            used.setdefault(role, []).append(mean / limit)
        return {role: sum(each) / len(each) for role, each in used.items()}
