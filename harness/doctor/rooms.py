"""All checks: ours, and those of other packages (entry point `pte.doctor`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib.metadata import EntryPoint, entry_points

from harness.doctor import (
    accelerator,
    data,
    disk,
    files,
    hub,
    installation,
    jail,
    memory,
    ports,
    tracking,
)
from harness.doctor.contract import Asked, Check, Finding, fail

GROUP = "pte.doctor"
"""Entry points of other packages: sequences of `Check`."""
OWN: Sequence[Check] = (
    *installation.CHECKS,
    *accelerator.CHECKS,
    *memory.CHECKS,
    *jail.CHECKS,
    *data.CHECKS,
    *hub.CHECKS,
    *files.CHECKS,
    *disk.CHECKS,
    *ports.CHECKS,
    *tracking.CHECKS,
)


def checks() -> list[Check]:
    """Every check, in the order in which they are made; those that load a model come last."""
    results = list(OWN)
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        try:
            results += point.load()
        except Exception as error:  # a package that is broken must not cost the other checks
            results.append(Check(point.name, partial(_broken, point, str(error))))
    return sorted(results, key=lambda check: check.smoke)


def _broken(point: EntryPoint, error: str, _: Asked) -> Finding:
    return fail(
        f"the checks of {point.value} cannot be loaded: {error}", "install its package again"
    )
