"""The plan in a run's folder, as it was put down; `harness.run.folder` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from harness.errors import UserError
from harness.files import checked
from harness.stored import Amount, Moment, Number, amount_or_unknown, data_in, shaped

PLAN = "plan.json"
Words = list[str] | UnsetType
"""Fields may be missing: a list of cells alone is a plan; `whole_plan` asks for the rest."""

OF_CELLS = ("model", "benchmark", "stack", "replicate", "problems", "flop")
"""Fields of a cell that every plan has had."""


class PlannedCell(msgspec.Struct):
    """What an entry of `cells` may hold; further fields are passed over."""

    cell: str
    model: str | UnsetType = UNSET
    benchmark: str | UnsetType = UNSET
    stack: str | UnsetType = UNSET
    stack_config: str | UnsetType = UNSET
    replicate: Number | UnsetType = UNSET
    problems: Annotated[int, Meta(ge=1, le=10**9)] | UnsetType = UNSET
    flop: float | UnsetType = UNSET
    """NaN for a model of unknown size."""
    x_base_net: Amount | None = None
    x_base_gross: Amount | None = None
    notes: Words = UNSET

    def __post_init__(self) -> None:
        if self.flop is not UNSET:
            amount_or_unknown(self.flop)


class ExpectedSpending(msgspec.Struct):
    """What a run was expected to take."""

    requests: Amount
    prompt_tokens: Amount
    generated_tokens: Amount
    gpu_seconds: float
    """NaN where a model is of unknown size."""
    hardware: str

    def __post_init__(self) -> None:
        amount_or_unknown(self.gpu_seconds)


class RunPlan(msgspec.Struct):
    """What `plan.json` may hold."""

    cells: list[PlannedCell]
    created: Moment | UnsetType = UNSET
    git_commit: str | UnsetType = UNSET
    engine: str | None = None
    command: Words = UNSET
    overrides: Words = UNSET
    directory: str | UnsetType = UNSET
    journal: str | UnsetType = UNSET
    expected: ExpectedSpending | None = None
    models: list[dict[str, Any]] | UnsetType = UNSET


class DamagedPlanError(UserError):
    """A plan is there, and is not as it was written."""

    def __init__(self, path: Path, why: object) -> None:
        super().__init__(
            f"{path} is damaged ({why}): start the same pte run again, which makes it anew"
        )


def read_run_plan(folder: Path) -> dict[str, Any]:
    """What was put down in a run's folder before it began.

    Raises:
        DamagedPlanError: the file is not as it was written.
        UserError: there is none, or it cannot be read.
    """
    path = folder / PLAN
    try:
        result = checked(data_in(path, nan=True))
        shaped(result, RunPlan)
    except OSError as error:
        raise UserError(
            f"no run in {folder}: {path} cannot be read ({error.strerror or error})"
        ) from error
    except ValueError as error:
        raise DamagedPlanError(path, error) from error
    return result


def whole_plan(folder: Path, *further: str) -> dict[str, Any]:
    """A run's plan with every field that telling of the run takes, and `further` ones.

    Raises:
        UserError: as `read_run_plan`; a field is missing.
    """
    result = read_run_plan(folder)
    wanted = [(result, ("command", *further)), *((cell, OF_CELLS) for cell in result["cells"])]
    for entry, names in wanted:
        if missing := [name for name in names if name not in entry]:
            raise DamagedPlanError(folder / PLAN, f"it lacks {missing[0]}")
    return result
