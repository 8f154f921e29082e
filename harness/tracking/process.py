"""The mirror as a process of its own, which ends with the run that started it.

    python -m harness.tracking.process FOLDER SETTINGS PARENT

A line on standard input says that the run is over and how many seconds are left for W&B.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from harness.contracts.tracking import FOLDER, WandbConfig
from harness.files import replace_text
from harness.tracking.upload import LATE, OUTCOME, upload

POLL = 0.5


class Parent:
    """Whether the run is still there, and how long W&B has once it is not."""

    def __init__(self, pid: int, wait: float) -> None:
        self._pid = pid
        self._wait = wait
        self._over = False
        signal.signal(signal.SIGTERM, lambda *_: self._end(wait))
        for other in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(other, signal.SIG_IGN)  # batch systems send them to whole jobs

    def over(self) -> bool:
        """Whether the run is over: it said so, or its process is gone."""
        if not self._over and os.getppid() != self._pid:
            self._end(self._wait)
        if not self._over and select.select([sys.stdin], [], [], 0)[0]:
            said = sys.stdin.readline()
            self._end(float(said) if said.strip() else self._wait)
        return self._over

    def pause(self, seconds: float) -> None:
        """Wait, unless the run ends before."""
        end = time.monotonic() + seconds
        while not self.over() and time.monotonic() < end:
            time.sleep(min(POLL, max(0.0, end - time.monotonic())))

    def _end(self, seconds: float) -> None:
        if not self._over:
            self._over = True
            late = threading.Timer(seconds, lambda: os._exit(LATE))
            late.daemon = True
            late.start()


def main(arguments: list[str]) -> int:
    """Mirror until the parent is done with its run; 0 if W&B was told everything."""
    folder, settings, pid = Path(arguments[0]), json.loads(arguments[1]), int(arguments[2])
    # Of whoever started us; it would outlive us, and our end would not be the end of its writing.
    os.environ.pop("WANDB_SERVICE", None)
    parent = Parent(pid, settings["wait"])
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s: %(message)s")
    outcome: dict[str, Any] = upload(folder, WandbConfig(**settings), parent.over, parent.pause)
    replace_text(folder / FOLDER / OUTCOME, json.dumps(outcome))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
