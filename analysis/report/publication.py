"""What W&B is shown of a report, should it be told of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.tracking.publication import Publication

LEFT_OUT = ("draws", "context", "context_rows")
"""Fields of an estimate that do not fit a table."""


def publication(folder: Path, content: Mapping[str, Any], inputs: Sequence[Path]) -> Publication:
    """The report in `folder` as one W&B run: figures, pictures, the page, tables, estimates.

    Args:
        folder: a report that is written, but for this.
        content: of its `estimates.json`.
        inputs: what was analysed; a single run gives its name to the group.
    """
    names = " and ".join(path.resolve().stem for path in inputs)
    estimates = content["estimates"]
    gains = {each["id"]: each["point"] for each in estimates if each["kind"] == "ceg"}
    return Publication(
        name=f"analysis of {names}"[:120],
        job_type="analysis",
        group=inputs[0].resolve().stem if len(inputs) == 1 else "analysis",
        config=content["generated"],
        summary=gains | {"estimates": len(estimates), "findings": len(content["findings"])},
        pictures=_files(folder, "plots/*.png"),
        pages={"report": "report.html"},
        tables=_files(folder, "tables/*.csv"),
        rows={
            "estimates": [
                {key: value for key, value in each.items() if key not in LEFT_OUT}
                for each in estimates
            ]
        },
        artifacts={"estimates": ["estimates.json"], "report": ["report.html"]},
    )


def _files(folder: Path, pattern: str) -> dict[str, str]:
    """Files by their stems, as paths below the folder."""
    return {path.stem: str(path.relative_to(folder)) for path in sorted(folder.glob(pattern))}
