"""`pte track`: tells Weights & Biases what folders hold, now and from their beginning."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from harness.cli.options import run_folders
from harness.console import Console
from harness.contracts.tracking import WandbConfig
from harness.engines.protocol import FAKE, NOT_MEASURED
from harness.errors import UserError
from harness.run.folder import CONFIG, PLAN, read_plan
from harness.settings.changes import changed
from harness.settings.composing import composed
from harness.settings.tracking import tracking_of
from harness.settings.written import read_block
from harness.tracking.publication import PUBLICATION
from harness.tracking.upload import upload_now

SUMMARY = "tell Weights & Biases what a run, or a report, holds"
DESCRIPTION = (
    "Brings runs to W&B from their records: a W&B run a cell, grouped by sweep. What W&B holds\n"
    "already is left alone, and a W&B run that is told again is overwritten. Folders that\n"
    "'pte analyze' wrote become a W&B run of their own.\n"
    "Settings are those that the run was started with; tracking.mode=offline and others of\n"
    "configs/tracking/wandb.yaml stand on top of them."
)
PREFIX = "tracking."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument(
        "runs",
        nargs="*",
        metavar="RUNS",
        help="folders of runs or of reports, folders that hold runs (default: runs), or the "
        "overrides that a run was started with; and tracking.SETTING=VALUE",
    )


def execute(options: argparse.Namespace) -> int:
    """Tell W&B of each folder; 1 if it could not be told everything."""
    console = Console(highlight=False, soft_wrap=True)
    words = [word for word in options.runs if not word.startswith("tracking=")]
    changes = [word for word in words if word.startswith(PREFIX)]
    code = 0
    for folder in _folders([word for word in words if word not in changes]):
        if (folder / PLAN).exists() and read_plan(folder).get("engine") == FAKE:
            raise UserError(f"{folder}: {NOT_MEASURED}, and W&B is told of results alone")
        config = settings(folder, changes)
        config.check()
        outcome = upload_now(folder, config)
        console.print(f"{folder}: {_outcome_text(outcome, config, folder)}", markup=False)
        code |= bool(outcome["trouble"])
    return code


def settings(folder: Path, changes: Sequence[str]) -> WandbConfig:
    """What a folder's run was started with, or else the defaults, with changes on top.

    Raises:
        UserError: there is no such setting, or it is of the wrong kind.
    """
    own = folder / CONFIG
    node = read_block(own, "tracking").get("tracking") if own.exists() else None
    # The run's own settings are there in full, so a change that fits none of them is a slip.
    node = node or composed(["tracking=wandb"]).tracking
    if not OmegaConf.is_dict(node):
        raise UserError(f"{own}: tracking is no block of settings")
    result = tracking_of(changed(OmegaConf.create({"tracking": node}), changes).tracking)
    assert result is not None
    if not any(word.startswith("tracking.dir=") for word in changes):
        result = _at_home(result, folder)
    if result.mode == "disabled":
        raise UserError("tracking.mode is disabled: give tracking.mode=online or offline")
    return result


def _at_home(config: WandbConfig, folder: Path) -> WandbConfig:
    """The settings with W&B's own files in the folder: a run that was copied from elsewhere does
    not say where on this machine they are written."""
    inside = config.dir_of(folder).resolve().is_relative_to(folder.resolve())
    return config if inside else replace(config, dir=None)


def _folders(words: Sequence[str]) -> list[Path]:
    reports = [Path(word) for word in words if (Path(word) / PUBLICATION).exists()]
    others = [word for word in words if Path(word) not in reports]
    return reports + (run_folders(others) if others or not reports else [])


def _outcome_text(outcome: dict[str, Any], config: WandbConfig, folder: Path) -> str:
    if outcome["trouble"]:
        return f"W&B was not told everything: {outcome['trouble']}"
    rest = f"; {outcome['left']} cells have no records yet" if outcome["left"] else ""
    if config.mode == "offline":
        runs = config.dir_of(folder) / "wandb" / "offline-run-*"
        return f"written for W&B{rest}; upload with: wandb sync {runs}"
    return f"told to W&B, project {config.project}{rest}"
