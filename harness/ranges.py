"""What a setting may be, as types: a component says it in its fields, and its settings are checked
before anything is loaded.

Any type that pydantic knows does the same, such as `Annotated[int, Field(ge=1)]` or a `Literal`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from annotated_types import Interval, Predicate, Unit

MOST = 10**9
"""The largest count; what is larger is a slip of the keyboard."""
TOKENS = "tokens"
"""The unit of what has to fit the sweep's context window."""
CODE = "code"
"""The unit of what names code."""


def is_written(text: str) -> bool:
    """text that is not blank"""
    return bool(text.strip())


def is_device(text: str) -> bool:
    """auto, cpu, mps, cuda or cuda:N"""
    return bool(re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,4})?", text))


def is_day(text: str) -> bool:
    """a day as YEAR-MONTH-DAY, such as 2026-01-01"""
    try:
        return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) and date.fromisoformat(text))
    except ValueError:
        return False


Count = Annotated[int, Interval(ge=1, le=MOST)]
CountFromZero = Annotated[int, Interval(ge=0, le=MOST)]
"""A count that may be nothing."""
Several = Annotated[int, Interval(ge=2, le=MOST)]
"""How many there are of something that takes two: attempts to choose among, branches."""
Seed = Annotated[int, Interval(ge=0)]
Tokens = Annotated[int, Interval(ge=1, le=MOST), Unit(TOKENS)]
"""A limit on what is written; less than the context window."""
Probability = Annotated[float, Interval(ge=0, le=1)]
Share = Annotated[float, Interval(gt=0, le=1)]
"""A part of something, above nothing."""
Positive = Annotated[float, Interval(gt=0)]
NotNegative = Annotated[float, Interval(ge=0)]
Flop = Annotated[float, Interval(ge=0, le=1e32)]
TrainingFlop = Annotated[float, Interval(ge=1e6, le=1e32)]
"""Compute of a training; what is less is log10 of it, or in another unit."""
Seconds = Annotated[float, Interval(gt=0, le=MOST), Unit("seconds")]
Gpus = Annotated[int, Interval(ge=1, le=1024)]
Parallel = Annotated[int, Interval(ge=1, le=100_000)]
"""How many requests or sequences are worked on at the same time."""
Text = Annotated[str, Predicate(is_written)]
Code = Annotated[str, Predicate(is_written), Unit(CODE)]
"""The dotted path of a function; of a stranger's run it is imported at the user's word alone."""
Day = Annotated[str, Predicate(is_day)]
Device = Annotated[str, Predicate(is_device)]
"""Where torch computes; `auto` takes a GPU where there is one."""
