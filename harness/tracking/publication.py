"""What another package wants W&B to show of a folder: figures, tables, pictures, files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from harness.contracts.tracking import WandbConfig
from harness.errors import UserError
from harness.identity import digest
from harness.tracking.wandb_client import WandbClient, plain_file
from harness.tracking.wandb_run import WandbRun
from harness.visible import visible_data

PUBLICATION = "publication.json"


@dataclass(frozen=True)
class Publication:
    """One W&B run; paths are relative to the folder that it is written to."""

    name: str
    job_type: str
    group: str
    """W&B group of the run, unless the settings name one."""
    config: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)
    """PNG files by what they are called in W&B."""
    pages: Mapping[str, str] = field(default_factory=dict)
    """HTML files by what they are called in W&B."""
    tables: Mapping[str, str] = field(default_factory=dict)
    """CSV files by what they are called in W&B."""
    rows: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    """Rows of tables that are in no file, by what they are called in W&B."""
    artifacts: Mapping[str, list[str]] = field(default_factory=dict)
    """Files by the kind of artifact that they make up."""

    def write(self, folder: Path) -> None:
        """Put it down in `folder`, from where `pte track` can bring it to W&B at any time."""
        (folder / PUBLICATION).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


def read_publication(folder: Path) -> Publication:
    """What `Publication.write` put down.

    Raises:
        UserError: it is damaged, or names files that are not the folder's own.
    """
    file = folder / PUBLICATION
    try:
        said = msgspec.json.decode(file.read_bytes(), type=Publication)
    except (OSError, msgspec.MsgspecError) as error:
        raise UserError(f"{file} cannot be read ({error}): analyze the runs anew") from error
    named = [path for each in (said.pictures, said.pages, said.tables) for path in each.values()]
    for path in [*named, *(path for paths in said.artifacts.values() for path in paths)]:
        inside = (folder / path).resolve().is_relative_to(folder.resolve())
        if not inside or ".." in Path(path).parts:
            raise UserError(f"{file} names {path}, which is not in its folder")
    return said


def publish(client: WandbClient, folder: Path, config: WandbConfig) -> None:
    """Bring a publication to W&B as one run; a second time overwrites the first.

    Raises:
        Exception: whatever wandb raises where it cannot be told.
    """
    said = read_publication(folder)
    group = config.group or said.group
    page = WandbRun(
        id=digest(f"{group}|{said.job_type}|{said.name}"),
        name=said.name,
        job_type=said.job_type,
        group=group,
        config=said.config,
    )
    run = client.open(page)
    shown: dict[str, Any] = {}
    frames = {name: pd.read_csv(plain_file(folder / path)) for name, path in said.tables.items()}
    frames |= {name: pd.DataFrame(rows) for name, rows in said.rows.items()}
    for name, frame in frames.items():
        plain = frame.astype(object).where(frame.notna(), None)
        shown[f"tables/{name}"] = client.table((list(plain.columns), plain.values.tolist()))
    for name, path in said.pictures.items():
        shown[f"plots/{name}"] = client.image(folder / path)
    for name, path in said.pages.items():
        shown[name] = client.html(folder / path)
    run.log(shown, step=0)
    run.summary.update(visible_data(said.summary))
    for kind, paths in said.artifacts.items():
        client.keep(run, f"{kind}-{run.id}", kind, {path: folder / path for path in paths})
    client.finish(run)
