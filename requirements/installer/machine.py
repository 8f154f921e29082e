"""What there is to know of a machine before anything is installed on it."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Gpu:
    """An NVIDIA GPU, as its driver describes it."""

    name: str
    driver: int | None
    """Major version of the driver: 580 of 580.65.06; None where it could not be read."""
    capability: tuple[int, int] | None
    """CUDA compute capability: (9, 0) of an H100; None where it could not be read."""


@dataclass(frozen=True)
class Machine:
    """The facts that decide what is installed."""

    system: str
    """As platform.system() has it: Linux, Darwin, Windows."""
    processor: str
    """As platform.machine() has it: x86_64, aarch64, arm64."""
    glibc: tuple[int, int] | None = None
    """Version of the C library; None where it is another one (macOS, musl)."""
    avx2: bool = True
    """Whether an x86-64 processor has AVX2; true of other processors."""
    gpu: Gpu | None = None
    """The first NVIDIA GPU that programs may use."""


def look() -> Machine:
    """The machine that this program runs on."""
    system, processor = platform.system(), platform.machine()
    name, version = platform.libc_ver() if system == "Linux" else ("", "")
    return Machine(
        system=system,
        processor=processor,
        glibc=_pair(version) if name == "glibc" else None,
        avx2=processor != "x86_64" or _has_avx2(Path("/proc/cpuinfo")),
        gpu=nvidia(os.environ) if system == "Linux" else None,
    )


def nvidia(environment: Mapping[str, str], proc: Path = Path("/proc/driver/nvidia")) -> Gpu | None:
    """The first NVIDIA GPU, from nvidia-smi or the driver's files; None where none may be used."""
    if environment.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1"):
        return None
    return parse_smi(_smi()) or _from_driver(proc)


def parse_smi(lines: str) -> Gpu | None:
    """The GPU of the first line of nvidia-smi's `name, driver_version, compute_cap`."""
    fields = [field.strip() for field in lines.strip().partition("\n")[0].split(",")]
    if len(fields) != 3:
        return None
    return Gpu(fields[0], _major(fields[1]), _pair(fields[2]))


def _smi() -> str:
    query = ["nvidia-smi", "--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _from_driver(proc: Path) -> Gpu | None:
    """For containers that have the device and no nvidia-smi."""
    models = sorted(proc.glob("gpus/*/information"))
    if not models:
        return None
    name = re.search(r"^Model:\s*(.+?)\s*$", models[0].read_text(), re.MULTILINE)
    version = proc / "version"
    driver = re.search(r"\s(\d+)\.\d+[.\d]*\s", version.read_text()) if version.is_file() else None
    return Gpu(name[1] if name else "NVIDIA GPU", int(driver[1]) if driver else None, None)


def _has_avx2(cpuinfo: Path) -> bool:
    return not cpuinfo.is_file() or " avx2 " in cpuinfo.read_text().replace("\n", " \n")


def _major(version: str) -> int | None:
    digits = re.match(r"\d+", version)
    return int(digits[0]) if digits else None


def _pair(version: str) -> tuple[int, int] | None:
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return (int(numbers[1]), int(numbers[2])) if numbers else None
