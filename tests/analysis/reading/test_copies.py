"""Copies of an experiment, draw by draw, are no further experiments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.contracts.finding import Severity
from analysis.reading.records import from_frame
from tests.analysis.reading.told import LABELS, labels, of, one, said


def seeded(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same run under another seed, as ids came to be made of it."""
    mark = f"seed{seed}"
    return frame.assign(seed=seed, experiment=mark, setting=mark, cell=mark + frame["cell"])


def test_three_seeds_that_drew_nothing_anew_are_one_experiment(frame: pd.DataFrame) -> None:
    every = pd.concat([seeded(frame, seed) for seed in (0, 1, 2)])
    experiment, alone = one(every), one(frame)
    assert experiment.means == pytest.approx(alone.means)
    assert np.array_equal(experiment.counts, alone.counts)
    assert labels(experiment) == LABELS
    said(experiment, Severity.WARNING, "very same draws", "seed 0 and 1", "replicates=N")
    assert experiment.provenance["cells"] == alone.provenance["cells"]


def test_what_another_seed_chose_is_an_arm_of_its_own(frame: pd.DataFrame) -> None:
    arm = of(frame, "a")
    other = seeded(frame, 1)
    chosen = '[["a", {"seed": 1}]]'
    other.loc[arm, "draws"] = other.loc[arm, "draws"].map(
        lambda draws: [{**draw, "key": draw["key"][::-1]} for draw in draws]
    )
    other = other.assign(
        stack_id=np.where(arm, "chosen", other["stack_id"]),
        stack_config=np.where(arm, chosen, other["stack_config"]),
    )
    experiment = one(pd.concat([seeded(frame, 0), other]))
    assert len(experiment.arms) == len(LABELS) + 1


def test_the_same_keys_with_other_draws_are_no_copies(frame: pd.DataFrame) -> None:
    other = seeded(frame, 1)
    other["draws"] = other["draws"].map(
        lambda draws: [{**draw, "content": draw["content"][::-1]} for draw in draws]
    )
    assert len(from_frame(pd.concat([seeded(frame, 0), other]))) == 2


def test_records_from_before_dates_were_recorded_are_those_of_after(frame: pd.DataFrame) -> None:
    before = frame.assign(date=None)
    later = frame.assign(
        date="2026-01-01", experiment="later", setting="later", cell="x" + frame["cell"]
    )
    experiment = one(pd.concat([before, later]))
    assert labels(experiment) == LABELS
    said(experiment, Severity.WARNING, "date none and 2026-01-01")


def test_copies_that_nothing_explains_stay_apart_and_are_told(frame: pd.DataFrame) -> None:
    other = frame.assign(experiment="f" * 16, cell="x" + frame["cell"])
    first, second = from_frame(pd.concat([frame, other]))
    for each in (first, second):
        said(each, Severity.WARNING, "share the draws", "no independent evidence")


def test_records_without_draws_are_never_copies(frame: pd.DataFrame) -> None:
    frame["draws"] = [[] for _ in range(len(frame))]
    assert len(from_frame(pd.concat([seeded(frame, 0), seeded(frame, 1)]))) == 2
