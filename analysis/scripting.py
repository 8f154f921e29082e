"""What a notebook begins with: experiments, their analysis as tables, and written estimates."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import pandas as pd

from analysis.contracts.experiment import Experiment
from analysis.exchange.estimates import read_estimates
from analysis.reading.records import from_frame, read
from analysis.report.tables import TABLES
from analysis.result import ExperimentResult


def load_experiments(*places: str | PathLike[str], mixed: bool = False) -> tuple[Experiment, ...]:
    """What was measured in some places, as `pte analyze` reads it: an experiment a ladder.

    Args:
        places: folders of runs, folders that hold runs, Parquet files or folders of them, or CSV
            files: of records, of published scores, or of scores item by item.
        mixed: put families and training stages on one ladder where they were asked alike.

    Raises:
        UserError: a place holds none of these, or what it holds cannot be read.
    """
    return read([Path(place) for place in places], mixed)


def experiments_of(records: pd.DataFrame, mixed: bool = False) -> tuple[Experiment, ...]:
    """The experiments of records that are loaded already, also if some of them were left out.

    Args:
        records: a row an attempt, as `harness.load_records` gives them.
        mixed: put families and training stages on one ladder where they were asked alike.

    Raises:
        UserError: a column is missing that nothing can stand in for.
    """
    return from_frame(records, mixed)


def tables(results: Sequence[ExperimentResult]) -> dict[str, pd.DataFrame]:
    """The tables of `pte analyze`'s report by name: `scores`, `cegs`, `pairs`, `findings`, ...

    A multiple of training compute is a plain number (`ceg`) and its logarithm (`log10_ceg`); an
    end of an interval that the data do not bound is infinite, or 0 for a multiple.
    """
    return {name: make(results) for name, make in TABLES.items()}


def load_estimates(path: str | PathLike[str]) -> pd.DataFrame:
    """The estimates of an `estimates.json`: a row an estimate, with its interval and its status.

    Raises:
        UserError: the file cannot be read, or is not what its schema says.
    """
    return pd.DataFrame(read_estimates(Path(path))["estimates"])
