"""From records to curves, compute-equivalent gain, composability and a forecast.

The public surface for those who script, `from analysis import analyse`: each name is loaded when it
is first asked for. What is not listed here may change between versions without a word.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.contracts.estimate import Estimate, Status
    from analysis.contracts.experiment import Arm, Experiment, Rung
    from analysis.contracts.finding import Finding, Severity
    from analysis.pipeline import Result, Settings, analyse
    from analysis.scripting import experiments_of, load_estimates, load_experiments, tables

__all__ = [
    "Arm",
    "Estimate",
    "Experiment",
    "Finding",
    "Result",
    "Rung",
    "Settings",
    "Severity",
    "Status",
    "analyse",
    "experiments_of",
    "load_estimates",
    "load_experiments",
    "tables",
]

_HOMES = {
    "analysis.pipeline": ("Result", "Settings", "analyse"),
    "analysis.contracts.estimate": ("Estimate", "Status"),
    "analysis.contracts.experiment": ("Arm", "Experiment", "Rung"),
    "analysis.contracts.finding": ("Finding", "Severity"),
    "analysis.scripting": ("experiments_of", "load_estimates", "load_experiments", "tables"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
