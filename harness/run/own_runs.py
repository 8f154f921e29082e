"""Runs that this user has begun: what their folders say may be done again as it is.

A run's folder names code (PTEs of one's own, functions that settings call), a journal, and lines of
shell that its jobs obey. In a folder that somebody else made these are data: nothing imports, opens
or runs them but the user's own word. So whoever begins a run notes what it was begun with, where
only the user writes.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from hashlib import blake2b
from pathlib import Path

from harness.errors import UserError
from harness.files import replace_text
from harness.models.bundled import cache
from harness.records.run_plan import PLAN, DamagedPlanError, read_run_plan
from harness.run.folder import CONFIG
from harness.settings.written import code_of, read_data
from harness.visible import one_line

WORDS = ("journal", "directory", "overrides")
"""What of the plan is noted; the rest changes as a run goes on."""


def remember(run: Path) -> None:
    """Note that what a run's folder says is this user's own.

    Raises:
        UserError: the note cannot be written.
    """
    place, text = _note(run), said(run)
    try:
        replace_text(place, text)
    except OSError as error:
        raise UserError(f"{place} cannot be written ({error.strerror}): set PTE_CACHE") from error


def known(run: Path) -> bool:
    """Whether this user has begun the run with what its folder says now, at this place."""
    try:
        return _note(run).read_text(encoding="utf-8") == said(run)
    except (OSError, UnicodeDecodeError, UserError):
        return False


def said(run: Path) -> str:
    """A hash of what a run's folder says of code, places and jobs.

    Raises:
        UserError: the plan or the configuration cannot be read.
    """
    plan = read_run_plan(run)
    words = json.dumps([plan.get(name) for name in WORDS])
    try:
        content = (run / CONFIG).read_bytes()
    except OSError as error:
        raise UserError(f"{run / CONFIG} cannot be read ({error.strerror})") from error
    config = blake2b(content, digest_size=16).hexdigest()
    return blake2b(f"{config} {words}".encode(), digest_size=16).hexdigest()


def check_code(run: Path, allowed: Collection[str], submitted: str = "") -> None:
    """Whether the code that a run's folder names may be imported.

    Args:
        run: the run's folder.
        allowed: modules that the user names on the command line; those in them, too.
        submitted: what the folder said when the job that asks was submitted.

    Raises:
        UserError: this user has neither begun the run as it is nor named a module of it.
    """
    if _own(run, submitted):
        return
    left = [
        name
        for name in code_of(read_data(run / CONFIG))
        if not any(f"{name}.".startswith(f"{module}.") for module in allowed)
    ]
    if left:
        modules = dict.fromkeys(name.rpartition(".")[0] or name for name in left)
        options = one_line(" ".join(f"--code {module}" for module in modules))
        named = one_line(", ".join(left))
        raise UserError(
            f"{run} was not begun by you, or was changed or moved since, and going on with it "
            f"would import what its config.yaml names: {named}. Read it, and where you mean it "
            f"say so: {options}"
        )


def check_journal(run: Path, given: Path | None, submitted: str = "") -> None:
    """Whether the journal that a run's plan names may be written to.

    Args:
        run: the run's folder.
        given: where it is, as the user says on the command line.
        submitted: what the folder said when the job that asks was submitted.

    Raises:
        UserError: it is elsewhere than a run's journal usually is, this user has not begun the run
            as it is, and says nothing of the journal or another place.
    """
    place = _journal(run)
    agreed = given is not None and given.resolve() == place.resolve()
    if not agreed and _elsewhere(place, run) and not _own(run, submitted):
        raise _elsewhere_error(place, run)


def journal_of(run: Path, given: Path | None = None) -> Path:
    """Where the journal of a run is, to be looked into.

    Args:
        run: the run's folder.
        given: what the user says.

    Raises:
        UserError: the plan names another place than the usual one, and the plan is not this
            user's; or there is none.
    """
    usual = run.absolute().parent / "journal"
    place = given or _journal(run)
    if given is None and _elsewhere(place, run) and not known(run):
        if usual.is_dir():
            return usual  # the folder was moved together with its journal
        raise _elsewhere_error(place, run)
    if not place.is_dir():
        raise UserError(
            f"the journal of {run} is not at {one_line(str(place))}: was it moved or deleted? "
            "Give --journal FOLDER"
        )
    return place


def _journal(run: Path) -> Path:
    """Where a run's plan says that its journal is."""
    place = read_run_plan(run).get("journal")
    if place is None:
        raise DamagedPlanError(run / PLAN, "it lacks journal")
    return Path(place)


def _own(run: Path, submitted: str) -> bool:
    return known(run) or (bool(submitted) and submitted == said(run))


def _elsewhere(place: Path, run: Path) -> bool:
    """Whether a journal is neither beside a run's folder nor in it."""
    usual = {each.parent / "journal" for each in (run.absolute(), run.resolve())}
    return place not in usual | {each.resolve() for each in usual} and not _inside(place, run)


def _elsewhere_error(place: Path, run: Path) -> UserError:
    named = one_line(str(place))
    return UserError(
        f"{run} was not begun by you, or was changed or moved since, and says that its journal "
        f"is {named}: look whether it is, and give --journal {named}"
    )


def _inside(place: Path, run: Path) -> bool:
    return place.resolve().is_relative_to(run.resolve())


def _note(run: Path) -> Path:
    """Where the note of a run is, by the place of its folder."""
    place = blake2b(str(run.resolve()).encode(), digest_size=16).hexdigest()
    return cache() / "begun" / place
