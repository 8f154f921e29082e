"""Which tests run, and in what order."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.thorough import THOROUGH

LONG = ("slurm", "run", "pocket", "tracking")
"""Folders of tests that take minutes: begun first, so that no one of them is waited for at last."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long ones first, else as they come; without those that take THOROUGH=1."""
    left = [item for item in items if item.get_closest_marker("thorough") and not THOROUGH]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]
    items.sort(key=lambda item: _folder(item) not in LONG)


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]
