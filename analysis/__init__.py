"""From records to curves, compute-equivalent gain, composability and a forecast.

The public surface for those who script, `from analysis import analyse`: each name is loaded when it
is first asked for. What is not listed here may change between versions without a word.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.contracts.estimate import Estimate, EstimateStatus
    from analysis.contracts.experiment import Arm, Experiment, Rung
    from analysis.contracts.finding import Finding, Severity
    from analysis.pipeline import AnalysisSettings, analyse
    from analysis.result import ExperimentResult
    from analysis.scripting import experiments_of, load_estimates, load_experiments, tables

__all__ = [
    "AnalysisSettings",
    "Arm",
    "Estimate",
    "EstimateStatus",
    "Experiment",
    "ExperimentResult",
    "Finding",
    "Rung",
    "Severity",
    "analyse",
    "experiments_of",
    "load_estimates",
    "load_experiments",
    "tables",
]

_HOMES = {
    "analysis.pipeline": ("AnalysisSettings", "analyse"),
    "analysis.result": ("ExperimentResult",),
    "analysis.contracts.estimate": ("Estimate", "EstimateStatus"),
    "analysis.contracts.experiment": ("Arm", "Experiment", "Rung"),
    "analysis.contracts.finding": ("Finding", "Severity"),
    "analysis.scripting": ("experiments_of", "load_estimates", "load_experiments", "tables"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    result = globals()[name] = getattr(import_module(_HOME[name]), name)
    return result


def __dir__() -> list[str]:
    return sorted(__all__)
