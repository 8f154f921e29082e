"""What must hold before a model is loaded: folders that take writes, room on the disk, a fit."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from harness.engines.protocol import EngineConfig
from harness.errors import UserError
from harness.plan.plan import Plan
from harness.run.checkpoints import Examined, examine
from harness.run.loading import Loader, bound, checkpoint
from harness.sandbox.contract import SandboxConfig
from harness.sandbox.pool import Sandbox

BYTES_PER_TOKEN = 12.0
"""Journal bytes a generated token, text and ids together (measured: 8 to 11)."""
SPARE = 64 * 2**20
"""Bytes that must be free beyond what the draws are expected to take."""


def check(
    plan: Plan, engine: EngineConfig, folders: tuple[Path, ...], sandbox: SandboxConfig | None
) -> Examined:
    """What the plan's checkpoints are, where a run can be brought to its end on this machine.

    Args:
        plan: of the run.
        engine: that serves it.
        folders: that it writes to.
        sandbox: None where no program is to be run.

    Raises:
        UserError: something is missing, does not fit, or is not what the settings say.
    """
    if sandbox is not None:
        asyncio.run(_opens(replace(sandbox, workers=1)))
    for folder in folders:
        writable(folder)
        room(folder, plan.distinct.generated_tokens * BYTES_PER_TOKEN)
    loader = Loader(engine, plan.setting)
    examined = examine(plan, engine, ask=True)
    models = {checkpoint(model): model for cell in plan.cells for _, model in bound(cell)}
    for model in models.values():
        if model.parameters is None:  # records give FLOP, which are made of it
            raise UserError(
                f"model {model.name}: its size cannot be read before it is downloaded: "
                f"'hf download {model.weights}', or set model.{model.name}.parameters=NUMBER"
            )
    reason = engine.check(list(models.values()), plan.setting.context_window)
    if reason:
        raise UserError(reason)
    for model in models.values():
        loader.identity(model)
    return examined


async def _opens(sandbox: SandboxConfig) -> None:
    async with Sandbox.open(sandbox):
        """Opened, and so there."""


def writable(folder: Path) -> None:
    """Make the folder and write a byte to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        raise UserError(
            f"the folder {folder} cannot be written ({error.strerror}): "
            "make it writable, or set runs=FOLDER"
        ) from error


def room(folder: Path, needed: float) -> None:
    """Check that the disk can hold what the sweep will draw."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise UserError(
            f"the disk of {folder} has {free / 1e9:.2f} GB free, and this sweep may write "
            f"{(needed + SPARE) / 1e9:.2f} GB: free some space, or set runs=FOLDER on another disk"
        )
