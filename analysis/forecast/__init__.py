"""Lifland et al.'s forecast of total CEG, with distributions and with measured values.

For notebooks: `from analysis.forecast import forecast`. The names are loaded when they are first
asked for. `from analysis import forecast` gives this package, as a package hides a function of its
own name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.forecast.continuous import ContinuousCdf
    from analysis.forecast.draws import ForecastDraws
    from analysis.forecasting import forecast

__all__ = ["ContinuousCdf", "ForecastDraws", "forecast"]

_HOME = {
    "ContinuousCdf": "analysis.forecast.continuous",
    "ForecastDraws": "analysis.forecast.draws",
    "forecast": "analysis.forecasting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    result = globals()[name] = getattr(import_module(_HOME[name]), name)
    return result
