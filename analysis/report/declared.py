"""What an estimate says for a forecast: the rows that its PTEs are, and the compute it is at."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

from analysis.contracts.experiment import Experiment
from analysis.report.quantities import Named

Row = str | None


def entry(experiment: Experiment, named: Named) -> dict[str, Any]:
    """Fields of an estimate in `estimates.json`."""
    known = all(arm.rows is not None for arm in experiment.arms)
    return {
        "rows": list(_rows(experiment, named)) if known else None,
        "context_rows": [_pieces(experiment).get(name) for name in named.context or ()]
        if known and named.context is not None
        else None,
        "training_flop": _flop(experiment, named.model),
    }


def _rows(experiment: Experiment, named: Named) -> Iterable[Row]:
    """By PTE of the estimate. A stack's are named as PTEs, all others as pieces of the lattice."""
    for arm in experiment.arms:
        if arm.label == named.stack and arm.ptes == named.ptes:
            return [(arm.rows or {}).get(name) for name in arm.ptes]
    pieces = _pieces(experiment)
    return [pieces.get(name) for name in named.ptes]


def _pieces(experiment: Experiment) -> dict[str, Row]:
    """The row of each PTE with its settings, by what it is called in pairs and lattices."""
    return {
        experiment.piece(part): (arm.rows or {}).get(part[0])
        for arm in experiment.arms
        for part in arm.parts
    }


def _flop(experiment: Experiment, model: str | None) -> float | None:
    """Training compute of the rung that an estimate is of."""
    found = [rung.flop for rung in experiment.rungs if rung.model == model and rung.valid]
    return float(found[0]) if found and isfinite(found[0]) else None
