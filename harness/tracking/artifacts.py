"""Files that W&B keeps, brought back."""

from __future__ import annotations

import os
import re
from pathlib import Path

from harness.errors import UserError
from harness.visible import visible

WAIT = 60
"""Seconds that W&B has to answer."""
_NAMED = re.compile(r"[\w.-]+/[\w.-]+/[\w.-]+:[\w.-]+")


def artifact_named(name: str) -> str:
    """The name of an artefact, checked.

    Raises:
        UserError: it is none.
    """
    if not _NAMED.fullmatch(name):
        raise UserError(
            f"{name} names no artefact of W&B: give ENTITY/PROJECT/NAME:VERSION, such as "
            "team/pte/estimates-0f3c:latest"
        )
    return name


def fetch(name: str, folder: Path) -> Path:
    """Bring an artefact's files into a folder.

    Args:
        name: `ENTITY/PROJECT/NAME:VERSION`.
        folder: an empty one.

    Returns:
        The folder that the files lie in.

    Raises:
        UserError: the wandb package is absent, W&B does not answer, or it has no such artefact.
    """
    artifact_named(name)
    try:
        os.environ.setdefault("WANDB_SILENT", "true")
        import wandb
    except ImportError as error:
        raise UserError(
            f"wandb:{name} needs the package wandb: pip install 'pte-harness[wandb]'"
        ) from error
    try:
        found = wandb.Api(timeout=WAIT).artifact(name)
        return Path(found.download(root=str(folder), skip_cache=True))
    except Exception as error:  # of wandb, whose kinds are many
        said = visible(" ".join(str(error).split()))[:300]
        raise UserError(
            f"W&B gives no artefact {name}: {said}. Look for its name on the page of the analysis, "
            "and for WANDB_BASE_URL and WANDB_API_KEY where the server is not W&B's own"
        ) from error
