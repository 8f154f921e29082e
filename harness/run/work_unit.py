"""Work units: a plan cut into pieces of work that many processes carry out, each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from pathlib import Path

import msgspec

from harness.errors import UserError
from harness.files import replace_text
from harness.identity import described_as, identify
from harness.plan.cell import Cell
from harness.plan.plan import Plan
from harness.plan.shard import Shard
from harness.run.loading import bound, checkpoint
from harness.settings.hardware import Hardware
from harness.visible import one_line

FILE = "portions.json"
"""File in the run's folder that says how its plan was cut."""

Checkpoint = tuple[str, str | None]
"""Weights and revision: a key of `Plan.jobs`."""


@described_as("portion")
@dataclass(frozen=True)
class WorkUnit:
    """What one process does: a shard of the problems, on some checkpoints one after the other.

    No problem is in two work units with the same weights in any role, so that no two processes ever
    ask for the same draw. (But for problems of the same text at different places.)
    """

    index: int
    checkpoints: tuple[Checkpoint, ...]
    shard: Shard
    hours: float
    """Expected GPU-hours."""

    @property
    def name(self) -> str:
        """Name of the work unit's files: its status, its spending, its journal segment."""
        return f"portion-{self.index:04}"

    def plan(self, plan: Plan) -> Plan:
        """What of a whole plan falls into this work unit, as a plan of its own."""
        own = set(self.checkpoints)
        cells = tuple(cell for cell in plan.cells if _key(cell) in own)
        return self.shard.plan(Plan(cells, (), plan.setting))


@dataclass(frozen=True)
class Division:
    """All work units of a plan."""

    work_units: tuple[WorkUnit, ...]

    @cached_property
    def id(self) -> str:
        """Tells this division from an earlier one of the same run."""
        return identify(portions=self.work_units)

    def write(self, folder: Path) -> None:
        """Write the division into the run's folder."""
        text = msgspec.json.format(msgspec.json.encode(self.work_units), indent=1)
        replace_text(folder / FILE, text.decode())


def divide(plan: Plan, hardware: Hardware, hours: float) -> Division:
    """Cut a plan into work units of about so many GPU-hours each; the same every time.

    Checkpoints that are asked about the same things (one judges what the other says) stay
    together. Small ones are put together in the plan's order, up to `hours`; large ones are cut
    into shards of their problems.

    Raises:
        UserError: `hours` is not above zero.
    """
    if not hours > 0:
        raise UserError(f"a job of {hours} GPU-hours cannot be made: give a number above 0")
    work_units: list[WorkUnit] = []
    small: list[Checkpoint] = []
    filled = 0.0

    def add(checkpoints: Sequence[Checkpoint], shard: Shard, share: float) -> None:
        work_units.append(WorkUnit(len(work_units), tuple(checkpoints), shard, share))

    for group in _groups(plan):
        cells = [cell for key in group for cell in plan.jobs[key]]
        need = hardware.hours(sum(cell.flop for cell in plan.drawing(cells)))
        if small and filled + need > hours:
            add(small, Shard(), filled)
            small, filled = [], 0.0
        if need > hours:
            count = min(ceil(need / hours), max(cell.problems for cell in cells))
            for index in range(count):
                add(group, Shard(index, count), need / count)
        else:
            small, filled = [*small, *group], filled + need
    if small:
        add(small, Shard(), filled)
    return Division(tuple(work_units))


def read_division(folder: Path) -> Division | None:
    """How the run in this folder was divided; None if it was not.

    Raises:
        UserError: the file is damaged.
    """
    try:
        result = (folder / FILE).read_bytes()
        return Division(msgspec.json.decode(result, type=tuple[WorkUnit, ...]))
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, RecursionError) as error:
        said = one_line(str(error))
        raise UserError(f"{folder / FILE} cannot be read ({said}): submit the run again") from error


def _groups(plan: Plan) -> list[list[Checkpoint]]:
    """The plan's checkpoints, those together whose cells ask the same weights in any role."""
    groups: list[tuple[list[Checkpoint], set[str]]] = []
    for key, cells in plan.jobs.items():
        keys, asked = [key], {checkpoint(model) for cell in cells for _, model in bound(cell)}
        apart = []
        for other, theirs in groups:
            if theirs & asked:
                keys, asked = [*other, *keys], asked | theirs
            else:
                apart.append((other, theirs))
        groups = [*apart, (keys, asked)]
    order = {key: place for place, key in enumerate(plan.jobs)}
    results = [sorted(keys, key=order.__getitem__) for keys, _ in groups]
    return sorted(results, key=lambda keys: order[keys[0]])


def _key(cell: Cell) -> Checkpoint:
    return cell.answering_model.weights, cell.answering_model.revision
