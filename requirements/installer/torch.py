"""Torch, whose build differs by index: the CPU's where it is to be had, else one that works."""

from __future__ import annotations

from pathlib import Path

from installer.choice import Choice
from installer.errors import InstallError
from installer.imports import trouble
from installer.pip import answers, install, must_install, python_of

CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def install_torch(venv: Path, requirements: Path, choice: Choice) -> None:
    """Torch in the version of torch.txt, seen to import.

    Raises:
        InstallError: It could not be installed, or does not import; says what to do.
    """
    pin = requirements / "torch.txt"
    if not (choice.cpu_torch and _from_cpu_index(venv, pin)):
        must_install(venv, "torch", "--no-deps", "-r", str(pin))
    if choice.pins == "gpu.txt":
        return  # its libraries are in gpu.txt
    wrong = trouble(python_of(venv), "torch")
    if wrong and wrong.lacks_cuda:
        print(
            "  It is the build for NVIDIA GPUs, which needs its libraries even on a CPU: pip "
            "brings them now (2.2 GB to download, 4 GB on disk) ...",
            flush=True,
        )
        must_install(venv, "torch's libraries", "-r", str(pin))
        wrong = trouble(python_of(venv), "torch")
    # What torch imports besides is in cpu.txt, which comes next.
    if wrong and "which is not installed" not in wrong.words:
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
