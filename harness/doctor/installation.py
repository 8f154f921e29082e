"""Python, the packages, and whether what is installed is as old as the code."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import entry_points

from packaging.requirements import Requirement

from harness import __version__
from harness.doctor.contract import Asked, Check, Finding, fail, ok, warn
from harness.doctor.declared import installed, needed, optional, project, tested

TESTED = ((3, 11), (3, 13))
"""The first and the last Python that the project is tested with."""
SYSTEMS = ("Linux", "Darwin")


def python(_: Asked) -> Finding:
    """Version, system and processor."""
    seen = sys.version_info[:2]
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    what = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {cores} cores"
    first, last = (f"{major}.{minor}" for major, minor in TESTED)
    if seen < TESTED[0]:
        return fail(what, f"take Python {first} to {last}: make clean, make demo PYTHON=python3.12")
    if platform.system() not in SYSTEMS:
        return fail(what, "Linux and macOS are supported; on Windows run this inside WSL 2")
    if seen > TESTED[1]:
        return warn(what, f"tested are {first} to {last}: if something is odd, take one of these")
    return ok(what, cores=cores)


def packages(_: Asked) -> Finding:
    """Everything that is needed, within the range that is declared; which are as tested."""
    wanted, pinned = needed(), tested()
    absent = [each for each in wanted if installed(each.name) is None]
    others = [each for each in optional().values() if installed(each.name)]
    wrong = [each for each in wanted if each not in absent and not _within(each)]
    odd = [each for each in others if not _within(each)]
    there = {each.name: installed(each.name) for each in (*wanted, *others)}
    if absent:
        names = " ".join(each.name for each in absent)
        return fail(f"not installed: {names}", "pip install -e . (or make demo, which does it)")
    if wrong:
        return fail(_versions(wrong), f"pip install {_quoted(wrong)}")
    if odd:
        return warn(_versions(odd), f"outside what is supported: pip install {_quoted(odd)}")
    if stale := _undeclared():
        return warn(
            f"the installed pte-harness is older than this code: it lacks {', '.join(stale)}",
            "install it again where it lies: pip install --no-deps -e .",
        )
    other = [f"{n} {v}" for n, v in there.items() if n in pinned and _public(v) not in pinned[n]]
    what = f"pte-harness {__version__}, {len(there)} packages, all within their ranges"
    if other:
        some = ", ".join(other[:5]) + (", ..." if len(other) > 5 else "")
        what += f"; {len(other)} not in the tested version ({some})"
    return ok(what, **there)


def _within(each: Requirement) -> bool:
    seen = installed(each.name)
    return seen is not None and each.specifier.contains(_public(seen), prereleases=True)


def _public(version: str | None) -> str:
    """A version without the mark of its build, such as +cpu."""
    return (version or "").partition("+")[0]


def _versions(wrong: list[Requirement]) -> str:
    return ", ".join(f"{e.name} {installed(e.name)} (needs {e.specifier})" for e in wrong)


def _quoted(wrong: list[Requirement]) -> str:
    return " ".join(f"'{each.name}{each.specifier}'" for each in wrong)


def _undeclared() -> list[str]:
    """Entry points of pyproject.toml that the installed package does not know of."""
    missing = []
    for group, named in project().get("entry-points", {}).items():
        known = {point.name: point.value for point in entry_points(group=group)}
        missing += [name for name, value in named.items() if known.get(name) != value]
    return missing


CHECKS = (Check("python", python), Check("packages", packages))
