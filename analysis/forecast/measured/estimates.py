"""Reading `estimates.json`, which `pte analyze` writes: what was measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from math import inf, nan
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
from numpy.typing import NDArray

from harness.errors import UserError

Array = NDArray[np.float64]

VERSION = 1
"""Of the file's format."""


@dataclass(frozen=True)
class Measurement:
    """One estimate of the file, as far as a forecast uses it."""

    id: str
    kind: str
    """`ceg`, `exponent`, `M` and others, which are passed over."""
    benchmark: str
    task_type: str
    ptes: tuple[str, ...]
    reference: str
    pair: tuple[str, str] | None
    context: tuple[str, ...]
    point: float
    """log10 CEG, exponent or M; NaN where there is none."""
    low: float
    high: float
    """Infinite where the data do not bound it."""
    status: str
    reason: str
    draws: Array
    """[draw]: NaN where a draw has no finite value; empty where the file has no draws."""


@dataclass(frozen=True)
class EstimatesFile:
    """The estimates of one analysis; the same draw of all of them belongs together."""

    name: str
    sha256: str
    measurements: tuple[Measurement, ...]


def read_estimates(path: Path) -> EstimatesFile:
    """Read and check a file of estimates.

    Raises:
        UserError: it cannot be read, or is no such file, or of another version.
    """
    try:
        content = path.read_bytes()
        data = json.loads(content)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise UserError(f"{path} is not JSON: {error}; 'pte analyze' writes estimates.json") from (
            error
        )
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version != VERSION:
        raise UserError(
            f"{path} has schema_version {version}, and this reads {VERSION}: "
            "write it anew with 'pte analyze'"
        )
    _validate(path, data)
    try:
        measurements = tuple(_measurement(entry) for entry in data["estimates"])
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} is not a file of estimates ({type(error).__name__}: {error}): "
            "write it anew with 'pte analyze'"
        ) from error
    return EstimatesFile(path.name, hashlib.sha256(content).hexdigest(), measurements)


def _validate(path: Path, data: Any) -> None:
    schema = files("analysis.report") / "estimates.schema.json"
    if not schema.is_file():
        return
    try:
        jsonschema.validate(data, json.loads(schema.read_text(encoding="utf-8")))
    except jsonschema.ValidationError as error:
        where = "/".join(map(str, error.absolute_path)) or "the top"
        raise UserError(f"{path} breaks its schema at {where}: {error.message[:200]}") from error


def _measurement(entry: Mapping[str, Any]) -> Measurement:
    pair = entry["pair"]
    return Measurement(
        id=entry["id"],
        kind=entry["kind"],
        benchmark=entry["benchmark"],
        task_type=entry["task_type"],
        ptes=tuple(entry["ptes"]),
        reference=entry["reference"],
        pair=None if pair is None else (pair[0], pair[1]),
        context=tuple(entry["context"] or ()),
        point=_number(entry["point"], nan),
        low=_number(entry["low"], -inf),
        high=_number(entry["high"], inf),
        status=entry["status"],
        reason=entry["reason"],
        draws=np.array([_number(value, nan) for value in entry["draws"] or ()], float),
    )


def _number(value: float | None, missing: float) -> float:
    return missing if value is None else float(value)
