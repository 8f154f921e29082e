"""Reads what W&B wrote offline: records in blocks of 32 KiB, each a protobuf message."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BLOCK = 32768
HEAD = struct.Struct("<IHB")
FULL, FIRST, LAST = 1, 2, 4


@dataclass
class Written:
    """One offline run."""

    folder: Path
    run: Any = None
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, list[str]] = field(default_factory=dict)
    """Files of each artifact, by its kind."""
    exit: int | None = None

    def table(self, name: str) -> list[dict[str, Any]]:
        """A table that was logged, from the file beside the log."""
        path = next(row[f"{name}/path"] for row in self.history if f"{name}/path" in row)
        message = json.loads((self.folder / "files" / path).read_text())
        return [dict(zip(message["columns"], row, strict=True)) for row in message["data"]]


def offline_runs(folder: Path) -> dict[str, Written]:
    """The offline runs below a folder, by name; each name once."""
    results = [read(path) for path in sorted(folder.glob("wandb/offline-run-*/*.wandb"))]
    assert len({each.run.run_id for each in results}) == len(results)
    return {each.run.display_name: each for each in results}


def read(path: Path) -> Written:
    """One file, as far as it was written."""
    written = Written(path.parent)
    for record in map(_message, _chunks(path.read_bytes())):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            written.run = record.run
            written.config |= _plain(record.run.config.update)
        elif kind == "config":
            written.config |= _plain(record.config.update)
        elif kind == "history":
            written.history.append(_plain(record.history.item))
        elif kind == "summary":
            written.summary |= _plain(record.summary.update)
        elif kind == "artifact":
            files = [entry.path for entry in record.artifact.manifest.contents]
            written.artifacts.setdefault(record.artifact.type, []).extend(files)
        elif kind == "exit":
            written.exit = record.exit.exit_code
    return written


def _chunks(data: bytes) -> Iterator[bytes]:
    place, part = 7, b""
    while place < len(data):
        left = BLOCK - place % BLOCK
        if left < HEAD.size:
            place += left
            continue
        check, length, kind = HEAD.unpack_from(data, place)
        body = data[place + HEAD.size : place + HEAD.size + length]
        if len(body) < length:
            return
        assert zlib.crc32(body, zlib.crc32(bytes([kind]))) == check
        place += HEAD.size + length
        part = body if kind in (FULL, FIRST) else part + body
        if kind in (FULL, LAST):
            yield part


def _message(data: bytes) -> Any:
    from wandb.proto import wandb_internal_pb2

    record = wandb_internal_pb2.Record()
    record.ParseFromString(data)
    return record


def _plain(items: Any) -> dict[str, Any]:
    return {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}
