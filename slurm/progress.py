"""Which portions of a run are finished, from the status that each job keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.run.portion import Division, Portion


def unfinished(run: Path, division: Division) -> list[int]:
    """Portions that have not come to their end, or left something that another try may mend."""
    return [each.index for each in division.portions if not _finished(run, division, each)]


def _finished(run: Path, division: Division, portion: Portion) -> bool:
    try:
        status: dict[str, Any] = json.loads((run / "status" / f"{portion.name}.json").read_text())
    except (OSError, ValueError):
        return False  # it never started, or its disk failed it
    whole = status["state"] == "finished" and status["division"] == division.id
    return whole and not any(cell["error"] or cell["failed"] for cell in status["cells"])
