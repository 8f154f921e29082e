"""The batch script of a submission: a template of `slurm/templates`, put around submitit's step."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from submitit.slurm.slurm import SlurmExecutor, _make_sbatch_string

from harness.cli.serve import MODULE
from harness.errors import UserError
from harness.run import own_runs
from slurm.cluster import Cluster, Serve
from slurm.submission import job_name

WORK = "# (the work)"
"""Stands in a rendered template for the line that submitit writes."""
INSIDE = '"${inside[@]}" '
"""Shell that runs what follows in the container; `environment.sh` sets it."""


@dataclass(frozen=True)
class SubmissionPaths:
    """Where a submission lies: absolute, and the same on every node."""

    run: Path
    """The run's folder."""
    journal: Path

    @property
    def folder(self) -> Path:
        """Folder of what submitit writes: scripts, pickled jobs, logs."""
        return self.run / "slurm"


def executor(cluster: Cluster, site: SubmissionPaths, work_units: Sequence[int]) -> SlurmExecutor:
    """What submits these jobs.

    Raises:
        UserError: there is no Slurm here, or sbatch would not know an option.
    """
    try:
        made = SlurmExecutor(
            site.folder, max_num_timeout=cluster.max_requeues, python=python(cluster)
        )
        made.update_parameters(**parameters(cluster, site, work_units))
    except (RuntimeError, ValueError) as error:
        raise UserError(f"Slurm cannot be used: {error}") from error
    return made


def text(cluster: Cluster, site: SubmissionPaths, work_units: Sequence[int]) -> str:
    """The script as it would be submitted, made without a Slurm."""
    command = f"{python(cluster)} -u -m submitit.core._submit {shlex.quote(str(site.folder))}"
    count = {"map_count": len(work_units)} if len(work_units) > 1 else {}
    settings = parameters(cluster, site, work_units)
    script: str = _make_sbatch_string(command, site.folder, **settings, **count)
    return script


def parameters(
    cluster: Cluster, site: SubmissionPaths, work_units: Sequence[int]
) -> dict[str, Any]:
    """The settings under submitit's names."""
    before, after = body(cluster, site, work_units).split(WORK)
    memory = cluster.memory_gb
    wanted: dict[str, Any] = {
        "job_name": job_name(site.run),
        "account": cluster.account,
        "partition": cluster.partition,
        "qos": cluster.qos,
        "constraint": cluster.constraint,
        "exclude": cluster.exclude,
        "nodes": cluster.nodes,
        "ntasks_per_node": 1,
        "gres": cluster.gres,
        "gpus_per_node": cluster.gpus if cluster.gpus and not cluster.gres else None,
        "cpus_per_task": cluster.cpus,
        "mem": None if memory is None else f"{round(1024 * memory)}M",
        "time": cluster.minutes,
        "signal_delay_s": cluster.signal_delay,
        "array_parallelism": cluster.parallel,
        "setup": before.strip().splitlines(),
        "teardown": after.strip().splitlines(),
        "srun_args": _step(cluster),
        "additional_parameters": _further(cluster),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def body(cluster: Cluster, site: SubmissionPaths, work_units: Sequence[int]) -> str:
    """The rendered template, with `WORK` where submitit's step goes."""
    templates = Environment(
        loader=PackageLoader("slurm"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # shell, not HTML
    )
    templates.filters["quote"] = lambda value: shlex.quote(str(value))
    inside = INSIDE if cluster.container.image else ""
    return templates.get_template(f"{cluster.serve}.sh").render(
        work=WORK,
        work_units=work_units,
        run=site.run,
        said=_said(site.run),
        logs=site.folder,
        container=_container(cluster, site),
        python=python(cluster),
        serve=f"{python(cluster)} -m {MODULE}",
        ray=f"{inside}ray",
        nodes=cluster.nodes,
        gpus=cluster.gpus,
        replicas=cluster.replicas,
        gpus_a_replica=cluster.gpus // cluster.replicas,
        serve_options=shlex.join(cluster.serve_options),
        serve_wait=cluster.serve_wait,
        modules=cluster.modules,
        environment=cluster.environment,
        setup=cluster.setup,
        forward=cluster.forward,
        max_requeues=cluster.max_requeues,
    )


def python(cluster: Cluster) -> str:
    """How the shell calls the Python that has the harness, in the container if there is one."""
    if cluster.container.image is None:
        return shlex.quote(sys.executable)
    return INSIDE + shlex.quote(cluster.container.python)


def _said(run: Path) -> str:
    """What the run's folder says, for the job to know it by; nothing before there is a run."""
    try:
        return own_runs.said(run)
    except UserError:  # none is written yet, or a damaged one: submitting makes it anew
        return ""


def _container(cluster: Cluster, site: SubmissionPaths) -> str:
    """What a command is put behind so that it runs in the container; empty where there is none."""
    box = cluster.container
    if box.image is None:
        return ""
    # The journal may lie elsewhere; both are written.
    binds = dict.fromkeys([*map(str, (site.run, site.journal)), *box.binds])
    words = [box.command, "exec", *box.options]
    words += [word for bind in binds for word in ("--bind", bind)]
    return shlex.join([*words, box.image])


def _step(cluster: Cluster) -> list[str]:
    """Options of srun: the harness is one task, beside the steps that serve where there are any."""
    options = [f"--cpus-per-task={cluster.cpus}"]  # which srun no longer takes over from sbatch
    if cluster.serve is Serve.RAY:
        options += ["--overlap", "--nodes=1", "--ntasks=1"]
    return options


def _further(cluster: Cluster) -> dict[str, Any]:
    further: dict[str, Any] = {"requeue": True}
    further |= {name: value for name, value in cluster.sbatch.items() if value is not None}
    if cluster.forward is not None:
        further["export"] = ",".join(cluster.forward) or "NIL"
    return further
