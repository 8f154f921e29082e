"""The doctor's checks of Slurm (entry point `pte.doctor`)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from harness.anchor import module_command
from harness.doctor import peers
from harness.doctor.contract import Asked, Check, Finding, fail, ok, skip, warn
from harness.doctor.declared import installed
from harness.doctor.files import nearest, trial_folder
from harness.errors import UserError
from harness.provenance import code
from slurm.cluster import Cluster, Serve
from slurm.queue import cancel, partitions, run_slurm, state_of
from slurm.script import SubmissionPaths, executor
from slurm.submit import check_slurm, cluster_of

WAIT = 300.0
"""Seconds that a job may wait in the queue."""
PATIENCE = 60.0
"""Seconds that each side of a trial waits for the other's files."""
POLL = 1.0
ANSWER = "answer.json"
OVER = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL")


def slurm(asked: Asked) -> Finding:
    """Whether Slurm answers, and has what cluster=... asks for."""
    if shutil.which("sinfo") is None:
        if asked.slurm:
            return fail("sinfo is not on this machine", "call this where jobs are submitted")
        return skip("sinfo is not on this machine")
    if installed("submitit") is None:
        return fail("submitit is not installed", "pip install -e '.[slurm]'")
    try:
        limits, version = partitions(), run_slurm("sinfo", "--version").strip()
    except UserError as error:
        told = f"sinfo is here, and no cluster answers: {str(error).splitlines()[0]}"
        mend = "set SLURM_CONF, or ask the cluster's staff; without a cluster: nothing"
        return fail(told, mend) if asked.slurm else warn(told, mend)
    check_slurm(_cluster(asked), 1)
    within = " (inside a job)" if "SLURM_JOB_ID" in os.environ else ""
    what = f"{version} with {len(limits)} partitions{within}; has what cluster= asks for"
    return ok(what, version=version, partitions=len(limits))


def two_nodes(asked: Asked) -> Finding:
    """The runs' folder between two nodes of the allocation that this process is in."""
    if int(os.environ.get("SLURM_JOB_NUM_NODES", "1")) < 2:
        return skip("not inside an allocation of two nodes", "salloc --nodes=2 pte doctor")
    with trial_folder(nearest(asked.folders[0])) as folder:
        command = ["srun", "--nodes=2", "--ntasks=2", "--ntasks-per-node=1", "--overlap"]
        command += [*module_command("harness.doctor.peers"), str(folder), "slurm", str(PATIENCE)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=4 * PATIENCE)
        if done.returncode:
            said = "; ".join(done.stderr.strip().splitlines()[-3:]) or "no message"
            return fail(f"two nodes do not see each other's files: {said}", _SHARED)
        return _between(peers.results(folder))


_SHARED = "runs=FOLDER on a file system that all nodes share: jobs work in it together"


def _between(sides: Sequence[Mapping[str, Any]], told: str = "") -> Finding:
    """What two nodes saw of each other."""
    away, wait = peers.skew(list(sides)), sides[1]["late"]
    apart = sides[0]["host"] != sides[1]["host"]
    what = f"{told}{'two hosts' if apart else 'two processes on one host'} share the runs' folder"
    if found := peers.faults(list(sides)):
        return fail(f"{what}, and {'; '.join(found)}", _SHARED)
    what += f": rename, sync, exclusive creation, link, map hold; seen after {wait:.2g} s at most"
    if away > peers.SKEW:
        return warn(f"{what}; clocks differ by {away:.0f} s", "have all nodes keep time (NTP)")
    return ok(what, seen_seconds=round(wait, 3), clock_seconds=round(away, 3), hosts=1 + apart)


@dataclass(frozen=True)
class DoctorJob:
    """What runs in the job; pickled by submitit, so it holds no more than a path."""

    folder: str

    def __call__(self, _: int) -> int:
        """Play the other side of the trial, and say what the node has."""
        folder = Path(self.folder)
        smi = shutil.which("nvidia-smi")
        listed = subprocess.run([smi, "-L"], capture_output=True, text=True).stdout if smi else ""
        answer = {
            "python": sys.version.split()[0],
            "gpus": listed.count("GPU "),
            "visible": os.environ.get("CUDA_VISIBLE_DEVICES", ""),
            "code": code(),
        }
        (folder / ANSWER).write_text(json.dumps(answer))
        peers.play(folder, 1, PATIENCE)
        return 0


def job(asked: Asked) -> Finding:
    """Submits a job of one minute as the profile has it, and reads its answer in the folder."""
    if not asked.slurm:
        return skip("--slurm was not given", "'pte doctor --slurm' submits a job of one minute")
    cluster = _cluster(asked)
    cluster = replace(
        cluster, serve=Serve.INPROCESS, nodes=1, minutes=1, signal_delay=10, max_requeues=0
    )
    with trial_folder(nearest(asked.folders[0]).resolve()) as folder:
        site = SubmissionPaths(folder, folder)
        site.folder.mkdir()
        try:
            made = executor(cluster, site, [0]).map_array(DoctorJob(str(folder)), [0])
        except UserError:
            raise
        except Exception as error:  # submitit's own kinds
            return fail(f"sbatch refused: {error}", "set cluster.partition=, cluster.account=, ...")
        number = made[0].job_id
        try:
            return _followed(folder, number, cluster)
        finally:
            cancel([number])


def _followed(folder: Path, number: str, cluster: Cluster) -> Finding:
    """Wait for the job's answer, then try the folder against it."""
    begun = time.monotonic()
    while not (folder / ANSWER).exists():
        state = state_of(number).partition(" ")[0]
        if state in OVER:
            return _ended(folder, state)
        if time.monotonic() - begun > WAIT:
            return warn(
                f"the job was still {state.lower()} after {WAIT:.0f} s and was cancelled",
                "ask again when the queue is shorter, or with another cluster.partition",
            )
        time.sleep(POLL)
    waited = time.monotonic() - begun
    answer = json.loads((folder / ANSWER).read_text())
    try:
        peers.play(folder, 0, PATIENCE)
    except peers.UnseenError as error:
        return fail(f"the job began, and {error}", _SHARED)
    gpus = f"{answer['gpus']} GPU(s)" if answer["gpus"] else "no GPU seen"
    told = f"a job ran after {waited:.0f} s (Python {answer['python']}, {gpus}); "
    if answer["code"] != code():
        return fail(f"{told}its node has other code than this one", "install from a shared folder")
    if cluster.gpus and not answer["gpus"]:
        return warn(
            f"{told}cluster.gpus is {cluster.gpus}, and nvidia-smi shows none there",
            "look at cluster.partition and cluster.gres",
        )
    return _between(peers.results(folder), told)


def _ended(folder: Path, state: str) -> Finding:
    """A job that ended without an answer, with the end of its log."""
    logs = sorted((folder / "slurm").glob("*.err"))
    lines = [line for log in logs for line in log.read_text().splitlines() if line.strip()]
    said = f": {lines[-1]}" if lines else "; its log is not to be seen here"
    return fail(
        f"the job ended ({state.lower()}) without an answer{said}",
        "look at cluster.setup, cluster.modules and whether the node has this Python and folder",
    )


def _cluster(asked: Asked) -> Cluster:
    """The profile.

    Raises:
        UserError: it is none that jobs could have.
    """
    return cluster_of(OmegaConf.to_yaml(asked.config, resolve=True))


CHECKS = (
    Check("slurm", slurm, seconds=150),
    Check("two nodes", two_nodes, seconds=5 * PATIENCE, needs="slurm"),
    Check("slurm job", job, seconds=WAIT + 5 * PATIENCE, needs="slurm"),
)
