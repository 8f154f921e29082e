"""Measured values from where they are: reports, runs that are analysed for it, and W&B."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from analysis.forecast.measured.estimates import (
    EstimatesFile,
    measurements_of,
    read_measurements,
)
from analysis.forecast.measured.together import together
from analysis.pipeline import AnalysisSettings, analyse
from analysis.reading.records import read
from analysis.report.export import document
from harness.errors import UserError
from harness.tracking.artifacts import artifact_named, fetch

ESTIMATES = "estimates.json"
WANDB = "wandb:"


def check_places(places: Sequence[str]) -> None:
    """Refuse a place of which nothing can come, before any work.

    Raises:
        UserError: there is no such file or folder, or the name of an artefact is none.
    """
    for place in places:
        if place.startswith(WANDB):
            artifact_named(place.removeprefix(WANDB))
        elif not Path(place).exists():
            raise UserError(
                f"cannot read {place}: there is no such file or folder. Give estimates.json of "
                "'pte analyze', its folder, a run's folder, a table of scores, or "
                "wandb:ENTITY/PROJECT/NAME:VERSION"
            )
    for place in places:
        if places.count(place) > 1:
            raise UserError(f"--measured {place} is given twice: name it once")


def gather(
    places: Sequence[str],
    settings: AnalysisSettings | None = None,
    tell: Callable[[str], None] = lambda step: None,
) -> EstimatesFile:
    """What was measured in some places, put together.

    Args:
        places: each an `estimates.json`, the folder of a report, the folder of a run, a folder of
            runs or a table of scores, which are analysed, or an artefact of W&B,
            `wandb:ENTITY/PROJECT/NAME:VERSION`.
        settings: of the analysis of what is not analysed yet.
        tell: told what is being done.

    Raises:
        UserError: a place holds nothing of the kind, or what it holds cannot be read.
    """
    check_places(places)
    return together([_gathered(place, settings or AnalysisSettings(), tell) for place in places])


def _gathered(place: str, settings: AnalysisSettings, tell: Callable[[str], None]) -> EstimatesFile:
    if place.startswith(WANDB):
        return _fetched(place, tell)
    path = Path(place)
    file = path / ESTIMATES if path.is_dir() and (path / ESTIMATES).is_file() else path
    if file.suffix == ".json":
        return replace(read_measurements(file), name=_name(file))
    tell(f"reading {path}")
    results = analyse(read([path], tell=tell), settings, tell)
    failed = next((result for result in results if result.failure), None)
    if failed is not None:
        raise UserError(
            f"the analysis of {failed.experiment.name} in {path} ended with an error "
            f"({failed.failure}): see what 'pte analyze {path}' says"
        )
    return measurements_of(document(results, settings, [place]), _name(path))


def _fetched(place: str, tell: Callable[[str], None]) -> EstimatesFile:
    tell(f"asking W&B for {place}")
    with tempfile.TemporaryDirectory(prefix="pte-estimates-") as folder:
        file = fetch(place.removeprefix(WANDB), Path(folder)) / ESTIMATES
        if not file.is_file():
            raise UserError(
                f"{place} holds no {ESTIMATES}: name the artefact of the kind estimates that "
                "'pte analyze ... tracking=wandb' made"
            )
        found = read_measurements(file)
    return replace(found, name=place)


def _name(path: Path) -> str:
    """What tells a file from its namesakes, without where on this machine it lies."""
    return "/".join(path.absolute().parts[-2:])
