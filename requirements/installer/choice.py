"""What a machine gets: a function of its facts alone, so that each platform is tested anywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace

from installer.errors import InstallError
from installer.machine import Gpu, Machine

GLIBC = (2, 31)
"""The oldest C library that every wheel of the lists is built for; torch's needs 2.28."""
GLIBC_OF_ARM_GPU = (2, 34)
"""The same for gpu.txt on aarch64: what vLLM for CUDA decodes videos with has no older builds."""
DRIVER = 580
"""The first driver for CUDA 13, which torch's build in gpu.txt is made for."""
CAPABILITY = (7, 5)
"""The first GPUs (Turing) that CUDA 13 still knows."""
STACKS = ("auto", "cpu", "gpu")


@dataclass(frozen=True)
class Choice:
    """What to install, and how `pte` is then called."""

    pins: str
    """The list in requirements/: cpu.txt or gpu.txt."""
    cpu_torch: bool
    """Whether torch's CPU build is looked for on PyTorch's own index; macOS has no other build."""
    settings: str
    """What the Makefile adds to its commands."""
    why: str
    """One line for the user."""
    gigabytes: float
    """Free disk that the installation needs, at least."""


VLLM_ON_CPU = "engine=vllm hardware=cpu"
TRANSFORMERS = "engine=transformers engine.batch_size=64 hardware=cpu"
CPU = Choice("cpu.txt", True, VLLM_ON_CPU, "vLLM on the CPU", gigabytes=3)


def choose(machine: Machine, wanted: str = "auto") -> Choice:
    """What is installed on the machine; `wanted` is "cpu" or "gpu" to have one whatever is seen.

    Raises:
        InstallError: PyTorch has no builds for the machine, or it has no usable GPU for "gpu".
    """
    if wanted not in STACKS:
        raise InstallError(f"STACK={wanted}: choose one of {', '.join(STACKS)}")
    _refuse_unsupported(machine)
    lack = _lack(machine)
    if wanted == "gpu" and lack:
        raise InstallError(f"STACK=gpu: {lack}. With STACK=cpu everything runs on the CPU")
    if wanted != "cpu" and machine.gpu and not lack:
        return _on_gpu(machine.gpu)
    choice = _on_cpu(machine)
    if wanted == "auto" and machine.gpu:
        return replace(choice, why=f"{choice.why}, as {lack}")
    return choice


def with_transformers(choice: Choice, why: str) -> Choice:
    """The same without vLLM."""
    return replace(choice, settings=TRANSFORMERS, why=f"transformers on the CPU, as {why}")


def _on_gpu(gpu: Gpu) -> Choice:
    hardware = "h100" if any(name in gpu.name for name in ("H100", "H200")) else "a100"
    # Without compilation: the demo loads twenty tiny models one after another.
    settings = f"engine=vllm engine.enforce_eager=true hardware={hardware}"
    return Choice("gpu.txt", False, settings, f"vLLM on {gpu.name}", gigabytes=15)


def _on_cpu(machine: Machine) -> Choice:
    if machine.system == "Darwin":
        choice = with_transformers(CPU, "vLLM has no builds for macOS")
        return replace(choice, cpu_torch=False)
    if not machine.avx2:
        return with_transformers(CPU, "vLLM needs a processor with AVX2")
    return CPU


def _lack(machine: Machine) -> str | None:
    """Why the GPU cannot be used; None where it can."""
    gpu = machine.gpu
    if gpu is None:
        return "no NVIDIA GPU is seen (nvidia-smi shows none)"
    if gpu.driver is not None and gpu.driver < DRIVER:
        return f"{gpu.name} has driver {gpu.driver}, and CUDA 13 needs {DRIVER} or newer"
    if gpu.capability is not None and gpu.capability < CAPABILITY:
        has, needed = (f"{major}.{minor}" for major, minor in (gpu.capability, CAPABILITY))
        return f"{gpu.name} has compute capability {has}, and CUDA 13 needs {needed}"
    if machine.processor == "aarch64" and machine.glibc and machine.glibc < GLIBC_OF_ARM_GPU:
        has, needed = (f"{major}.{minor}" for major, minor in (machine.glibc, GLIBC_OF_ARM_GPU))
        return f"this system has glibc {has}, and vLLM for CUDA needs {needed} on aarch64"
    return None


def _refuse_unsupported(machine: Machine) -> None:
    here = f"{machine.system} on {machine.processor}"
    if machine.system == "Windows":
        raise InstallError("Windows is not supported: run this inside WSL 2, which is Linux")
    if machine.system == "Darwin" and machine.processor != "arm64":
        raise InstallError(
            f"{here}: PyTorch has no builds for Intel Macs. On an Apple silicon Mac this Python is "
            "one for Intel: take an arm64 one (make demo PYTHON=...)"
        )
    if machine.system == "Linux" and machine.processor not in ("x86_64", "aarch64"):
        raise InstallError(f"{here}: PyTorch has builds for x86_64 and aarch64 alone")
    if machine.system == "Linux" and (machine.glibc is None or machine.glibc < GLIBC):
        has = ".".join(map(str, machine.glibc)) if machine.glibc else "another C library (musl?)"
        raise InstallError(
            f"The builds of PyTorch and vLLM need glibc {GLIBC[0]}.{GLIBC[1]} or newer, and this "
            f"system has {has}: take a newer system, or a container such as debian:12"
        )
    if machine.system not in ("Linux", "Darwin"):
        raise InstallError(f"{here} is not supported: Linux and macOS are")
