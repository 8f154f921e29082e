"""The GPUs of this machine that this process may use, as CUDA itself reads that."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

VARIABLE = "CUDA_VISIBLE_DEVICES"


def visible_gpus() -> tuple[str, ...]:
    """What each GPU is called in CUDA_VISIBLE_DEVICES: a number, or GPU-... or MIG-... .

    Without the variable all that the machine has; where it is empty, none. As in CUDA, the first
    name that can be none ends the list.
    """
    named = os.environ.get(VARIABLE)
    if named is None:
        return tuple(map(str, range(_installed())))
    result: list[str] = []
    for name in (each.strip() for each in named.split(",")):
        if not (name.isdecimal() or name.startswith(("GPU-", "MIG-"))) or name in result:
            break
        result.append(name)
    return tuple(result)


def shared_out(devices: Sequence[str], each: int) -> tuple[tuple[str, ...], ...]:
    """Groups of so many devices, neighbours together; what is left over is in none."""
    return tuple(
        tuple(devices[start : start + each]) for start in range(0, len(devices) - each + 1, each)
    )


def _installed() -> int:
    return len([path for path in Path("/dev").glob("nvidia*") if path.name[6:].isdigit()])
