"""Where code comes from: this project, Python and what is installed, or the user."""

from __future__ import annotations

import sysconfig
import traceback
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder in which the project's packages lie: a checkout's, or where they are installed."""
PACKAGES = ("harness", "benchmarks", "ptes", "analysis", "slurm", "pocket", "configs", "tests")
"""The project's own. What they are is known by the commit (`harness.provenance`), not by ids."""
INSTALLED = ("site-packages", "dist-packages")


def own_place(error: BaseException) -> str | None:
    """The innermost line of a user's own file that an error came through, or None."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        known = frame.filename.startswith("<") or is_ours(frame.filename)
        if not known and not is_installed(frame.filename):
            return f"{Path(frame.filename).name} line {frame.lineno} in {frame.name}"
    return None


@cache
def is_ours(file: str) -> bool:
    """Whether a file is one of the project's own."""
    path = Path(file).resolve()
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PACKAGES


@cache
def is_installed(file: str) -> bool:
    """Whether a file is part of Python itself or of an installed distribution."""
    return any(part in INSTALLED for part in Path(file).resolve().parts) or is_python(file)


@cache
def is_python(file: str) -> bool:
    """Whether a file is of Python's own library."""
    path, paths = Path(file).resolve(), sysconfig.get_paths()
    own = any(path.is_relative_to(Path(paths[n]).resolve()) for n in ("stdlib", "platstdlib"))
    return own and not any(part in INSTALLED for part in path.parts)
