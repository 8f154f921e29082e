"""What runs in a job of the array: one work unit of a run, under submitit's signals."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from submitit.core.utils import DelayedSubmission, UncompletedJobError

from slurm.queue import state_of

PREEMPTED = signal.SIGUSR2
"""What Slurm is asked to send before a limit or a preemption."""
INTERRUPTED = 130
"""Exit code of work that a signal ended."""
AGAIN = 128 + PREEMPTED
"""Exit code at which the batch script requeues the job (`templates/again.sh`)."""


@dataclass(frozen=True)
class WorkUnitJob:
    """Does work units of the run in `folder`; pickled by submitit, so it holds no more than
    that."""

    folder: str
    said: str = ""
    """What the folder said when this was submitted: see `harness.run.own_runs`."""

    def __call__(self, work_unit: int) -> int:
        """Work until the work unit is done, or a signal says to stop.

        Returns:
            0 done, 1 done with failures that the records tell of.

        Raises:
            UncompletedJobError: it was cancelled, or requeued too often.
            UserError, EngineLostError, JournalError: it cannot go on.
        """
        return resumable(lambda: self._work(work_unit))

    def checkpoint(self, work_unit: int) -> DelayedSubmission:
        """What goes on after a requeue: the same, since all that was drawn is in the journal."""
        return DelayedSubmission(self, work_unit)

    def _work(self, work_unit: int) -> int:
        from harness.cli.work import work  # a second, in which the handlers stand already

        return work(Path(self.folder), work_unit, submitted=self.said)


def resumable(work: Callable[[], int]) -> int:
    """Run `work`, which drains by itself when it is told to stop, and then requeue the job.

    The harness drains on SIGTERM and USR2 alike. Whether the job is to go on is the scheduler's to
    say: one that still counts as running was warned of a preemption or of its limit, and is
    requeued, by submitit where it can. One that was cancelled, or that Slurm requeues itself, ends.
    """
    if shutil.which("scontrol") is None:  # in a container: the batch script, outside, has it
        signal.signal(PREEMPTED, _leave)
    requeue = signal.getsignal(PREEMPTED)
    others = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    code = work()
    # Draining took the handlers off; a second warning must not kill what is left to do.
    signal.signal(PREEMPTED, signal.SIG_IGN)
    for number, handler in others.items():
        signal.signal(number, handler)
    if code != INTERRUPTED:
        return code
    if callable(requeue) and state_of(os.environ["SLURM_JOB_ID"]) in ("RUNNING", "UNKNOWN"):
        requeue(PREEMPTED, None)  # and exits
    raise UncompletedJobError("stopped by a signal; every finished draw is kept")


def _leave(*_: object) -> NoReturn:
    sys.exit(AGAIN)
