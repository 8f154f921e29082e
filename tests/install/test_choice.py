"""What each kind of machine gets, and what none can be given."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from hydra import compose, initialize_config_module
from installer.choice import choose
from installer.errors import InstallError
from installer.machine import Gpu, Machine

LINUX = Machine("Linux", "x86_64", glibc=(2, 36))
ARM = Machine("Linux", "aarch64", glibc=(2, 39))
MAC = Machine("Darwin", "arm64")
H100 = Gpu("NVIDIA H100 80GB HBM3", driver=580, capability=(9, 0))


@pytest.mark.parametrize(
    ("machine", "pins", "cpu_torch", "engine", "hardware"),
    [
        (LINUX, "cpu.txt", True, "vllm", "cpu"),
        (ARM, "cpu.txt", True, "vllm", "cpu"),
        (replace(LINUX, avx2=False), "cpu.txt", True, "transformers", "cpu"),
        (MAC, "cpu.txt", False, "transformers", "cpu"),
        (replace(LINUX, gpu=H100), "gpu.txt", False, "vllm", "h100"),
        (
            replace(ARM, gpu=replace(H100, name="NVIDIA GH200 480GB")),
            "gpu.txt",
            False,
            "vllm",
            "h100",
        ),
        (replace(LINUX, gpu=Gpu("NVIDIA L4", 610, (8, 9))), "gpu.txt", False, "vllm", "a100"),
        (replace(LINUX, gpu=Gpu("NVIDIA GPU", None, None)), "gpu.txt", False, "vllm", "a100"),
        (replace(LINUX, gpu=replace(H100, driver=570)), "cpu.txt", True, "vllm", "cpu"),
        (replace(LINUX, gpu=Gpu("Tesla V100", 580, (7, 0))), "cpu.txt", True, "vllm", "cpu"),
    ],
)
def test_each_platform(
    machine: Machine, pins: str, cpu_torch: bool, engine: str, hardware: str
) -> None:
    choice = choose(machine)
    assert (choice.pins, choice.cpu_torch) == (pins, cpu_torch)
    settings = shlex.split(choice.settings)
    assert f"engine={engine}" in settings
    assert f"hardware={hardware}" in settings


@pytest.mark.parametrize("machine", [LINUX, MAC, replace(LINUX, gpu=H100)])
def test_the_settings_are_ones_that_there_are(machine: Machine) -> None:
    with initialize_config_module("configs", version_base=None):
        config = compose("config", shlex.split(choose(machine).settings))
    assert config.engine is not None


def test_a_gpu_that_cannot_be_used_is_said() -> None:
    old = replace(LINUX, gpu=replace(H100, driver=550))
    assert "driver 550, and CUDA 13 needs 580" in choose(old).why
    volta = replace(LINUX, gpu=Gpu("Tesla V100", 580, (7, 0)))
    assert "compute capability 7.0" in choose(volta).why
    focal = replace(ARM, gpu=H100, glibc=(2, 31))
    assert "glibc 2.31, and vLLM for CUDA needs 2.34" in choose(focal).why
    assert choose(replace(focal, processor="x86_64")).pins == "gpu.txt"


def test_one_is_had_for_the_asking() -> None:
    both = replace(LINUX, gpu=H100)
    assert choose(both, "cpu").pins == "cpu.txt"
    assert choose(both, "gpu").pins == "gpu.txt"
    with pytest.raises(InstallError, match="no NVIDIA GPU is seen"):
        choose(LINUX, "gpu")
    with pytest.raises(InstallError, match="driver 550"):
        choose(replace(LINUX, gpu=replace(H100, driver=550)), "gpu")
    with pytest.raises(InstallError, match="choose one of auto, cpu, gpu"):
        choose(LINUX, "cuda")


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (Machine("Windows", "AMD64"), "WSL"),
        (Machine("Darwin", "x86_64"), "Intel Macs"),
        (Machine("Linux", "ppc64le", glibc=(2, 36)), "x86_64 and aarch64 alone"),
        (replace(LINUX, glibc=None), "musl"),
        (replace(LINUX, glibc=(2, 17)), "this system has 2.17"),
        (Machine("FreeBSD", "amd64"), "Linux and macOS"),
    ],
)
def test_what_is_not_supported_is_refused(machine: Machine, words: str) -> None:
    with pytest.raises(InstallError, match=words):
        choose(machine)
