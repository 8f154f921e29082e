"""What is told to Weights & Biases, where, and how long anybody waits for it."""

from __future__ import annotations

import netrc
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from harness.errors import UserError, require

MODES = ("online", "offline", "disabled")
FOLDER = "tracking"
"""Folder below a run's folder that holds everything that a mirror writes."""
CLOUD = "https://api.wandb.ai"


@dataclass(frozen=True)
class WandbConfig:
    """Settings of `tracking=wandb`."""

    project: str = "pte"
    entity: str | None = None
    mode: str = "online"
    group: str | None = None
    attempts: int = 10
    texts: bool = True
    interval: float = 15.0
    live: int = 20
    wait: float = 120.0
    dir: str | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise UserError(f"tracking.mode is {self.mode!r}: give {', '.join(MODES)}")
        if not isinstance(self.project, str) or not self.project:
            raise UserError(f"tracking.project is {self.project!r}: give a name")
        for name in ("attempts", "live"):
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                raise UserError(f"tracking.{name} is {value!r}: give a whole number from 0")
        for name in ("interval", "wait"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not value > 0:
                raise UserError(f"tracking.{name} is {value!r}: give a number of seconds")

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
