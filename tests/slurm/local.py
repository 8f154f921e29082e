"""A real Slurm on this machine alone: munge, slurmctld and slurmd on loopback, without systemd.

Needs root (slurmd starts jobs as their users) and the packages slurmctld, slurmd, slurm-client
and munge. Everything lives in one folder; a system's own Slurm or munge is not touched.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "munged", "munge", "sbatch", "squeue", "srun")
GPUS = 4
PR_SET_PDEATHSIG = 1
SECONDS = 60


def missing() -> str | None:
    """Why no Slurm can be brought up here, or None."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        return f"no {', '.join(absent)}: apt-get install slurmctld slurmd slurm-client munge"
    return None if os.geteuid() == 0 else "slurmd needs root"


class MemoryLimits(Enum):
    """Who ends what takes more memory than its job has."""

    NONE = "none"
    KERNEL = "cgroup"
    """The kernel kills a process of the job's control group."""
    SLURM = "over_memory_kill"
    """Slurm kills the whole job."""


@dataclass
class LocalSlurm:
    """Up after `start`, gone after `stop`."""

    base: Path
    cpus: int = 8
    """What Slurm believes: jobs here mostly wait."""
    memory: MemoryLimits = MemoryLimits.NONE
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """For whoever wants to submit here."""
        return {
            "SLURM_CONF": str(self.base / "slurm.conf"),
            "PATH": f"{self.base / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        }

    def start(self) -> None:
        """Bring it up.

        Raises:
            RuntimeError: it does not come up; with the ends of its logs.
        """
        for name in ("log", "state", "spool", "munge", "bin"):
            (self.base / name).mkdir(parents=True, exist_ok=True)
        (self.base / "munge").chmod(0o711)
        key = self.base / "munge" / "key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o600)
        self._configure()
        munge = self.base / "munge"
        self._daemon(
            *("munged", "--foreground", "--force", f"--key-file={key}"),
            *(f"--socket={munge / 'sock'}", f"--pid-file={munge / 'pid'}"),
            *(f"--log-file={munge / 'log'}", f"--seed-file={munge / 'seed'}"),
        )
        self._until(lambda: (munge / "sock").exists())
        self._controller = self._daemon("slurmctld", "-D")
        self._daemon("slurmd", "-D", "-N", _host())
        self._until(lambda: self.ask("sinfo", "--noheader", "-p", "main", "-o", "%T") == "idle")

    def restart_controller(self) -> None:
        """slurmctld crashes and comes back; it remembers its jobs."""
        self._controller.kill()
        self._controller.wait()
        self.daemons.remove(self._controller)
        self._controller = self._daemon("slurmctld", "-D")
        self._until(lambda: self.ask("sinfo", "--noheader", "-p", "main", "-o", "%T"))

    def stop(self) -> None:
        """Cancel all jobs, then end what was started, in the opposite order."""
        self.clear()
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def clear(self) -> None:
        """Cancel all jobs and wait until they are gone."""

        def gone() -> bool:
            with suppress(subprocess.TimeoutExpired):  # it tries again for a minute and a half
                self.ask("scancel", "--quiet", "--me", timeout=5)
            return not self.ask("squeue", "--noheader", "--me")

        self._until(gone, patient=True)

    def ask(self, *command: str, timeout: float | None = None) -> str:
        """What a command of Slurm's prints; nothing where it fails."""
        done = subprocess.run(
            command,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return done.stdout.strip()

    def _daemon(self, *command: str) -> subprocess.Popen[bytes]:
        log = (self.base / "log" / f"{command[0]}.out").open("ab")
        environment = {**os.environ, **self.environment}
        daemon = subprocess.Popen(
            command,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        self.daemons.append(daemon)
        return daemon

    def _until(self, holds: Callable[[], object], patient: bool = False) -> None:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if holds():
                return
            time.sleep(0.1)
        if not patient:
            logs = [path.read_text()[-1500:] for path in sorted((self.base / "log").iterdir())]
            raise RuntimeError("Slurm did not come up:\n" + "\n".join(logs))

    def _configure(self) -> None:
        gpus = [self._gpu(n) for n in range(GPUS)]
        (self.base / "gres.conf").write_text("".join(f"Name=gpu File={path}\n" for path in gpus))
        version = subprocess.run(["slurmd", "-V"], capture_output=True, text=True).stdout.split()[1]
        plugin = "cgroup/v1" if version.startswith(("21.", "22.")) else "disabled"
        kernel, itself = (self.memory is each for each in (MemoryLimits.KERNEL, MemoryLimits.SLURM))
        constrained = f"ConstrainRAMSpace={'yes' if kernel else 'no'}"
        (self.base / "cgroup.conf").write_text(f"CgroupPlugin={plugin}\n{constrained}\n")
        (self.base / "plugstack.conf").write_text("")
        # Accounting needs a database; submitit polls it where it waits, as in Hydra's launcher.
        sacct = self.base / "bin" / "sacct"
        sacct.write_text(SACCT)
        sacct.chmod(0o755)
        ports = [_free_port(), _free_port()]
        user = "root"
        (self.base / "slurm.conf").write_text(
            CONF.format(
                base=self.base,
                host=_host(),
                cpus=self.cpus,
                gpus=GPUS,
                user=user,
                ports=ports,
                task="cgroup" if kernel else "none",
                gather="linux" if itself else "none",
                over="JobAcctGatherParams=OverMemoryKill\nJobAcctGatherFrequency=task=1"
                if itself
                else "",
            )
        )

    def _gpu(self, number: int) -> Path:
        """A device file: Slurm sets CUDA_VISIBLE_DEVICES for nothing else."""
        path = self.base / f"gpu{number}"
        null = os.stat("/dev/null").st_rdev
        if not path.exists():
            os.mknod(path, stat.S_IFCHR | 0o600, null)
        return path


def _end_with_parent() -> None:
    """Tests that are killed leave no daemon behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _host() -> str:
    return socket.gethostname().partition(".")[0]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


SACCT = """#!/bin/bash
ids=
while [ $# -gt 0 ]; do
    case $1 in -j) ids+="${ids:+,}$2"; shift 2 ;; *) shift ;; esac
done
echo 'JobID|State|NodeList'
exec squeue -h -t all ${ids:+-j "$ids"} -o '%i|%T|%N'
"""

CONF = """
ClusterName=ci
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
# A requeued job waits this long; five is the least.
AuthInfo=socket={base}/munge/sock,cred_expire=5
CredType=cred/munge
StateSaveLocation={base}/state
SlurmdSpoolDir={base}/spool
SlurmctldPidFile={base}/slurmctld.pid
SlurmdPidFile={base}/slurmd.pid
SlurmctldLogFile={base}/log/slurmctld.log
SlurmdLogFile={base}/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/{task}
JobAcctGatherType=jobacct_gather/{gather}
{over}
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# Without it a job takes the node's memory, and arrays run one job at a time.
DefMemPerCPU=500
MessageTimeout=30
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
MinJobAge=3600
MaxArraySize=1001
KillWait=5
SlurmctldTimeout=60
SlurmdTimeout=60
MpiDefault=none
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=16000 Gres=gpu:{gpus} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES PriorityTier=10 PreemptMode=off State=UP
PartitionName=low Nodes=ALL MaxTime=7-0 PriorityTier=1 PreemptMode=REQUEUE GraceTime=10 State=UP
PartitionName=high Nodes=ALL MaxTime=2:00:00 PriorityTier=20 PreemptMode=off State=UP
"""
