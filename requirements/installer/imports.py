"""Whether what was installed can be imported; and if not, what that means in plain words."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

LIBRARY = re.compile(r"(lib[\w.+-]+): cannot open shared object file")
CUDA = re.compile(r"lib(cu|nccl|nvrtc|nvToolsExt|nvJitLink|nvshmem|cupti)")
PACKAGES = {"libnuma.so.1": "libnuma1 on Debian and Ubuntu, numactl-libs on Fedora"}
"""The packages of systems that have libraries which small systems lack."""


@dataclass(frozen=True)
class Trouble:
    """Why an import failed."""

    module: str
    words: str
    """What is wrong and what to do."""
    lacks_cuda: bool = False
    """Whether it is a CUDA build whose libraries are not there, which pip can bring."""
    absent: bool = False
    """Whether a package is not installed: the module itself, or one that it imports."""


def trouble(python: Path, module: str, after: str = "") -> Trouble | None:
    """What keeps the module from being imported, in a process of its own; None where nothing does.

    `after` is a statement to run once it is imported.
    """
    code = f"import {module}\n{after}"
    # -P: a folder of that name where make was called is not what is asked for.
    done = subprocess.run(
        [str(python), "-P", "-c", code], capture_output=True, text=True, check=False
    )
    return None if done.returncode == 0 else explain(module, done.returncode, done.stderr)


def explain(module: str, status: int, errors: str) -> Trouble:
    """The plain words for a failed import, from its exit status and what it wrote."""
    last = errors.strip().rpartition("\n")[2] or f"exit status {status}"
    if library := LIBRARY.search(errors):
        return _without_library(module, library[1])
    if status == -4:  # SIGILL
        return Trouble(module, f"{module} was built for a newer processor than this one: {last}")
    if absent := re.search(r"No module named '([\w.]+)'", last):
        name = absent[1]
        words = f"{module} needs {name}, which is not installed: {last}"
        if name == module:
            words = f"{module} is not installed: the same command installs it"
        return Trouble(module, words, absent=True)
    if "GLIBC" in errors or "undefined symbol" in errors:
        return Trouble(
            module,
            f"{module} does not fit this system or the torch beside it ({last}). Remove the "
            "virtual environment (make clean) and run the same command again",
        )
    return Trouble(module, f"{module} cannot be imported: {last}")


def _without_library(module: str, library: str) -> Trouble:
    if CUDA.match(library):
        words = (
            f"this {module} is the build for NVIDIA GPUs, and its library {library} is missing. "
            f"Either install it with its dependencies (pip install {module}), or a CPU build: let "
            "this machine reach PyTorch's CPU index, or tell pip of a folder that has one "
            "(PIP_FIND_LINKS)"
        )
        return Trouble(module, words, lacks_cuda=True)
    package = f" ({PACKAGES[library]})" if library in PACKAGES else ""
    words = (
        f"{module} needs the system's library {library}, which is missing: install its "
        f"package{package}, remove the file .installed of the virtual environment, and run the "
        "same command again"
    )
    return Trouble(module, words)
