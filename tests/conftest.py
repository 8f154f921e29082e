"""The order of tests."""

from __future__ import annotations

from pathlib import Path

import pytest

LONG = ("slurm", "run", "pocket", "tracking")
"""Folders of tests that take minutes: begun first, so that no one of them is waited for at last."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first; else as they come."""
    items.sort(key=lambda item: _folder(item) not in LONG)


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]
