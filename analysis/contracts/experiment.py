"""What was measured: scores of stacks on the rungs of one ladder, on one benchmark."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import log10, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.endings import CellEndings
from analysis.contracts.finding import Finding
from analysis.contracts.reference import SAMPLED, Decoding, Reference
from harness.records.schema import GREEDY_MARK

Array = NDArray[np.float64]

Part = tuple[str, str]
"""A PTE: its name, and its parameters as canonical JSON."""

UNIT = 1e21
"""FLOP. Compute is log10(C / 1e21) throughout, as in Lifland et al.'s sigmoid."""
SAME_COMPUTE = 9
"""Decimals of log10 compute to which runs of one recipe agree."""


def ooms(flop: float) -> float:
    """Training compute on the axis of every curve: log10(FLOP / 1e21)."""
    return log10(flop / UNIT) if flop > 0 else nan


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One model of a ladder."""

    model: str
    family: str
    stage: str
    flop: float
    """Training compute in FLOP; NaN where it is not known."""
    parameters: float = nan
    valid: bool = True
    """Whether `flop` may stand on a CEG curve: not for distilled or pruned checkpoints."""
    source: str = ""
    """Source of `flop`: 6ND, or where the compute was published."""
    seed: str = ""
    """Which training run of its compute it is; runs of one seed share initialisation or the order
    of the data on all rungs. Empty where that is not known."""

    @property
    def x(self) -> float:
        """The rung's training compute as log10(FLOP / 1e21), to `SAME_COMPUTE` decimals: runs of
        one recipe have the same."""
        return round(ooms(self.flop), SAME_COMPUTE)


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One stack: a set of PTEs with their parameters."""

    label: str
    """Unique in its experiment; `base` for the sampled base, `base (greedy)` for the greedy one."""
    ptes: tuple[str, ...] = ()
    """Names of the stack's PTEs in canonical order."""
    config: str = ""
    """Names and parameters of the stack's PTEs as JSON; empty for published scores."""
    greedy: bool = False
    """Whether it decodes greedily beside a sampled arm of the same stack."""
    selects: bool = False
    """Whether it chooses among sampled attempts, or needs sampling otherwise: it has no greedy arm,
    and its gains are given over both bases."""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Lifland et al.'s category of each PTE, where it is known."""
    oracle: bool = False
    """Whether a hidden target was looked at: an upper bound, that competes with nothing."""
    rows: Mapping[str, str | None] | None = None
    """By PTE, the row of a forecast's table that it says it is; None for one that is none, and as a
    whole where the source does not tell."""

    @property
    def is_base(self) -> bool:
        """Whether nothing is added to the model, however it decodes."""
        return not self.ptes

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Each PTE with its parameters, in canonical order: what tells five votes from forty."""
        if not self.config:
            return tuple((name, "{}") for name in self.ptes)
        described: list[tuple[str, Any]] = json.loads(self.config)
        return tuple((name, json.dumps(settings, sort_keys=True)) for name, settings in described)


@dataclass(frozen=True)
class CandidatePool:
    """The finished attempts among which an arm selects, on one rung, over its items.

    Arrays are [item, candidate] in address order, padded with NaN and -1.
    """

    answers: NDArray[np.int32]
    """Canonical answers as numbers that mean something within an item alone; -1 for none."""
    scores: Array
    """Grade of each candidate; NaN where it was not graded."""


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Arms x rungs x items of one ladder on one benchmark; arms share items wherever they are kept.

    Scores lie in [0, 1]. NaN says that an arm was not run there; it never stands for a failure:
    items with a failed attempt in any kept arm are left out of all of them, and counted.
    """

    name: str
    """Unique: the benchmark, and whatever tells it from another experiment on it."""
    benchmark: str
    task_type: str
    rungs: tuple[Rung, ...]
    """The models of the ladder, by rising training compute."""
    arms: tuple[Arm, ...]
    """The bases first, the sampled one before the greedy one; then by number of PTEs and label."""
    means: Array
    """[arm, rung]: mean score over items and replicates."""
    counts: Array
    """[arm, rung]: items behind each mean; NaN where the source does not say."""
    chance: float = 0.0
    """Expected score of a guess: the mean of 1 / options where there are options, else 0."""
    items: tuple[str, ...] = ()
    """Problem ids; empty for published scores, which have no items."""
    scores: Array | None = None
    """[arm, rung, item]: mean over replicates; None for published scores."""
    replicates: Array | None = None
    """[arm, rung, replicate, item]; None where there is one replicate, or none."""
    pools: Mapping[tuple[int, int], CandidatePool] = field(default_factory=dict)
    """By (arm, rung), the selection pool of arms whose choice can be made again from it."""
    shared: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """By (arm, rung), another arm whose pool on that rung holds all draws of this one, as forty
    votes hold the five, and the base's single draw, which come first in it."""
    multiples: Array | None = None
    """[arm, rung]: inference FLOP over the base's on the same problems, gross: every prompt token
    of every call counted; NaN where unknown."""
    net_multiples: Array | None = None
    """[arm, rung]: the same net of each attempt's own prefix, which counts once; NaN where unknown,
    as of published scores."""
    one_time: Array | None = None
    """[arm, rung]: one-time FLOP as a share of the rung's training FLOP; NaN where unknown."""
    reference: Reference = SAMPLED
    """Which arms without a selection gains are over; one for the whole experiment."""
    endings: CellEndings | None = None
    """How attempts ended, and the scores if those that were cut were right; None for published
    scores."""
    shares_items_with: tuple[str, ...] = ()
    """Names of other experiments on some of the same items: no independent evidence."""
    findings: tuple[Finding, ...] = ()
    """What was left out on the way here, and why."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    toy: bool | None = False
    """Whether the benchmark says that it is a toy; None where the source does not tell."""

    @property
    def base(self) -> int | None:
        """Index of the base that decodes as the reference does, or None."""
        return self._base(self.reference.marked)

    @property
    def other_base(self) -> int | None:
        """Index of the base of the other decoding, or None where one decoding was run."""
        return self._base(not self.reference.marked)

    def _base(self, greedy: bool) -> int | None:
        same = (i for i, a in enumerate(self.arms) if a.is_base and a.greedy == greedy)
        return next(same, None)

    def decoding(self, arm: int) -> Decoding:
        """How an arm decodes."""
        if self.arms[arm].greedy:
            return Decoding.GREEDY
        return Decoding.SAMPLED if self.reference.marked else self.reference.decoding

    def compared_with(self, arm: int) -> tuple[int, ...]:
        """The bases that an arm's gain is over, the one to be read first.

        A selection is compared with both, the reference first. An arm without one is compared with
        the base that decodes as it does; the base of the other decoding with the reference.
        """
        if self.base is None:
            return ()
        both = (self.base,) if self.other_base is None else (self.base, self.other_base)
        named = self.arms[arm]
        if named.is_base or len(both) == 1:
            return both[:1]
        if named.selects:
            return both
        return both[:1] if named.greedy == self.reference.marked else both[1:]

    @property
    def compares(self) -> bool:
        """Whether there is a base with a score to compare with."""
        return self.base is not None and not np.isnan(self.means[self.base]).all()

    @property
    def x(self) -> Array:
        """[rung]: log10(training FLOP / 1e21); NaN where it is unknown or not valid for CEG."""
        return np.array([rung.x if rung.valid else nan for rung in self.rungs])

    def arm(self, label: str) -> int:
        """Index of an arm.

        Raises:
            KeyError: no arm of that label.
        """
        for index, arm in enumerate(self.arms):
            if arm.label == label:
                return index
        raise KeyError(label)

    @cached_property
    def _stacks(self) -> dict[frozenset[Part], int]:
        def stands(arm: Arm) -> bool:
            selecting = arm.selects and not arm.greedy
            return not arm.oracle and (selecting or arm.greedy == self.reference.marked)

        usual = [(i, arm) for i, arm in enumerate(self.arms) if stands(arm)]
        return {frozenset(arm.parts): index for index, arm in reversed(usual)}

    def stack(self, parts: Iterable[Part]) -> int | None:
        """Index of the arm of exactly these PTEs with these parameters that decodes as the
        reference does, a selection's being sampled, or None."""
        return self._stacks.get(frozenset(parts))

    def called(self, arm: int) -> str:
        """What an arm is called within the lattice, whose decoding is that of the reference."""
        return self.arms[arm].label.replace(GREEDY_MARK, "")

    def piece(self, part: Part) -> str:
        """What to call a PTE: the label of the arm that is it alone, else its name."""
        alone = self.stack((part,))
        return part[0] if alone is None else self.called(alone)
