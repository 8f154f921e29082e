"""The repository's own files, as the tests of this folder read them."""

from __future__ import annotations

import os
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGES = ("harness", "benchmarks", "ptes", "analysis", "pocket", "slurm")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file under version control, and those that are about to be."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("this is no git checkout: which files belong to it is not known")
    paths = (ROOT / name for name in done.stdout.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def read(name: str) -> str:
    """A text file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def pyproject() -> dict[str, Any]:
    """The project's configuration."""
    return tomllib.loads(read("pyproject.toml"))


def data(name: str) -> Any:
    """A YAML file of the repository."""
    return yaml.safe_load(read(name))
