"""Telling W&B of one folder, whether a run's or a publication's."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.contracts.tracking import FOLDER, WandbConfig
from harness.errors import UserError
from harness.tracking.mirror import Mirror, in_a_line
from harness.tracking.publication import PUBLICATION, publish
from harness.tracking.upload_log import only_one
from harness.tracking.wandb_client import WandbClient

OUTCOME = "outcome.json"
LATE = 3
"""Exit code of a mirror for which W&B took longer than it was given."""
RETRY = 0.5
"""Seconds between two looks at whether another mirror has left the folder."""


def upload(
    folder: Path, config: WandbConfig, over: Callable[[], bool], pause: Callable[[float], None]
) -> dict[str, Any]:
    """Tell W&B until the run is over and all of it is told.

    One mirror works on a folder at a time: where several processes carry a run out, the others
    wait for their turn.

    Returns:
        `left`, the number of cells that W&B does not hold whole, and `trouble`, why.
    """
    while True:
        with only_one(folder / FOLDER) as held:
            if held:
                with WandbClient(config, config.dir_of(folder)) as client:
                    return _upload_locked(client, folder, config, over, pause)
        if over():
            time.sleep(RETRY)
        pause(config.interval)


def upload_now(folder: Path, config: WandbConfig) -> dict[str, Any]:
    """Tell W&B what there is, from the start of the folder, and come back.

    Raises:
        UserError: a mirror is at work on the folder.
    """
    with only_one(folder / FOLDER) as held:
        if not held:
            raise UserError(f"{folder} is being brought to W&B just now: wait for its run to end")
    return upload(folder, config, lambda: True, lambda seconds: None)


def _upload_locked(
    client: WandbClient,
    folder: Path,
    config: WandbConfig,
    over: Callable[[], bool],
    pause: Callable[[float], None],
) -> dict[str, Any]:
    if not (folder / PUBLICATION).exists():
        mirror = Mirror(folder, config, client)
        mirror.follow(over, pause)
        return {"left": mirror.left(), "trouble": mirror.trouble}
    try:
        publish(client, folder, config)
    except Exception as error:  # of whatever kind W&B has; the report stands
        return {"left": 1, "trouble": in_a_line(error)}
    return {"left": 0, "trouble": ""}
