"""What a setting may be, as types: a component says it in its fields, and its settings are checked
before anything is loaded.

Any type that pydantic knows does the same, such as `Annotated[int, Field(ge=1)]` or a `Literal`.
"""

from __future__ import annotations

from typing import Annotated

from annotated_types import Interval, Predicate, Unit

MOST = 10**9
"""The largest count; what is larger is a slip of the keyboard."""
TOKENS = "tokens"
"""The unit of what has to fit the sweep's context window."""


def is_written(text: str) -> bool:
    """text that is not blank"""
    return bool(text.strip())


Count = Annotated[int, Interval(ge=1, le=MOST)]
CountFromZero = Annotated[int, Interval(ge=0, le=MOST)]
"""A count that may be nothing."""
Several = Annotated[int, Interval(ge=2, le=MOST)]
"""How many there are of something that takes two: attempts to choose among, branches."""
Seed = Annotated[int, Interval(ge=0, lt=2**63)]
Tokens = Annotated[int, Interval(ge=1, le=MOST), Unit(TOKENS)]
"""A limit on what is written; less than the context window."""
Probability = Annotated[float, Interval(ge=0, le=1)]
Share = Annotated[float, Interval(gt=0, le=1)]
"""A part of something, above nothing."""
Positive = Annotated[float, Interval(gt=0)]
NotNegative = Annotated[float, Interval(ge=0)]
Seconds = Annotated[float, Interval(gt=0, le=MOST), Unit("seconds")]
Text = Annotated[str, Predicate(is_written)]
