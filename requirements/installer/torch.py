"""Torch, whose build differs by index: the CPU's where it is to be had, else one that works."""

from __future__ import annotations

from pathlib import Path

from installer.choice import Choice
from installer.errors import InstallError
from installer.imports import trouble
from installer.pip import answers, install, installed, must_install, python_of

CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def install_torch(venv: Path, pin: Path, choice: Choice) -> None:
    """Torch alone, in the version that the file `pin` names.

    Raises:
        InstallError: Pip found none.
    """
    if f"torch=={installed(venv, 'torch')}" == pin.read_text().strip():
        return
    if not (choice.cpu_torch and _from_cpu_index(venv, pin)):
        must_install(venv, "torch", "--no-deps", "-r", str(pin))


def complete_torch(venv: Path, pin: Path) -> None:
    """Brings the CUDA libraries of a torch that cannot be imported without; else nothing.

    Raises:
        InstallError: Torch does not import, and what to do.
    """
    wrong = trouble(python_of(venv), "torch")
    if wrong and wrong.lacks_cuda:
        print(
            "  The torch that was found is the build for NVIDIA GPUs, which needs its libraries "
            "even on a CPU: pip brings them now (2.2 GB to download, 4 GB on disk) ...",
            flush=True,
        )
        must_install(venv, "torch's libraries", "-r", str(pin))
        wrong = trouble(python_of(venv), "torch")
    if wrong:
        raise InstallError(wrong.words)


def _from_cpu_index(venv: Path, pin: Path) -> bool:
    if not answers(f"{CPU_INDEX}/torch/"):
        print(
            f"  {CPU_INDEX} is not reached, so this is the torch that pip finds elsewhere: a "
            "CPU build (0.2 GB to download) where you have one, else the public index's build for "
            "NVIDIA GPUs (0.5 GB, and 2.2 GB of libraries) ...",
            flush=True,
        )
        return False
    if install(venv, "--no-deps", "--index-url", CPU_INDEX, "-r", str(pin)):
        return True
    print(f"  pip got no torch from {CPU_INDEX}: trying where it looks otherwise ...", flush=True)
    return False
