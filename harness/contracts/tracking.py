"""What is told to Weights & Biases, where, and how long anybody waits for it."""

from __future__ import annotations

import netrc
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from harness.errors import UserError, require
from harness.ranges import CountFromZero, Seconds, Text

FOLDER = "tracking"
"""Folder below a run's folder that holds everything that a mirror writes."""
CLOUD = "https://api.wandb.ai"


@dataclass(frozen=True)
class WandbConfig:
    """Settings of `tracking=wandb`."""

    project: Text = "pte"
    entity: Text | None = None
    mode: Literal["online", "offline", "disabled"] = "online"
    group: Text | None = None
    attempts: CountFromZero = 10
    texts: bool = True
    interval: Seconds = 15.0
    live: CountFromZero = 20
    wait: Seconds = 120.0
    dir: Text | None = None

    def check(self) -> None:
        """Whether W&B can be told anything at all; whether it answers is not asked.

        Raises:
            UserError: the package or the key is missing.
        """
        if self.mode != "disabled" and find_spec("wandb") is None:
            require("wandb", "wandb")
        if self.mode == "online" and not _has_key():
            raise UserError(
                "tracking.mode=online needs a key: set WANDB_API_KEY or run 'wandb login', or take "
                "tracking.mode=offline and 'wandb sync' later"
            )

    def group_of(self, folder: Path) -> str:
        """The group that the W&B runs of this folder are in."""
        return self.group or folder.resolve().name

    def dir_of(self, folder: Path) -> Path:
        """Where W&B keeps its own files of this folder's runs."""
        return Path(self.dir) if self.dir else folder / FOLDER


def _has_key() -> bool:
    """Whether the environment or a netrc file holds credentials for the W&B server."""
    if os.environ.get("WANDB_API_KEY") or os.environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return True
    host = urlsplit(os.environ.get("WANDB_BASE_URL", CLOUD)).hostname or ""
    named = os.environ.get("NETRC")
    paths = [Path(named)] if named else [Path.home() / ".netrc", Path.home() / "_netrc"]
    for path in paths:
        try:
            if netrc.netrc(path).authenticators(host):
                return True
        except (OSError, netrc.NetrcParseError):
            continue
    return False
