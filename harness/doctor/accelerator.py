"""GPUs, their driver against torch's build, and vLLM."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from harness.doctor.contract import Asked, Check, Finding, fail, ok, skip, warn
from harness.doctor.declared import installed, optional
from harness.engines.memory import GIB
from harness.engines.vllm.config import installed as vllm_version
from harness.errors import UserError

QUERY = "name,driver_version,compute_cap,memory.total,memory.free"
DRIVERS = {11: 450, 12: 525, 13: 580}
"""The first major version of the driver for each major version of CUDA."""
CAPABILITY = (7, 5)
"""The first GPUs (Turing) that CUDA 13 knows."""
TAKEN = 0.1
"""Share of a GPU's memory that others may hold: a run takes 0.9 of it."""
TRIED = "0.32"
"""The version of vLLM with which this project's tests run, on the CPU."""
PROCESS = "torch"


@dataclass(frozen=True)
class Gpu:
    """An NVIDIA GPU, as its driver describes it; memory in bytes."""

    name: str
    driver: str
    capability: tuple[int, int]
    total: float
    free: float


def seen() -> list[Gpu]:
    """The GPUs that nvidia-smi shows; none where there is no nvidia-smi."""
    command = ["nvidia-smi", f"--query-gpu={QUERY}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except FileNotFoundError:
        return []
    except subprocess.CalledProcessError as error:
        told = (error.stdout or error.stderr).strip().splitlines() or ["no message"]
        raise UserError(f"nvidia-smi fails: {told[0]}: look after the driver") from error
    return [_gpu(line) for line in done.stdout.splitlines() if line.strip()]


def _gpu(line: str) -> Gpu:
    name, driver, capability, total, free = (part.strip() for part in line.split(","))
    major, _, minor = capability.partition(".")
    pair = (int(major), int(minor or 0)) if major.isdigit() else (0, 0)
    # Boards that share the machine's memory say [N/A] of it.
    return Gpu(
        name, driver, pair, *(float(n) * 2**20 if n.isdigit() else 0.0 for n in (total, free))
    )


def gpu(_: Asked) -> Finding:
    """Names, memory and compute capability."""
    gpus, torch = seen(), _torch()
    if not gpus and torch and torch.cuda.is_available():
        gpus = [_by_torch(torch, n) for n in range(torch.cuda.device_count())]
    if not gpus:
        return skip("no NVIDIA GPU is seen (nvidia-smi shows none): everything runs on the CPU")
    kinds = list(dict.fromkeys(f"{g.name} ({g.total / GIB:.0f} GiB)" for g in gpus))
    capabilities = ", ".join(sorted({f"{a}.{b}" for a, b in (g.capability for g in gpus)}))
    what = f"{len(gpus)} x {', '.join(kinds)}, compute capability {capabilities}"
    figures = {"gpus": len(gpus), "free_gib": round(min(g.free for g in gpus) / GIB, 1)}
    if old := [g for g in gpus if (0, 0) < g.capability < CAPABILITY]:
        needs = "{}.{}".format(*CAPABILITY)
        return fail(what, f"{old[0].name} is too old for CUDA 13, which needs {needs}: STACK=cpu")
    if full := [g for g in gpus if g.total and g.free < (1 - TAKEN) * g.total]:
        held = (full[0].total - full[0].free) / GIB
        return warn(
            f"{what}; {len(full)} of them partly taken ({held:.1f} GiB of the first)",
            "end what holds it (nvidia-smi shows what), choose another by CUDA_VISIBLE_DEVICES, "
            "or lower engine.gpu_memory_fraction",
            **figures,
        )
    return ok(what, **figures)


def _by_torch(torch: Any, place: int) -> Gpu:
    about = torch.cuda.get_device_properties(place)
    free, total = torch.cuda.mem_get_info(place)
    return Gpu(about.name, "", (about.major, about.minor), float(total), float(free))


def cuda(_: Asked) -> Finding:
    """The driver against torch's build, and a product computed on each GPU."""
    torch, gpus = _torch(), seen()
    if torch is None:
        return skip("torch is not installed", "pip install -e '.[transformers]', or make demo")
    build = torch.version.cuda
    versions = f"torch {torch.__version__}, built for {f'CUDA {build}' if build else 'the CPU'}"
    if not gpus and not torch.cuda.is_available():
        return skip(f"{versions}; no GPU to try it on")
    driver = gpus[0].driver if gpus else "unknown"
    what = f"{versions}; driver {driver}"
    if build is None:
        return fail(what, "a GPU is there and torch cannot use it: make clean, make demo STACK=gpu")
    least = DRIVERS.get(int(build.partition(".")[0]))
    if least and driver.partition(".")[0].isdigit() and int(driver.partition(".")[0]) < least:
        return fail(what, f"CUDA {build} needs driver {least} or newer: update it, or STACK=cpu")
    if not torch.cuda.is_available():
        return fail(
            f"{what}; torch sees no GPU",
            "look at CUDA_VISIBLE_DEVICES, at the container's options (--nv, --gpus all) and at "
            "python -c 'import torch; torch.cuda.init()'",
        )
    return _computed(torch, what)


def _computed(torch: Any, what: str) -> Finding:
    """Each GPU multiplies two matrices as the CPU does."""
    one = torch.arange(64 * 64, dtype=torch.float32).reshape(64, 64) / 4096
    expected = one @ one
    for place in range(torch.cuda.device_count()):
        there = one.to(f"cuda:{place}")
        if not torch.allclose((there @ there).cpu(), expected, rtol=1e-2):
            return fail(f"{what}; GPU {place} computes wrong products", "take it out of service")
    return ok(f"{what}; {torch.cuda.device_count()} GPU(s) compute", cuda=torch.version.cuda)


def vllm(_: Asked) -> Finding:
    """Whether vLLM can be imported, its version, and what it would compute on."""
    version = vllm_version()
    if find_spec("vllm") is None:
        return warn(
            "not installed: engine=transformers serves small models, slowly",
            "pip install -e '.[vllm]' on a GPU, make demo elsewhere",
        )
    from harness.engines.vllm.engine import device

    place = device()
    what = f"{version} on {place}; tried by this project: {TRIED}, on the CPU alone"
    if place == "cpu" and seen():
        return fail(
            f"{what}; a GPU is there",
            "this is vLLM's CPU build, or it does not see the GPU: make clean, make demo STACK=gpu",
        )
    wanted = optional().get("vllm")
    if wanted and not wanted.specifier.contains(version.partition("+")[0], prereleases=True):
        return warn(what, f"supported is {wanted.specifier}: pip install 'vllm{wanted.specifier}'")
    return ok(what, version=version, device=place)


def _torch() -> Any:
    if installed("torch") is None:
        return None
    import torch

    return torch


CHECKS = (
    Check("gpu", gpu, seconds=120, process=PROCESS),
    Check("cuda", cuda, seconds=120, process=PROCESS),
    Check("vllm", vllm, seconds=120, process=PROCESS),
)
