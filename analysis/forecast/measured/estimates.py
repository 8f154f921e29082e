"""Reading `estimates.json`, which `pte analyze` writes: what was measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.exchange.estimates import read_estimates
from harness.errors import UserError

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
    multiple: float | None = None
    """Inference FLOP over the base's, gross; None where not known."""
    net_multiple: float | None = None
    """The same net of each attempt's own prefix; None where not known."""
    stack: str = ""
    """Label of the stack; empty where the estimate is of no single one."""
    model: str = ""
    """Rung that it is of; empty where it is of the whole ladder."""
    scale: str = ""
    rows: tuple[str | None, ...] | None = None
    """The row of a forecast's table that each of `ptes` says it is; None as a whole where the file
    does not tell."""
    context_rows: tuple[str | None, ...] | None = None
    """The row that each of `context` says it is; None as a whole where the file does not tell."""
    toy: bool | None = None
    """Whether the benchmark says that it is a toy; None where the file does not tell."""
    flop: float = nan
    """Training compute of the rung; NaN where it is not known, or no rung is meant."""
    families: tuple[str, ...] = ()
    """Model families of the experiment; empty where the file does not tell."""
    models: tuple[str, ...] = ()
    """Models that the experiment has scores of."""


@dataclass(frozen=True)
class EstimatesFile:
    """The estimates of one analysis, or of several that were put together."""

    name: str
    sha256: str
    """SHA-256 of the file; of several files, that of their hashes."""
    measurements: tuple[Measurement, ...]
    """The same draw of all estimates of one experiment belongs together."""
    parts: tuple[tuple[str, str], ...] = ()
    """Name and SHA-256 of each file that was put together; empty for one file."""
    notes: tuple[str, ...] = ()
    """What was left out on the way here, such as an experiment that two files hold."""


def read_measurements(path: Path) -> EstimatesFile:
    """Read and check a file of estimates.

    Raises:
        UserError: it cannot be read, or is no such file, or of another version.
    """
    content = read_estimates(path)
    return measurements_of(content, path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def measurements_of(
    content: Mapping[str, Any], name: str, sha256: str | None = None
) -> EstimatesFile:
    """The estimates of an analysis that is in memory.

    Args:
        content: of an `estimates.json`.
        name: what to call it.
        sha256: of the file; without it that of the estimates.
    """
    entries = content["estimates"]
    if sha256 is None:
        sha256 = hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()
    models: dict[str, dict[str, None]] = {}
    for entry in entries:
        if entry["kind"] == "score" and entry["model"]:
            models.setdefault(entry["experiment"], {})[entry["model"]] = None
    provenance = content["generated"]["provenance"]
    told = tuple(
        _measurement(
            entry,
            _families(provenance.get(entry["experiment"])),
            tuple(models.get(entry["experiment"], ())),
        )
        for entry in entries
    )
    return EstimatesFile(name, sha256, told)


def _families(provenance: Any) -> tuple[str, ...]:
    """The families of an experiment's ladder, with their training stage where that is another."""
    said = provenance if isinstance(provenance, Mapping) else {}
    families, stages = (said.get(name) or () for name in ("family", "stage"))
    stage = "" if list(stages) in ([], ["base"]) else f" {'+'.join(map(str, stages))}"
    return tuple(f"{family}{stage}" for family in families)


def _measurement(
    entry: Mapping[str, Any], families: tuple[str, ...], models: tuple[str, ...]
) -> Measurement:
    pair = entry["pair"]
    return Measurement(
        id=entry["id"],
        kind=entry["kind"],
        experiment=entry["experiment"],
        benchmark=entry["benchmark"],
        task_type=entry["task_type"],
        ptes=tuple(entry["ptes"]),
        reference=entry["reference"] or "",
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
        multiple=entry["inference_multiple"],
        net_multiple=entry.get("inference_multiple_net"),
        stack=entry["stack"] or "",
        model=entry["model"] or "",
        scale=entry["scale"],
        rows=_rows(entry, "rows", "ptes"),
        context_rows=_rows(entry, "context_rows", "context"),
        toy=entry.get("toy"),
        flop=_number(entry.get("training_flop"), nan),
        families=families,
        models=models,
    )


def _rows(entry: Mapping[str, Any], name: str, of: str) -> tuple[str | None, ...] | None:
    rows = entry.get(name)
    if rows is not None and len(rows) != len(entry[of] or ()):
        raise UserError(
            f"the estimate {entry['id']} has {len(rows)} {name} for {len(entry[of] or ())} {of}: "
            "give a row, or null, for each"
        )
    return None if rows is None else tuple(rows)


def _number(value: float | None, missing: float) -> float:
    return missing if value is None else float(value)
