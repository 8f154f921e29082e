"""A corpus read from files, for what brings none of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from harness.contracts.passage import Corpus, Passage, content_hash
from harness.errors import UserError

TEXTS = (".txt", ".md")
ROWS = ".jsonl"
_BREAK = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[]?[A-Z0-9])|\s*\n\s*")


def from_folder(folder: str) -> Corpus:
    """Every passage below a folder, files in the order of their paths, or those of one file.

    A text file (`.txt`, `.md`) is a passage titled with its name; a row of a `.jsonl` file is one
    with the fields `title` and `text` or `sentences`.

    Raises:
        UserError: no such place, nothing in it that can be read, or a malformed row.
    """
    path = str(Path(folder).expanduser().resolve())
    return Corpus(Path(path).name, _loaded(path)[1], partial(_passages, path))


def sentences(text: str) -> tuple[str, ...]:
    """A text cut after marks that close a sentence and at the ends of lines."""
    return tuple(part.strip() for part in _BREAK.split(text) if part.strip())


def _passages(folder: str) -> tuple[Passage, ...]:
    return _loaded(folder)[0]


@lru_cache(maxsize=4)
def _loaded(folder: str) -> tuple[tuple[Passage, ...], str]:
    root = Path(folder)
    if not root.exists():
        raise UserError(f"corpus: there is no {folder}; name a folder with the texts to search")
    files = [root] if root.is_file() else sorted(root.rglob("*"))
    try:
        result = tuple(passage for path in files for passage in _read(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"corpus: cannot read {folder}: {error}") from error
    if not result:
        raise UserError(
            f"corpus: {folder} has no passages; put {', '.join((*TEXTS, ROWS))} files into it"
        )
    return result, content_hash(result)


def _read(path: Path) -> Iterator[Passage]:
    if path.suffix in TEXTS:
        if parts := sentences(path.read_text(encoding="utf-8")):
            yield Passage(path.stem, parts)
    elif path.suffix == ROWS:
        lines = path.read_text(encoding="utf-8").split("\n")
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _row(line, f"corpus: {path.name}: row {number}")


def _row(line: str, where: str) -> Passage:
    try:
        row: Any = json.loads(line)
        title = row["title"]
        parts = sentences(row["text"]) if "text" in row else tuple(row["sentences"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{where} has not `title` and `text` or `sentences`") from error
    if not isinstance(title, str) or not parts or not all(isinstance(p, str) for p in parts):
        raise UserError(f"{where} has a title or sentences that are no text, or none")
    return Passage(title, parts)
