"""Every room has its line in the contracts that `lint-imports` checks."""

from __future__ import annotations

import pytest

from tests.project.repository import ROOT, pyproject


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
