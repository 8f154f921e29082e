"""The virtual environment itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from installer.errors import InstallError
from installer.pip import python_of


def make(venv: Path) -> None:
    """An environment of this very Python, with pip: the one that is there, or a new one.

    Raises:
        InstallError: The folder is something else, or this Python lacks what it takes.
    """
    if _usable(venv):
        return
    if venv.exists() and not (venv / "pyvenv.cfg").is_file() and any(venv.iterdir()):
        raise InstallError(f"{venv} is there and is no virtual environment: remove or rename it")
    if venv.exists():
        print(f"  {venv} is of another Python, or broken: made anew", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(venv)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        shutil.rmtree(venv, ignore_errors=True)
        raise InstallError(_why(done.stdout + done.stderr))


def _usable(venv: Path) -> bool:
    code = "import pip, sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run(
            [str(python_of(venv)), "-c", code], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return done.stdout.split() == [str(number) for number in sys.version_info[:2]]


def _why(output: str) -> str:
    if "ensurepip" in output or "No module named venv" in output:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return (
            f"{sys.executable} cannot make virtual environments. On Debian and Ubuntu: "
            f"apt install python{version}-venv. Else name a whole Python: make demo PYTHON=..."
        )
    last = output.strip().rpartition("\n")[2]
    return f"{sys.executable} -m venv failed: {last or 'without a word'}"
