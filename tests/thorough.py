"""How much a long test does: enough for every change or, with THOROUGH=1, all that it can."""

from __future__ import annotations

import os

THOROUGH = os.environ.get("THOROUGH") == "1"


def size(full: int, quick: int) -> int:
    """How many of something: the full number where there is time for it."""
    return full if THOROUGH else quick
