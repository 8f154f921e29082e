"""`make bench`: every script in turn, each in a process of its own; one line a figure."""

from __future__ import annotations

import subprocess
import sys

SCRIPTS = (
    "overhead",
    "journal",
    "appends",
    "records",
    "bootstrap",
    "sandbox",
    "dual_execution",
    "engine",
    "reward_fill",
    "servers",
    "replicas",
    "submit",
    "ladder",
    "retrieval",
    "searching",
)


def main() -> int:
    """Run all; 1 if any bar was missed."""
    missed = 0
    for script in SCRIPTS:
        module = f"tests.performance.{script}"
        # Engines are talkative on stderr; a script that fails says so by its exit code.
        done = subprocess.run([sys.executable, "-m", module], stderr=subprocess.PIPE, text=True)
        if done.returncode:
            missed = 1
            print(f"{script}: a bar was missed, or it failed:\n{done.stderr[-2000:]}")
    return missed


if __name__ == "__main__":
    raise SystemExit(main())
