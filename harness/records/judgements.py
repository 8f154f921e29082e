"""How much of what judges say by yes or no is either word, from records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


def masses(rows: Iterable[Iterable[Mapping[str, Any]] | None]) -> dict[str, float]:
    """By role, the mean probability that a judgement is yes or no at all.

    Args:
        rows: the column `judgements`, which older records lack.
    """
    count: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in rows:
        for each in () if row is None else row:
            count[each["role"]] += each["count"]
            total[each["role"]] += each["mass"] * each["count"]
    return {role: total[role] / count[role] for role in sorted(count)}
