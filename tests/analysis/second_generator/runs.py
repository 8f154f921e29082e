"""Experiments of every scenario, kept in files, so that a long table is made in short sittings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from time import monotonic

from tests.analysis.second_generator.measure import REPLICATES, Seen, seen
from tests.analysis.second_generator.scenarios import SCENARIOS


def kept(folder: Path, name: str) -> list[Seen]:
    """What was seen of a scenario so far, an experiment a line, by rising seed."""
    file = _file(folder, name)
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def run(
    folder: Path,
    names: Iterable[str],
    experiments: int,
    minutes: float,
    replicates: int = REPLICATES,
) -> None:
    """Run the scenarios in turn until each has its number of experiments, or time is up.

    Args:
        folder: where they are kept; what is there already is not run again.
        names: of scenarios.
        experiments: of each.
        minutes: after which no further experiment is begun.
        replicates: of each analysis.
    """
    folder.mkdir(parents=True, exist_ok=True)
    end = monotonic() + 60 * minutes
    done = {name: len(kept(folder, name)) for name in names}
    while done and monotonic() < end:
        name = min(done, key=done.__getitem__)
        if done[name] >= experiments:
            return
        result = seen(SCENARIOS[name], done[name], replicates)
        with _file(folder, name).open("a") as file:
            file.write(json.dumps(result) + "\n")
        done[name] += 1


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(' ', '_')}.jsonl"
