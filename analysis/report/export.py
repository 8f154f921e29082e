"""What `estimates.json` says of the results: every estimate with its draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import numpy as np

from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.exchange.estimates import VERSION
from analysis.pipeline import AnalysisSettings
from analysis.report import declared, ended, luck
from analysis.report.quantities import quantities
from analysis.result import ExperimentResult
from harness import __version__

MOST_DRAWS = 1000
DIGITS = 6

Entry = dict[str, Any]


def document(
    results: Sequence[ExperimentResult], settings: AnalysisSettings, inputs: Sequence[str]
) -> dict[str, Any]:
    """The whole of `estimates.json` as plain data."""
    return {
        "schema_version": VERSION,
        "generated": {
            "by": f"pte-harness {__version__}",
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seed": settings.seed,
            "replicates": settings.replicates,
            "form": settings.form,
            "margin": settings.margin,
            "inputs": list(inputs),
            "provenance": {r.experiment.name: plain(r.experiment.provenance) for r in results},
        },
        "estimates": [entry for result in results for entry in _entries(result)],
        "findings": [
            {
                "experiment": result.experiment.name,
                "severity": finding.severity.value,
                "subject": finding.subject,
                "message": finding.message,
            }
            for result in results
            for finding in result.findings
        ],
    }


def plain(value: Any) -> Any:
    """Provenance as JSON takes it: no numpy, no NaN, keys that are text."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _entries(result: ExperimentResult) -> Iterator[Entry]:
    experiment = result.experiment
    common = {
        "experiment": experiment.name,
        "benchmark": experiment.benchmark,
        "task_type": experiment.task_type,
        "shares_items_with": list(experiment.shares_items_with),
        "toy": experiment.toy,
    }
    for named, estimate in quantities(result):
        yield {
            "id": f"{experiment.name}/{named.id}",
            "kind": named.kind,
            **common,
            "model": named.model,
            "stack": named.stack,
            "ptes": list(named.ptes),
            "reference": named.reference,
            "decoding": named.decoding,
            "primary": named.primary,
            "pair": None if named.pair is None else list(named.pair),
            "context": None if named.context is None else list(named.context),
            "scale": named.scale,
            "oracle": named.oracle,
            "definition": named.definition,
            "inference_multiple": named.inference_multiple,
            "inference_multiple_net": named.inference_multiple_net,
            "at_least": named.at_least,
            **ended.entry(result, named),
            **luck.entry(result, named),
            **declared.entry(experiment, named),
            **_numbers(estimate, named.factor),
            "status": estimate.status.value,
            "reason": estimate.reason,
            "draws": _thinned(estimate, named.factor),
        }


def _numbers(estimate: Estimate, factor: float) -> Entry:
    there = estimate.status is not EstimateStatus.REFUSED
    values = {
        "point": estimate.point,
        "median": estimate.median if there else np.nan,
        "low": estimate.low,
        "high": estimate.high,
    }
    return {name: _number(factor * value) for name, value in values.items()}


def _thinned(estimate: Estimate, factor: float) -> list[float | None]:
    """At most `MOST_DRAWS`, evenly by index, so that an index means the same in all estimates."""
    if estimate.draws is None or estimate.status is EstimateStatus.REFUSED:
        return []
    number = len(estimate.draws)
    index = np.linspace(0, number - 1, min(number, MOST_DRAWS)).round().astype(int)
    return [_number(value) for value in (factor * estimate.draws[index]).tolist()]


def _number(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if isfinite(value) else None
