"""Which code is running: the commit of this checkout."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path


@cache
def git_commit() -> str:
    """Commit of the checkout that this package runs from, `+dirty` if changed; empty if none."""
    here = Path(__file__).parent

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(here), *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    try:
        # Another project's repository around an installed copy says nothing about this code.
        if not git("ls-files", "provenance.py"):
            return ""
        return git("rev-parse", "HEAD") + ("+dirty" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""
