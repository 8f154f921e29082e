"""From a plan, or a run's folder, to one job array."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from omegaconf import DictConfig
from submitit.core.utils import FailedJobError, FailedSubmissionError

from harness.errors import UserError
from harness.models.resolve import pin
from harness.plan.plan import Plan
from harness.run import own_runs
from harness.run.folder import write_plan
from harness.run.loading import bound, checkpoint
from harness.run.preflight import BYTES_PER_TOKEN, room, writable
from harness.run.work_unit import Division, divide
from harness.settings.building import build
from harness.settings.checking import component_problems
from harness.settings.experiment import RunConfig
from harness.settings.wording import refuse
from harness.settings.written import written
from slurm.cluster import Cluster
from slurm.job import WorkUnitJob
from slurm.queue import largest_array, partitions
from slurm.script import SubmissionPaths, executor
from slurm.serving import check_work_units
from slurm.submission import Submission, note


def cluster_of(config: str | DictConfig) -> Cluster:
    """The cluster's settings in a resolved configuration, as text or as it was read.

    Raises:
        UserError: they are not settings of jobs that can run.
    """
    node = (written(config) if isinstance(config, str) else config).cluster
    refuse(component_problems("cluster", node, Cluster))
    made: Cluster = build("cluster", node, Cluster)
    return made


def site_of(experiment: RunConfig) -> SubmissionPaths:
    """Where the jobs of a run find it: its folder and its journal, as absolute paths."""
    return SubmissionPaths(experiment.folder.resolve(), experiment.journal.resolve())


def cut(plan: Plan, experiment: RunConfig, cluster: Cluster) -> Division:
    """The plan's jobs, checked against the settings but not against a Slurm.

    Raises:
        UserError: the jobs could not run as they are set.
    """
    cluster.check(experiment.request.engine)
    division = divide(plan, experiment.hardware, cluster.gpu_hours)
    if cluster.serve.apart:
        check_work_units(plan, division)
    return division


def prepare(
    plan: Plan,
    experiment: RunConfig,
    division: Division,
    models: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Check what can be checked away from the nodes, and write all that jobs need into the run's
    folder. Whether a node has the engine and room for the model, each job looks at itself.

    Raises:
        UserError: weights cannot be found, or a folder cannot be written or has no room.
    """
    if experiment.request.engine.capabilities.weights:
        spoken = {checkpoint(model): model for cell in plan.cells for _, model in bound(cell)}
        for model in spoken.values():
            pin(model)
    for folder in (experiment.folder, experiment.journal):
        writable(folder)
        room(folder, plan.distinct.generated_tokens * BYTES_PER_TOKEN)
    write_plan(plan, experiment, ["pte", "resume", str(experiment.folder)], models)
    division.write(experiment.folder)


def check_slurm(cluster: Cluster, jobs: int) -> None:
    """Hold the settings against what this Slurm has.

    Raises:
        UserError: no such partition, a time limit above its, or more jobs than an array takes.
    """
    limits = partitions()
    _check_partition(cluster, limits)
    most = largest_array()
    if jobs > most:
        raise UserError(
            f"{jobs} jobs, and an array of this Slurm takes {most}: "
            f"raise cluster.gpu_hours (now {cluster.gpu_hours:g})"
        )


def _check_partition(cluster: Cluster, limits: Mapping[str, float]) -> None:
    wanted = [] if cluster.partition is None else cluster.partition.split(",")
    for name in wanted:
        if name not in limits:
            raise UserError(
                f"cluster.partition is {name!r}, and this Slurm has {', '.join(sorted(limits))}"
            )
        if cluster.minutes > limits[name]:
            raise UserError(
                f"cluster.minutes is {cluster.minutes}, and the partition {name} allows "
                f"{limits[name]:g}: jobs would wait for ever"
            )


def submit(
    cluster: Cluster, site: SubmissionPaths, division: Division, work_units: Sequence[int]
) -> Submission:
    """Hand these work units, of which there are some, to Slurm as one array and note it.

    Raises:
        UserError: Slurm refused; with its own words.
    """
    site.folder.mkdir(parents=True, exist_ok=True)
    job = WorkUnitJob(str(site.run), own_runs.said(site.run))
    try:
        jobs = executor(cluster, site, work_units).map_array(job, work_units)
    except (FailedJobError, FailedSubmissionError) as error:
        raise UserError(f"sbatch refused: {error}") from error
    array = jobs[0].job_id.partition("_")[0]
    submission = Submission(array, tuple(work_units), division.id, time.time())
    note(site.run, submission)
    return submission
