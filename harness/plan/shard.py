"""A shard: every so manieth problem of each benchmark, for one of many processes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.identity import described_as
from harness.plan.plan import Plan


@described_as("shard")
@dataclass(frozen=True, slots=True)
class Shard:
    """The problem at place p of a benchmark belongs to the shard whose `index` is p % `count`."""

    index: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.count:
            raise ValueError(f"there is no shard {self.index} of {self.count}")

    def __str__(self) -> str:
        return f"{self.index}-of-{self.count}"

    @property
    def whole(self) -> bool:
        """Whether there is no other shard."""
        return self.count == 1

    def places(self, problems: int) -> range:
        """Which of a benchmark's places belong to this shard."""
        return range(self.index, problems, self.count)

    def plan(self, plan: Plan) -> Plan:
        """The plan with this shard's problems alone; cells without any are left out."""
        cells = (
            replace(cell, problems=len(self.places(cell.problems)))
            for cell in plan.cells
            if self.places(cell.problems)
        )
        return replace(plan, cells=tuple(cells))


WHOLE = Shard()
