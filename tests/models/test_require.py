"""Optional packages: the extra is named, and no other failure is hidden."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import UserError, require


def test_a_module_that_is_there_is_returned() -> None:
    assert require("json", "dev") is json


@pytest.mark.parametrize("module", ["no_such_module", "no_such_module.part"])
def test_an_absent_package_names_the_extra(module: str) -> None:
    with pytest.raises(UserError, match=r"'no_such_module'.*pip install -e '\.\[bundled\]'"):
        require(module, "bundled")


def test_what_a_package_itself_lacks_is_not_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_package.py").write_text("import what_it_needs\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="what_it_needs"):
        require("broken_package", "vllm")


def test_an_error_while_importing_is_not_masked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "raising_package.py").write_text("raise ImportError('wrong CUDA')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="wrong CUDA"):
        require("raising_package", "vllm")
