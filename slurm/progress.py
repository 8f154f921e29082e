"""Which portions of a run are finished, from the status that each job keeps."""

from __future__ import annotations

from pathlib import Path

from harness.run.portion import Division
from harness.run.signs import Signs, Status


def unfinished(run: Path, division: Division) -> list[int]:
    """Portions that have not come to their end, or left something that another try may mend."""
    signs = {status["name"]: status for status in Signs(run).read()}
    finished = {name for name, status in signs.items() if _whole(status, division)}
    return [each.index for each in division.portions if each.name not in finished]


def _whole(status: Status, division: Division) -> bool:
    ended = status["state"] == "finished" and status["division"] == division.id
    return ended and not any(cell["why"] or cell["failed"] for cell in status["cells"])
