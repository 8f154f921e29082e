"""Every room has its line in the contracts that `lint-imports` checks, and they bind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.repository import PACKAGES, ROOT, pyproject

LINT = Path(sys.executable).parent / "lint-imports"


def named() -> set[str]:
    """The rooms that stand in some contract's layers."""
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    lines = [line for contract in contracts for line in contract.get("layers", ())]
    return {name.strip(" ()") for line in lines for name in line.replace("|", ":").split(":")}


@pytest.mark.parametrize("package", ["harness", "analysis"])
def test_every_room_has_its_layer(package: str) -> None:
    there = {
        f"{package}.{path.stem}"
        for path in (ROOT / package).iterdir()
        if (path / "__init__.py").exists() or path.suffix == ".py"
    }
    missing = there - named() - {f"{package}.__init__"}
    assert not missing, f"give {missing} a line under tool.importlinter in pyproject.toml"


def lint(folder: Path, contract: str) -> bool:
    """Whether the code below a folder keeps a contract."""
    command = (str(LINT), "--no-logo", "--no-cache", "--contract", contract)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert "Contracts: " in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


@pytest.mark.skipif(
    not LINT.exists() and os.environ.get("CI") != "true",
    reason="import-linter is not installed: pip install -e '.[dev]'",
)
@pytest.mark.parametrize(
    ("contract", "file", "line"),
    [
        ("cycles", "harness/models/spec.py", "import harness.models.resolve"),
        ("packages", "harness/records/row.py", "from benchmarks.base import exemplars"),
        ("pocket", "pocket/check/page.py", "from analysis.report.report import build"),
        ("harness", "harness/plan/plan.py", "from harness.run.runner import Runner"),
        ("leaves", "harness/journal/line.py", "from harness.models.spec import ModelSpec"),
        ("plugs", "ptes/prompting/few_shot.py", "from harness.records.store import read"),
        ("analysis", "analysis/report/tables.py", "from analysis.forecast.slope import slope"),
        ("records", "analysis/ceg/ladder.py", "from harness.plan.plan import Plan"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, contract: str, file: str, line: str) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=_all_but_code)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert lint(tmp_path, contract)
    changed = tmp_path / file
    changed.write_text(f"{changed.read_text()}\n\n{line}\n")
    assert not lint(tmp_path, contract)


def _all_but_code(folder: str, names: list[str]) -> list[str]:
    kept = [name for name in names if name.endswith(".py") or (Path(folder) / name).is_dir()]
    return [name for name in names if name not in kept or name in ("__pycache__", "weights")]
