"""Dates as Lifland et al. print them: a year and a month."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.errors import UserError

Array = NDArray[np.float64]

_FORM = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def month(text: str) -> int:
    """Months since year 0 of a date such as `2023-10`.

    Raises:
        UserError: it is no such date.
    """
    result = _FORM.fullmatch(text)
    if result is None:
        raise UserError(f"'{text}' is not a date: give a year and a month, such as 2026-12")
    return int(result[1]) * 12 + int(result[2]) - 1


def label(month: int) -> str:
    """The date of a month, as `2023-10`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def years(months: Sequence[int] | int) -> Array:
    """[date] or one: years, of twelve equal months."""
    return np.asarray(months, float) / 12
