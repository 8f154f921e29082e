"""Records of many cells, read a cell at a time: a large sweep has more than fits into memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from harness.records.store import AllDamagedError, read_table
from harness.stack import BASE, GREEDY_MARK

BASES = (BASE, f"{BASE}{GREEDY_MARK}")
HEAD = ("cell", "stack", "setting", "replicate", "kind", "readout", "selects")
"""What is read of every file, to know which cells it holds."""

Key = tuple[str, int]
"""Setting and replicate: what a cell shares with its bases."""


@dataclass(frozen=True)
class Cell:
    """A cell, and where its rows are."""

    name: str
    files: tuple[Path, ...]
    head: pd.Series[str]
    """The columns `HEAD`."""

    @property
    def key(self) -> Key:
        """What its bases have as well."""
        return str(self.head["setting"]), int(self.head["replicate"])


@dataclass(frozen=True)
class Cells:
    """The cells of some files of records, in order of appearance."""

    cells: tuple[Cell, ...]

    @classmethod
    def of(cls, files: Sequence[Path], places: Sequence[Path]) -> Cells:
        """Find out which cells there are.

        Args:
            files: of records.
            places: where they were looked for, for messages.

        Raises:
            UserError: no records, all of them damaged, or records of another schema version.
        """
        found: dict[str, tuple[list[Path], pd.Series[str]]] = {}
        for file in files:
            try:
                heads = read_table([file], places, HEAD).to_pandas()
            except AllDamagedError:  # it has been warned of
                continue
            for _, head in heads.drop_duplicates("cell").iterrows():
                found.setdefault(head["cell"], ([], head))[0].append(file)
        if not found:
            read_table(files, places, HEAD)  # says what is wrong with them all
        return cls(tuple(Cell(name, tuple(f), head) for name, (f, head) in found.items()))

    def rows(self, cell: Cell, columns: Sequence[str]) -> pd.DataFrame:
        """A cell's rows, each problem once; what older records lack is null."""
        table = read_table(cell.files, cell.files, columns)
        frame: pd.DataFrame = table.to_pandas(maps_as_pydicts="strict")
        return frame[frame["cell"] == cell.name].drop_duplicates("problem")

    def bases(self, columns: Sequence[str]) -> dict[Key, pd.DataFrame]:
        """The rows of the bases, sampled and greedy, by what they share with other cells."""
        parts: dict[Key, list[pd.DataFrame]] = {}
        for cell in self.cells:
            if cell.head["stack"] in BASES:
                parts.setdefault(cell.key, []).append(self.rows(cell, columns))
        return {key: pd.concat(each, ignore_index=True) for key, each in parts.items()}
