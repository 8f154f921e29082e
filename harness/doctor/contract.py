"""A check of the doctor, and what it finds; other packages declare checks too (`rooms`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from omegaconf import DictConfig

from harness.engines.protocol import EngineConfig
from harness.models.spec import ModelSpec
from harness.settings.building import build
from harness.settings.composing import composed

Figure = str | float | bool | None


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    """What was tried works, and something about it should be known or mended."""
    FAIL = "FAIL"
    """Something that was asked for, or that every run needs, does not work."""
    SKIP = "skip"
    """Not tried; `what` says why."""


@dataclass(frozen=True)
class Finding:
    """What came of a check, in plain words."""

    status: Status
    what: str
    """What was seen, or why nothing was tried."""
    mend: str = ""
    """What to do about it; empty where there is nothing to do."""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    """What was seen as data, by name, for `--json`."""


def ok(what: str, **figures: Figure) -> Finding:
    """A finding that what was tried works."""
    return Finding(Status.OK, what, figures=figures)


def warn(what: str, mend: str, **figures: Figure) -> Finding:
    """A finding that what was tried works, with something to mend."""
    return Finding(Status.WARN, what, mend, figures)


def fail(what: str, mend: str, **figures: Figure) -> Finding:
    """A finding that what was tried does not work."""
    return Finding(Status.FAIL, what, mend, figures)


def skip(why: str, mend: str = "") -> Finding:
    """A finding that something was not tried."""
    return Finding(Status.SKIP, why, mend)


@dataclass(frozen=True)
class Asked:
    """What the doctor was asked to look at."""

    words: tuple[str, ...] = ()
    """Overrides, as `pte run` takes them."""
    named: bool = False
    """Whether a model (or ladder) is among the words; else the default's is nobody's wish."""
    slurm: bool = False
    """Whether a job may be submitted."""
    online: bool = False
    """Whether services that no word names may be asked as well."""

    @cached_property
    def config(self) -> DictConfig:
        """The composed configuration.

        Raises:
            UserError: a word is wrong.
        """
        return composed(self.words)

    @property
    def models(self) -> list[ModelSpec]:
        """The models that were named; none where none was."""
        nodes = self.config.model if self.named else {}
        return [build(f"model.{name}", nodes[name], ModelSpec) for name in map(str, nodes)]

    @property
    def engine(self) -> EngineConfig:
        """The engine that would serve them."""
        made: EngineConfig = build("engine", self.config.engine)
        return made

    @property
    def folders(self) -> tuple[Path, Path]:
        """Where runs and their journal would lie."""
        return Path(self.config.runs), Path(self.config.journal)


@dataclass(frozen=True)
class Check:
    """One thing that is tried."""

    name: str
    """A word or two, as the user sees it and `--only` takes it."""
    run: Callable[[Asked], Finding]
    """Whatever it raises is a failure of this check alone."""
    seconds: float = 30.0
    """After which it has failed."""
    needs: str = ""
    """A check without which this one means nothing; where that failed, this one is skipped."""
    process: str = ""
    """Checks with the same word here, one after another, share a process and what it has loaded;
    empty: a process of its own."""
    smoke: bool = False
    """Whether it belongs to the smoke run, which `--quick` leaves out."""
