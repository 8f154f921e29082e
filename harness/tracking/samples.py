"""The table of sampled attempts, with what was asked and said."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from harness.contracts.prompt import SOLVE
from harness.errors import UserError
from harness.journal import Journal, JournalDamage, JournalError

COLUMNS = [
    "problem",
    "answer",
    "canonical",
    "score",
    "status",
    "error",
    "calls",
    "prompt_tokens",
    "generated_tokens",
    "flop",
]
TEXTS = ["prompt", "reply"]
LONGEST = 20_000
"""Characters of a text that are shown."""
_log = logging.getLogger(__name__)


class Texts:
    """Prompts and replies from the run's journal, which is opened when the first is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._journal: Journal | None = None

    def first(self, row: pd.Series[Any]) -> tuple[str | None, str | None]:
        """Prompt and reply of an attempt's first completion; None where the journal has none."""
        try:
            return self._first(row, self._opened())
        except (UserError, JournalError, JournalDamage) as error:
            _log.warning("prompts and replies are left out: %s", error)
            return None, None

    def refresh(self) -> None:
        """Take in what was drawn since."""
        if self._journal is not None:
            self._journal.refresh()

    @staticmethod
    def _first(row: pd.Series[Any], journal: Journal) -> tuple[str | None, str | None]:
        results = [journal.get(bytes.fromhex(draw["key"])) for draw in row["draws"]]
        asked = [each for each in results if each and each["kind"] == "complete"]
        if not asked:
            return None, None
        # An address that is not given is the first one, and sorts first.
        draw = min(
            asked,
            key=lambda d: (d.get("role") != SOLVE, d.get("address", ""), d.get("step", 0)),
        )
        prompt = journal.get(bytes.fromhex(draw["prompt"])) if draw.get("prompt") else None
        return cut(prompt["text"]) if prompt else None, cut(draw["text"])

    def _opened(self) -> Journal:
        if self._journal is None:
            self._journal = Journal.open(self._folder)
        return self._journal

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()


def table(rows: pd.DataFrame, texts: Texts | None) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows; `texts` is None where prompts and replies are not to be told."""
    results = []
    if texts:
        texts.refresh()
    for _, row in rows.iterrows():
        said = list(texts.first(row)) if texts else []
        results.append([_plain(row[name]) for name in COLUMNS] + said)
    return COLUMNS + (TEXTS if texts else []), results


def cut(text: str) -> str:
    """The text, or its beginning where it is very long."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} [... {len(text) - LONGEST} more characters]"


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return None
    return value.item() if hasattr(value, "item") else value
