"""The facts of a machine, read from what drivers and kernels write."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from installer import machine
from installer.machine import Gpu, look, nvidia, parse_smi

SMI = "#!/bin/sh\nprintf 'NVIDIA A100-SXM4-80GB, 580.65.06, 8.0\\nNVIDIA L4, 580.65.06, 8.9\\n'\n"


def test_nvidia_smi_is_read() -> None:
    assert parse_smi("NVIDIA H200, 580.95.05, 9.0\n") == Gpu("NVIDIA H200", 580, (9, 0))
    assert parse_smi("NVIDIA H200, [N/A], [N/A]\n") == Gpu("NVIDIA H200", None, None)
    assert parse_smi("") is None
    assert parse_smi("No devices were found\n") is None


@pytest.fixture
def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An nvidia-smi that shows two GPUs."""
    program = tmp_path / "nvidia-smi"
    program.write_text(SMI)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return program


def test_the_first_gpu_is_found(smi: Path, tmp_path: Path) -> None:
    assert nvidia({}, tmp_path) == Gpu("NVIDIA A100-SXM4-80GB", 580, (8, 0))
    assert nvidia({"CUDA_VISIBLE_DEVICES": "1"}, tmp_path) is not None


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_a_hidden_gpu_is_none(smi: Path, tmp_path: Path, hidden: str) -> None:
    assert nvidia({"CUDA_VISIBLE_DEVICES": hidden}, tmp_path) is None


def test_an_nvidia_smi_that_fails_is_no_gpu(smi: Path, tmp_path: Path) -> None:
    smi.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed, 1, 2'\nexit 9\n")
    assert nvidia({}, tmp_path / "proc") is None


def test_the_driver_alone_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "_smi", lambda: "")
    folder = tmp_path / "gpus" / "0000:00:1e.0"
    folder.mkdir(parents=True)
    (folder / "information").write_text("Model: \t\t NVIDIA A10G\nIRQ:   \t\t 30\n")
    (tmp_path / "version").write_text(
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.133.20  Release Build\n"
    )
    assert nvidia({}, tmp_path) == Gpu("NVIDIA A10G", 570, None)


def test_this_machine_is_described() -> None:
    here = look()
    assert here.system == {"linux": "Linux", "darwin": "Darwin"}[sys.platform]
    assert here.glibc is None or here.glibc > (2, 0)
