"""Which tests run, and in what order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import UserError
from harness.sandbox.tiers import ELSEWHERE
from tests.thorough import THOROUGH

LONG = ("slurm", "run", "pocket", "tracking")
"""Folders of tests that take minutes: begun first, so that no one of them is waited for at last."""


LINUX = ("slurm", "sandbox")
"""Folders of tests of what there is on Linux alone."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long ones first and those with an engine last; without those that take THOROUGH=1."""
    left = [item for item in items if item.get_closest_marker("thorough") and not THOROUGH]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]
    if sys.platform != "linux":
        for item in items:
            if _folder(item) in LINUX:
                item.add_marker(pytest.mark.skip(reason="needs Linux"))
    items.sort(key=lambda item: (_engine(item), _folder(item) not in LONG))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Elsewhere than on Linux, skip what comes to need the sandbox."""
    try:
        return (yield)
    except UserError as error:
        if sys.platform == "linux" or ELSEWHERE not in str(error):
            raise
        pytest.skip(ELSEWHERE)


def _engine(item: pytest.Item) -> bool:
    return item.get_closest_marker("engine") is not None


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]
