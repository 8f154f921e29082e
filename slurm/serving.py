"""`python -m slurm.serving RUN WORK_UNIT [SAID]`: what a job's servers are to serve, as shell.

Prints MODEL, the folder of the work unit's weights, which it fetches, and SERVED, the options by
which the harness knows these weights: their identity as the name, number format, context window.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from harness.cli.serve import folder_of, served
from harness.errors import UserError
from harness.models.resolve import fetch
from harness.models.spec import ModelSpec
from harness.plan.plan import Plan
from harness.run import own_runs
from harness.run.folder import read_plan, rebuild
from harness.run.loading import bound, checkpoint
from harness.run.work_unit import Division, read_division


def one_model(plan: Plan) -> ModelSpec:
    """The model that all roles of all cells ask.

    Raises:
        UserError: there are several, and a job's servers hold one.
    """
    models = {checkpoint(model): model for cell in plan.cells for _, model in bound(cell)}
    if len(models) > 1:
        raise UserError(
            f"a job's servers hold one model, and one job would ask {', '.join(models)}: lower "
            "cluster.gpu_hours, submit a model at a time, or keep judges on servers of their own"
        )
    return next(iter(models.values()))


def check_work_units(plan: Plan, division: Division) -> None:
    """Whether every work unit can be served by one model; raises as `one_model`."""
    for work_unit in division.work_units:
        one_model(work_unit.plan(plan))


def main(arguments: list[str]) -> int:
    """Print the two variables."""
    run, work_unit = Path(arguments[0]), int(arguments[1])
    own_runs.check_code(run, (), arguments[2] if len(arguments) > 2 else "")
    os.chdir(read_plan(run, "directory")["directory"])
    stored, division = rebuild(run), read_division(run)
    if division is None:
        raise UserError(f"{run} was not submitted")
    resolved = fetch(one_model(division.work_units[work_unit].plan(stored.plan)))
    options = shlex.join(served(stored.experiment, resolved))
    print(f"MODEL={shlex.quote(folder_of(resolved))}\nSERVED=({options})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
