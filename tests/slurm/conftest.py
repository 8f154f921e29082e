"""A Slurm for all tests of this folder, and sweeps on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slurm.local import LocalSlurm, missing
from tests.slurm.sweep import Sweep

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def local_slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSlurm]:
    reason = missing()
    if reason and os.environ.get("CI") != "true":
        pytest.skip(f"no Slurm can be brought up here: {reason}")
    assert reason is None, reason
    slurm = LocalSlurm(tmp_path_factory.mktemp("slurm"))
    try:
        slurm.start()
        yield slurm
    finally:
        slurm.stop()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands are given, with the weights of the toy model."""
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(weights))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # or every job compiles it all
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def slurm(
    local_slurm: LocalSlurm, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalSlurm]:
    """The same, for commands given in this process; no job outlives the test."""
    for name, value in local_slurm.environment.items():
        monkeypatch.setenv(name, value)
    yield local_slurm
    local_slurm.clear()


@pytest.fixture
def sweep(slurm: LocalSlurm, folder: Path) -> Sweep:
    return Sweep(slurm, folder)
