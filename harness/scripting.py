"""What a notebook begins with: records, results and plans, as data."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from harness.plan.plan import Plan, make
from harness.records.places import record_files
from harness.records.store import read_files
from harness.records.summary import rows_of_files
from harness.settings.experiment import load

Place: TypeAlias = str | PathLike[str]
"""A run's folder, a folder that holds runs, or a folder of Parquet records."""


def load_records(*places: Place) -> pd.DataFrame:
    """All records of some runs: a row an attempt, which is one problem in one cell.

    The columns, with their units, are described in `harness/records/schema.py`; the score is in
    [0, 1] and missing where an attempt was not graded.

    Args:
        places: folders of runs, folders that hold runs, or folders of Parquet records.

    Raises:
        UserError: a place holds no records, or records of another schema version.
    """
    folders = [Path(place) for place in places]
    return read_files([file for folder in folders for file in record_files(folder)], folders)


def load_results(*places: Place) -> pd.DataFrame:
    """The table that `pte results` prints: a row a cell.

    Scores and their 95% intervals are in points, 0 to 100; `x base (net)` and
    `x base (gross)` are the inference cost as a multiple of the base's on the same problems, net
    of the attempt's own prefix and with every prompt token of every call counted.

    Args:
        places: folders of runs, folders that hold runs, or folders of Parquet records.

    Raises:
        UserError: a place holds no records, or records of another schema version.
    """
    folders = [Path(place) for place in places]
    files = [file for folder in folders for file in record_files(folder)]
    return pd.DataFrame(rows_of_files(files, folders))


def load_plan(*overrides: str) -> Plan:
    """What `pte plan` would list: legal cells with their cost, and refused stacks with reasons.

    The problems are read; no model is loaded.

    Args:
        overrides: as on the command line, `"benchmark=gsm8k"`, `"pte=[few_shot]"`.

    Raises:
        UserError: a setting is wrong, or no stack of the sweep can be used.
    """
    return make(load(overrides).request)
