"""Our own packages are found where they lie, whatever folders of their names a user has.

A user's modules are found by PYTHONPATH, often `PYTHONPATH=.`, and a folder `configs`, `benchmarks`
or `analysis` beside them would stand in for ours, with or without an `__init__.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
"""What holds our packages side by side: the checkout, or where pip installed them."""
CONFIGS = ROOT / "configs"
PACKAGES = ("analysis", "benchmarks", "configs", "harness", "pocket", "ptes", "slurm")


class OwnPackages:
    """Finds each of our packages below `ROOT`, before Python looks anywhere else."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where one of our packages lies; None for any other module, and for what is within one."""
        if path is not None or name not in PACKAGES:
            return None
        return PathFinder.find_spec(name, [str(ROOT)], target)


def hold() -> None:
    """Have our packages found here from now on, in this process."""
    if OwnPackages not in sys.meta_path:
        sys.meta_path.insert(0, OwnPackages)


def release() -> None:
    """Have them found here no longer, in a process that runs what a model wrote."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not OwnPackages]


def module_command(module: str) -> list[str]:
    """How another process runs one of our modules; its arguments follow."""
    return [sys.executable, "-c", f"import pte_entry; pte_entry.run({module!r})"]
