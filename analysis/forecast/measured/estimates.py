"""Reading `estimates.json`, which `pte analyze` writes: what was measured."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.exchange.estimates import read_estimates

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Measurement:
    """One estimate of the file, as far as a forecast uses it."""

    id: str
    kind: str
    """`ceg`, `exponent`, `M` and others, which are passed over."""
    experiment: str
    benchmark: str
    task_type: str
    ptes: tuple[str, ...]
    reference: str
    primary: bool
    """Whether it is over the one reference of its experiment."""
    pair: tuple[str, str] | None
    context: tuple[str, ...]
    point: float
    """log10 CEG, exponent or M; NaN where there is none."""
    low: float
    high: float
    """Upper end of the 95% interval, log10 for a CEG; infinite where the data do not bound it."""
    status: str
    reason: str
    oracle: bool
    definition: str
    """Whether the stack is a PTE by Lifland et al.'s definition; empty where no stack is meant."""
    at_least: float
    """Lower bound from base rungs alone, log10; -inf where there is none."""
    draws: Array
    """[draw]: NaN where a draw has no finite value; empty where the file has no draws."""
    shares_items_with: tuple[str, ...] = ()
    """Other experiments of the file on some of the same items."""
    model: str | None = None
    """Rung that the estimate is of; None where it is of the whole ladder."""
    multiple: float | None = None
    """Inference FLOP over the base's, gross; None where not known."""
    net_multiple: float | None = None
    """The same net of each attempt's own prefix; None where not known."""


@dataclass(frozen=True)
class EstimatesFile:
    """The estimates of one analysis; the same draw of all of them belongs together."""

    name: str
    sha256: str
    measurements: tuple[Measurement, ...]


def read_measurements(path: Path) -> EstimatesFile:
    """Read and check a file of estimates.

    Raises:
        UserError: it cannot be read, or is no such file, or of another version.
    """
    entries = read_estimates(path)["estimates"]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return EstimatesFile(path.name, sha256, tuple(map(_measurement, entries)))


def _measurement(entry: Mapping[str, Any]) -> Measurement:
    pair = entry["pair"]
    return Measurement(
        id=entry["id"],
        kind=entry["kind"],
        experiment=entry["experiment"],
        benchmark=entry["benchmark"],
        task_type=entry["task_type"],
        ptes=tuple(entry["ptes"]),
        reference=entry["reference"],
        # Files of before there were two references name the one base.
        primary=bool(entry.get("primary", entry["reference"] == "base")),
        pair=None if pair is None else (pair[0], pair[1]),
        context=tuple(entry["context"] or ()),
        point=_number(entry["point"], nan),
        low=_number(entry["low"], -inf),
        high=_number(entry["high"], inf),
        status=entry["status"],
        reason=entry["reason"],
        oracle=entry["oracle"],
        definition=entry["definition"] or "",
        at_least=_number(entry["at_least"], -inf),
        draws=np.array([_number(value, nan) for value in entry["draws"] or ()], float),
        shares_items_with=tuple(entry.get("shares_items_with", ())),
        model=entry["model"],
        multiple=entry["inference_multiple"],
        net_multiple=entry.get("inference_multiple_net"),
    )


def _number(value: float | None, missing: float) -> float:
    return missing if value is None else float(value)
