"""What this project says that it needs, and the versions that it was tested with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness.anchor import ROOT

PROJECT = "pte-harness"
LISTS = ("requirements/cpu.txt", "requirements/gpu.txt", "requirements/torch.txt")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@cache
def project(root: Path = ROOT) -> dict[str, Any]:
    """The `project` table of pyproject.toml beside the code; empty for an installed copy."""
    try:
        found: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    except (OSError, KeyError):
        return {}
    return found if found.get("name") == PROJECT else {}


def needed() -> list[Requirement]:
    """What every run needs, on this machine."""
    stated = project().get("dependencies")
    lines = list(stated) if stated is not None else [*_of_metadata()]
    made = [Requirement(line) for line in lines]
    return [each for each in made if each.marker is None or each.marker.evaluate({"extra": ""})]


def optional() -> dict[str, Requirement]:
    """What some extra brings, by name; the project's own tools and documentation left out."""
    extras = project().get("optional-dependencies", {})
    lines = [line for name, each in extras.items() if name not in ("dev", "docs") for line in each]
    made = map(Requirement, lines or [*_of_metadata()])
    return {canonicalize_name(each.name): each for each in made}


def tested() -> dict[str, set[str]]:
    """Versions in the pinned lists, by package; empty for an installed copy."""
    results: dict[str, set[str]] = {}
    for name in LISTS:
        if (ROOT / name).is_file():
            for package, pinned in PIN.findall((ROOT / name).read_text()):
                results.setdefault(canonicalize_name(package), set()).add(pinned)
    return results


def installed(package: str) -> str | None:
    """The version of a package that is installed; None where it is not."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _of_metadata() -> Iterator[str]:
    try:
        yield from requires(PROJECT) or []
    except PackageNotFoundError:
        return
