"""Which code is running: the commit of this checkout, and the content of what runs."""

from __future__ import annotations

import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path

from harness.identity.code_origin import PACKAGES, ROOT

CODE = (".py", ".yaml")
"""Files that decide what a run does: code, and what is composed."""
ASIDE = ("tests", "__pycache__")
DIGITS = 16


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


@cache
def code() -> str:
    """Hash of the project's own code as it lies there: what tells one version from another where no
    commit does (an installed package, a copy without git)."""
    return code_hash(ROOT)


def code_hash(root: Path) -> str:
    """Hash of the project's packages below a folder: files by place and content, 16 digits."""
    digest = sha256()
    files = (path for name in PACKAGES if name not in ASIDE for path in (root / name).rglob("*"))
    for path in sorted(files):
        if path.suffix in CODE and not set(path.relative_to(root).parts) & set(ASIDE):
            digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
            digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:DIGITS]
