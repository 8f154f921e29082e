"""Records of five arms on three rungs."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.analysis.reading.told import TRUTH
from tests.analysis.simulated_records import write_records


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return write_records(TRUTH, tmp_path_factory.mktemp("simulated"), seed=1).frame()


@pytest.fixture
def frame(untouched: pd.DataFrame) -> pd.DataFrame:
    """Records of five arms on three rungs in two replicates, as they are before a test."""
    return untouched.copy()
