"""Runs a module of the tests as an ordinary user: `python -m tests.sandbox.nobody MODULE ARGS`.

Root first makes Python and this checkout readable to everybody, in a mount namespace of its own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from harness.sandbox.in_worker.linux import MS_BIND, MS_PRIVATE, MS_REC, NEWNS, mount, unshare

ROOT = Path(__file__).resolve().parents[2]
RUN = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)
NOBODY = 65534


def main() -> None:
    """Become nobody, and the module."""
    python, checkout = sys.base_prefix, str(ROOT)
    if os.getuid() == 0:
        python, checkout = _readable(python, checkout)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    os.chdir("/")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    command = [f"{python}/bin/{version}", "-I", "-c", RUN, checkout, *sys.argv[1:]]
    os.execve(command[0], command, {"LC_ALL": "C.UTF-8", "CI": os.environ.get("CI", "")})


def _readable(*folders: str) -> list[str]:
    """The same folders at places that every user can reach."""
    place = Path(tempfile.mkdtemp())
    unshare(NEWNS)
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", str(place), "tmpfs", 0, "mode=755")
    results = []
    for number, folder in enumerate(folders):
        target = place / str(number)
        target.mkdir()
        mount(folder, str(target), None, MS_BIND | MS_REC)
        results.append(str(target))
    return results


if __name__ == "__main__":
    main()
