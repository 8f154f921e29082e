"""A run's folder: what is about to run, put down so that other processes can carry it out."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isnan
from pathlib import Path
from typing import Any

from harness.engines.protocol import FAKE
from harness.errors import UserError
from harness.files import replace_text, with_checksum
from harness.plan.plan import Plan, make
from harness.provenance import git_commit
from harness.records.run_plan import PLAN as PLAN
from harness.records.run_plan import DamagedPlanError, whole_plan
from harness.settings.experiment import RunConfig, stored

_log = logging.getLogger(__name__)

CONFIG = "config.yaml"


def write_plan(
    plan: Plan,
    experiment: RunConfig,
    command: Sequence[str] | None = None,
    models: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Put down in the run's folder what is about to run, before anything does.

    Args:
        plan: its cells.
        experiment: what the plan was made of.
        command: what goes on with it; None stands for `pte run` with the same overrides.
        models: each checkpoint as declared and as its own files say.

    Raises:
        UserError: the folder holds a run that measures, and this one does not, or the reverse.
    """
    _keep_apart(experiment)
    distinct = plan.distinct
    flop = sum(cell.flop for cell in plan.drawing(plan.cells))
    described = {
        "created": time.time(),
        "git_commit": git_commit(),
        "engine": experiment.request.engine.name,
        "command": list(command or ["pte", "run", *experiment.overrides]),
        "overrides": list(experiment.overrides),
        "directory": str(Path.cwd()),
        "journal": str(experiment.journal.resolve()),
        "expected": {
            "requests": distinct.calls,
            "prompt_tokens": distinct.prompt_tokens,
            "generated_tokens": distinct.generated_tokens,
            "gpu_seconds": 3600.0 * experiment.hardware.hours(flop),
            "hardware": experiment.hardware.name,
        },
        "models": list(models),
        "lengths": [
            {"model": answering_model, "benchmark": benchmark, **asdict(lengths)}
            for (answering_model, benchmark), lengths in plan.lengths.items()
        ],
        "cells": [
            {
                "cell": cell.id,
                "model": cell.model.name,
                "benchmark": cell.benchmark,
                "stack": cell.label,
                "stack_config": cell.stack.config,
                "replicate": cell.replicate,
                "problems": cell.problems,
                "requests": cell.price.calls * cell.problems,
                "tokens": cell.price.tokens * cell.problems,
                "flop": cell.flop,
                "flop_at_worst": cell.worst_flop,
                "x_base_net": None if isnan(cell.net_multiplier) else cell.net_multiplier,
                "x_base_gross": None if isnan(cell.gross_multiplier) else cell.gross_multiplier,
                "longest": cell.worst.longest,
                "notes": list(cell.notes),
                "sources": dict(cell.sources),
            }
            for cell in plan.cells
        ],
        "refusals": [asdict(refusal) for refusal in plan.refusals],
    }
    replace_text(experiment.folder / PLAN, json.dumps(with_checksum(described), indent=1))
    replace_text(experiment.folder / CONFIG, experiment.config)


def _keep_apart(experiment: RunConfig) -> None:
    """Refuse a folder in which results would come to lie beside what no model said."""
    if not (experiment.folder / PLAN).exists():
        return
    try:
        there = read_plan(experiment.folder).get("engine")
    except DamagedPlanError as damage:
        _log.warning("%s; it is made anew", damage)
        return
    if there is not None and (there == FAKE) != (experiment.request.engine.name == FAKE):
        raise UserError(
            f"{experiment.folder} holds a run with engine={there}: results do not lie beside what "
            "no model said, give this run another name"
        )


def read_plan(folder: Path, *fields: str) -> dict[str, Any]:
    """What `write_plan` put down, with these fields whatever older plans have.

    Raises:
        UserError: there is no plan, or it is damaged (`DamagedPlanError`).
    """
    return whole_plan(folder, *fields)


@dataclass(frozen=True)
class Stored:
    """A run made again from its folder alone."""

    plan: Plan
    experiment: RunConfig


def rebuild(folder: Path) -> Stored:
    """Make a run's plan again from what its folder holds.

    Call it in the directory that the run was started in (`read_plan(folder)["directory"]`).

    Raises:
        UserError: the folder holds no run, or code or data now make another plan.
    """
    folder = folder.resolve()
    result = read_plan(folder, "overrides", "journal")
    try:
        config = (folder / CONFIG).read_text()
    except OSError as error:
        raise UserError(f"{folder / CONFIG} cannot be read ({error.strerror})") from error
    experiment = stored(config, result["overrides"])
    experiment = replace(experiment, folder=folder, journal=Path(result["journal"]))
    plan = make(experiment.request)
    _compare(folder, {cell["cell"]: cell["problems"] for cell in result["cells"]}, plan)
    return Stored(plan, experiment)


def _compare(folder: Path, submitted: dict[str, int], plan: Plan) -> None:
    now = {cell.id: cell.problems for cell in plan.cells}
    if now == submitted:
        return
    changed = len(submitted.items() ^ now.items())
    raise UserError(
        f"the code or the data now make another plan than the one in {folder}: {changed} of its "
        f"{len(submitted)} cells are missing, new or changed. Use the code and data that it was "
        f"made with (see git_commit in {folder / PLAN}), or start the sweep anew with both"
    )
