"""Runs that this user has submitted: their settings may be submitted again as they are.

Settings of jobs hold lines of shell (`cluster.setup`, modules, a container, options of sbatch). In
a run's folder that somebody else made they are data: nothing runs them but the user's own word. So
a submission notes the settings that it was made with where only the user writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from hashlib import blake2b
from pathlib import Path

from harness.errors import UserError
from harness.files import replace_text
from harness.models.bundled import cache
from harness.run.folder import CONFIG
from slurm.cluster import Cluster

RUN_BY_JOBS = ("modules", "environment", "setup", "container", "serve_options", "sbatch")
"""Settings whose text a job, or sbatch, obeys."""


def remember(run: Path) -> None:
    """Note that the settings in a run's folder are this user's own.

    Raises:
        UserError: the note cannot be written.
    """
    place = _note(run)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_text(place, _settings(run))
    except OSError as error:
        raise UserError(f"{place} cannot be written ({error.strerror}): set PTE_CACHE") from error


def check(run: Path, cluster: Cluster, changes: Sequence[str]) -> None:
    """Whether jobs may run what the settings in a run's folder say.

    Args:
        run: the run's folder.
        cluster: its settings of jobs, with the changes.
        changes: words of the command line that gave settings of jobs.

    Raises:
        UserError: this user has not submitted the run with these settings, and not all that its
            jobs would obey was given on the command line.
    """
    if _known(run):
        return
    usual = Cluster()
    said = {word.lstrip("+~").partition("=")[0].split(".")[1] for word in changes}
    foreign = [
        f"cluster.{each.name}={getattr(cluster, each.name)!r}"
        for each in fields(Cluster)
        if each.name in RUN_BY_JOBS
        and each.name not in said
        and getattr(cluster, each.name) != getattr(usual, each.name)
    ]
    if foreign:
        raise UserError(
            f"{run} was not submitted by you, or was changed or moved since, and its jobs would "
            f"run what its config.yaml says: {'; '.join(foreign)}. Read it, and where it is yours "
            "give it on the command line: pte resume RUN 'cluster.setup=[...]'"
        )


def _known(run: Path) -> bool:
    try:
        return _note(run).read_text(encoding="utf-8") == _settings(run)
    except (OSError, UnicodeDecodeError):
        return False


def _settings(run: Path) -> str:
    return blake2b((run / CONFIG).read_bytes(), digest_size=16).hexdigest()


def _note(run: Path) -> Path:
    """Where the note of a run is, by the place of its folder."""
    place = blake2b(str(run.resolve()).encode(), digest_size=16).hexdigest()
    return cache() / "submitted" / place
