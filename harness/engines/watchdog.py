"""Ends an engine's processes when the process that started them is gone.

vLLM's engine runs in processes of its own, which outlive a parent that was killed (`kill -9`) and
go on holding the accelerator; the resumed run would then find it full. A small process
beside them waits for the parent to disappear and ends what it left.

    python -m harness.engines.watchdog PARENT CHILD [CHILD ...]
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil

from harness.anchor import module_command

POLL_SECONDS = 0.5


def watch_children() -> subprocess.Popen[bytes] | None:
    """Guard all child processes that this process has now; terminate the guard when they end."""
    children = [str(child.pid) for child in psutil.Process().children(recursive=True)]
    if not children:
        return None
    return subprocess.Popen(
        [*module_command("harness.engines.watchdog"), str(os.getpid()), *children],
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # a signal to the run's process group must not end the guard first
    )


def main(arguments: list[str]) -> None:
    """Wait for the parent to go, then end its children."""
    parent, *pids = map(int, arguments)
    children, leaders = [], set()
    for pid in pids:
        # Held as objects, which know a process by its start time: a reused number is left alone.
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            children.append(psutil.Process(pid))
            if os.getpgid(pid) == pid:
                leaders.add(pid)
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    for child in children:
        # What a leader has started since is in its group, also where the leader has gone.
        if child.pid in leaders and (child.is_running() or not psutil.pid_exists(child.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()


if __name__ == "__main__":
    main(sys.argv[1:])
