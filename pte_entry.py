"""Where the command `pte` begins: under a name that no folder of a user's is likely to have.

`import harness` alone would find a user's own folder `harness` first where that is on the path;
from here it is the one beside this file, and all of ours after it (`harness.anchor`).
"""

from __future__ import annotations

import os
import signal
import sys


def _interrupted(*_: object) -> None:
    """End on Ctrl-C in one line, whatever is being imported (`harness.interrupts`)."""
    leave = getattr(sys.modules.get("harness.interrupts"), "leave", None)
    if leave is not None:  # not while it is itself being imported
        leave()
    os.write(
        2, b"pte: stopped; whatever was finished is kept: the same command goes on from there\n"
    )
    os._exit(130)


def _take_ctrl_c() -> None:
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:  # a shell may have it ignored
        signal.signal(signal.SIGINT, _interrupted)


if os.path.basename(sys.argv[0]) in ("pte", "pte_entry.py"):
    _take_ctrl_c()

import runpy  # noqa: E402
from pathlib import Path  # noqa: E402

_HERE = str(Path(__file__).resolve().parent)
sys.path.insert(0, _HERE)
try:
    import harness  # noqa: F401  (its import holds the other packages)
finally:
    sys.path.remove(_HERE)


def main() -> int:
    """Run `pte` with the arguments of this process, and return its exit code."""
    _take_ctrl_c()
    try:
        from harness.cli.main import main as command
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"pte: the package {error.name!r}, which every verb needs, is not installed for "
            f"{sys.executable}: pip install -e . where this project lies, or make demo\n"
        )
        return 2
    return command()


def run(module: str) -> None:
    """Run one of our modules as this process's program."""
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    sys.exit(main())
