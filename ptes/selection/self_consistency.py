"""Self-consistency: sample several times, submit the most common answer (Wang et al. 2022)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import comb
from typing import Annotated, ClassVar

from annotated_types import Interval

from harness.contracts.attempt import Attempt, AttemptStatus, Candidate
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.draw import Draw
from harness.contracts.paper import PaperSettings
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.solver import Stage, StageKind, StopRule
from harness.ranges import Several


@dataclass(frozen=True)
class Vote:
    """Gives each candidate the summed weight of all candidates with its canonical answer."""

    kind: StageKind = StageKind.VOTE

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        totals: Counter[str | None] = Counter()
        for candidate in pool:
            totals[candidate.attempt.canonical] += candidate.weight  # type: ignore[assignment]
        return tuple(
            replace(candidate, weight=totals[candidate.attempt.canonical])
            if candidate.weight > 0
            else candidate
            for candidate in pool
        )


@dataclass(frozen=True)
class SelfConsistency(PTE):
    """Majority vote over `n` attempts, ties to the answer seen first.

    `adaptive` stops drawing once the answer in the lead is likely enough to stay there
    (Aggarwal et al. 2023, "adaptive consistency").
    """

    n: Several = 5
    adaptive: bool = False
    confidence: Annotated[float, Interval(gt=0.5, lt=1)] = 0.95

    name: ClassVar[str] = "self_consistency"
    category: ClassVar[str] = "selection"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Wang et al. 2022",
        {"n": 40, "adaptive": False},
        {"n": "section 3.1", "adaptive": "section 3.1: all paths are drawn"},
        "sampled at a temperature of 0.5 to 0.7, and compared with greedy chain of thought",
    )
    needs_sampling: ClassVar[bool] = True

    @property
    def samples(self) -> int:
        return self.n

    def with_samples(self, samples: int) -> SelfConsistency:
        return replace(self, n=max(2, min(self.n, samples)))

    def fills_row(self, task: Task) -> str | None:
        # Of two votes the first always stands; one that stops early is another method.
        return self.name if self.n > 2 and not self.adaptive else None

    def applies_to(self, site: StackContext) -> str | None:
        if not site.task.votable:
            return (
                f"self_consistency counts equal answers, and right answers of {site.task.name} "
                "are many and need not be equal"
            )
        silent = site.task.kind is AnswerKind.OPTION
        if silent and not site.reasoning:
            return (
                "self_consistency over a log-likelihood readout needs chain_of_thought: without a "
                "sampled rationale every vote is the same"
            )
        others = sorted(site.selecting - {self.name})
        if self.adaptive and others:
            return (
                f"self_consistency stops adaptively by counting votes, which {', '.join(others)} "
                "would weight: set pte.self_consistency.adaptive=false"
            )
        return None

    def stages(self, task: Task) -> tuple[Stage, ...]:
        return (Vote(),)

    def stop_rule(self) -> StopRule | None:
        return self._settled if self.adaptive else None

    def _settled(self, attempts: tuple[Attempt, ...]) -> bool:
        answered = [a.canonical for a in attempts if a.status is AttemptStatus.ANSWERED]
        counts = [count for _, count in Counter(answered).most_common(2)]
        if not counts:
            return False
        first, second = counts[0], counts[1] if len(counts) > 1 else 0
        return lead_probability(first, second) > self.confidence


def lead_probability(first: int, second: int) -> float:
    """Posterior probability that the answer with `first` votes beats the one with `second`.

    With a uniform prior on the leader's share of the two it is the chance that a Beta(first + 1,
    second + 1) exceeds one half, for whole counts a binomial sum (Aggarwal et al. 2023, sec. 3.2).
    """
    votes = first + second + 1
    return float(sum(comb(votes, k) for k in range(first + 1)) / 2**votes)
