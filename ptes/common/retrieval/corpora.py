"""Which corpus a PTE searches: the benchmark's, a folder, or a dataset on the hub."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

from harness.contracts.benchmark import Task
from harness.contracts.passage import Corpus, Passage, content_hash
from harness.corpora import from_folder, sentences
from harness.errors import UserError, require


def folder_or_own(
    folder: str | None = None,
    hub: str | None = None,
    split: str = "train",
    config: str | None = None,
    revision: str | None = None,
    title: str = "title",
    text: str = "text",
) -> Corpus | None:
    """A corpus as the configuration gives it: a folder, a dataset on the hub (a passage a row, by
    the names of its two fields), or None for the benchmark's own.

    Raises:
        UserError: it cannot be read, is empty, or two are named.
    """
    if folder is not None and hub is not None:
        raise UserError("corpus: name a folder or a dataset on the hub, not both")
    if folder is not None:
        return from_folder(folder)
    if hub is None:
        return None
    read = partial(_hub, hub, split, config, revision, title, text)
    return Corpus(hub, content_hash(read()), read)


def corpus_of(own: Corpus | None, task: Task) -> Corpus:
    """The corpus that a PTE was given, else the benchmark's.

    Raises:
        UserError: there is none.
    """
    result = own or task.corpus
    if result is None:
        raise UserError(f"{task.name} brings no corpus")
    return result


def no_corpus(name: str, own: Corpus | None, task: Task) -> str | None:
    """Why a PTE that searches cannot work there, or None if it can."""
    if own is not None or task.corpus is not None:
        return None
    mend = f"set pte.{name}.corpus.folder=FOLDER"
    return f"{name} searches a corpus, and {task.name} brings none: {mend}"


@lru_cache(maxsize=2)
def _hub(
    id: str, split: str, config: str | None, revision: str | None, title: str, text: str
) -> tuple[Passage, ...]:
    datasets = require("datasets", "datasets")
    try:
        rows: Any = datasets.load_dataset(id, config, split=split, revision=revision)
    except Exception as error:  # the hub's clients raise errors of many unrelated classes
        raise UserError(
            f"corpus: cannot load {id} ({split}) from the hub: {error}; give a folder instead"
        ) from error
    missing = {title, text} - set(rows.column_names)
    if missing:
        raise UserError(
            f"corpus: {id} has no field {' and '.join(sorted(missing))}; "
            f"it has {', '.join(rows.column_names)}: set title= and text="
        )
    return tuple(Passage(str(row[title]), sentences(str(row[text]))) for row in rows)
