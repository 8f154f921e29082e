"""One measured figure a line: name, value, unit and the bar it has to meet."""

from __future__ import annotations

import operator
from collections.abc import Callable

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def figure(name: str, value: float, unit: str, bar: str) -> bool:
    """Print a figure and return whether it meets its bar, such as `>= 0.95` or `<= 10`.

    Raises:
        ValueError: the bar is not a comparison and a number.
    """
    comparison, _, limit = bar.partition(" ")
    if comparison not in _COMPARE:
        raise ValueError(f"a bar reads like '<= 10', not '{bar}'")
    shown = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    print(f"{name:<32}  {shown:>12}  {unit:<8}  {bar}", flush=True)
    return _COMPARE[comparison](value, float(limit))
