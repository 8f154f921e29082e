"""Where real data is, and small made-up rows for every benchmark."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[[str, list[dict[str, Any]]], str]


@pytest.fixture(scope="session")
def real_data() -> str:
    folder = os.environ.get("PTE_DATA")
    if not folder and os.environ.get("CI") != "true":
        pytest.skip("PTE_DATA is not set: there are no benchmark files to read")
    assert folder, "PTE_DATA must be set where CI=true"
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write rows to a JSON Lines file inside a fresh data folder; returns the folder."""

    def to_file(file: str, rows: list[dict[str, Any]]) -> str:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        return str(tmp_path)

    return to_file


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty lock file in the place of the project's own."""
    path = tmp_path / "data.lock.yaml"
    path.write_text("{}", encoding="utf-8")
    monkeypatch.setattr("benchmarks.fingerprint.LOCK", path)
    return path
