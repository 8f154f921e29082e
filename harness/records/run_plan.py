"""The plan in a run's folder, as it was put down; `harness.run.folder` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.files import checked

PLAN = "plan.json"


class DamagedPlanError(UserError):
    """A plan is there, and is not as it was written."""


def read_run_plan(folder: Path) -> dict[str, Any]:
    """What was put down in a run's folder before it began.

    Raises:
        DamagedPlanError: the file is not as it was written.
        UserError: there is none, or it cannot be read.
    """
    path = folder / PLAN
    try:
        result = checked(json.loads(path.read_bytes()))
        if not isinstance(result["cells"], list):
            raise ValueError("it lists no cells")
    except OSError as error:
        raise UserError(f"no run in {folder}: {path} cannot be read ({error})") from error
    except (ValueError, KeyError) as error:
        raise DamagedPlanError(
            f"{path} is damaged ({error}): start the same pte run again, which makes it anew"
        ) from error
    return result
