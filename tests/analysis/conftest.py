"""What tests of the analysis share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def _frozen() -> Iterator[None]:
    """statsmodels collects garbage at every correction for several tests: frozen, it is cheap."""
    gc.freeze()
    yield
    gc.unfreeze()
