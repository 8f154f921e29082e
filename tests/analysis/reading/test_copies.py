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


def drawn_anew(frame: pd.DataFrame) -> pd.DataFrame:
    """The same requests from another journal: other replies, other scores."""
    turned = frame["draws"].map(
        lambda draws: [{**draw, "content": draw["content"][::-1]} for draw in draws]
    )
    return frame.assign(draws=turned, score=1 - frame["score"])


@pytest.mark.parametrize("seed", [0, 1])
def test_draws_of_another_journal_are_further_replicates(frame: pd.DataFrame, seed: int) -> None:
    plain = frame[~of(frame, "self_consistency")]
    experiment = one(pd.concat([seeded(plain, 0), seeded(drawn_anew(plain), seed)]))
    assert experiment.replicates is not None
    assert experiment.replicates.shape[2] == 4
    assert experiment.means == pytest.approx(np.full(experiment.means.shape, 0.5))
    said(experiment, Severity.NOTE, "24 cells", "drawn anew by another run")


def test_a_further_run_that_was_not_finished_costs_no_problem(frame: pd.DataFrame) -> None:
    plain = frame[~of(frame, "self_consistency")]
    part = drawn_anew(plain)[plain["problem"] < "item-00020"]
    experiment = one(pd.concat([plain, part]))
    assert experiment.means == pytest.approx(one(plain).means)
    said(experiment, Severity.REFUSED, "set aside", "20 problems at most, others on 40")


def test_three_runs_of_which_one_holds_the_others_together(frame: pd.DataFrame) -> None:
    """Two ladders' ends in runs of their own limit, and a small run of all."""
    ends = [frame["model"] == "simulated-0", frame["model"] != "simulated-0"]
    small, large = few(frame[ends[0]], 30), frame[ends[1]]
    assert len(from_frame(pd.concat([small, large]))) == 2
    experiment = one(pd.concat([small, large, few(frame, 20)]))
    assert len(experiment.rungs) == 3
    assert len(experiment.items) == 30


def test_what_the_runs_seeds_chose_are_replicates_of_one_arm(frame: pd.DataFrame) -> None:
    def chosen(seed: int) -> pd.DataFrame:
        run = seeded(frame, seed)
        arm = of(run, "a")
        run.loc[arm, "draws"] = run.loc[arm, "draws"].map(
            lambda draws: [{**draw, "key": f"{seed}{draw['key']}"} for draw in draws]
        )
        return run.assign(
            stack_id=np.where(arm, f"chosen{seed}", run["stack_id"]),
            stack_config=np.where(arm, f'[["a", {{"seed": {seed}}}]]', run["stack_config"]),
        )

    experiment = one(pd.concat([chosen(0), chosen(1)]))
    assert labels(experiment) == LABELS
    assert experiment.replicates is not None
    run = ~np.isnan(experiment.replicates).any(axis=3)
    assert run.sum(axis=2).tolist() == [[4 if label == "a" else 2] * 3 for label in LABELS]


def few(frame: pd.DataFrame, limit: int) -> pd.DataFrame:
    """The same sweep with a limit."""
    kept = frame[frame["problem"] < f"item-{limit:05d}"]
    mark = f"limit{limit}"
    return kept.assign(experiment=mark, setting=mark, cell=mark + kept["cell"])


class TestLimits:
    def test_a_larger_run_holds_the_smaller_one(self, frame: pd.DataFrame) -> None:
        for runs in ([few(frame, 20), frame], [frame, few(frame, 20)]):
            experiment, alone = one(pd.concat(runs)), one(frame)
            assert experiment.means == pytest.approx(alone.means)
            assert len(experiment.items) == 40
            said(experiment, Severity.WARNING, "very same draws")

    def test_arms_are_compared_on_what_all_were_run_on(self, frame: pd.DataFrame) -> None:
        larger = frame[~of(frame, "a+b")]
        experiment = one(pd.concat([few(frame, 20), larger]))
        assert labels(experiment) == LABELS
        assert experiment.means == pytest.approx(one(few(frame, 20)).means)
        said(experiment, Severity.WARNING, "20 of 40 problems", "a+b on", "limit=40")

    def test_a_smoke_run_costs_the_others_nothing(self, frame: pd.DataFrame) -> None:
        larger = frame[~of(frame, "a+b")]
        experiment = one(pd.concat([few(frame, 5), larger]))
        assert labels(experiment) == LABELS[:-1]
        assert len(experiment.items) == 40
        said(experiment, Severity.REFUSED, "a+b on", "set aside", "limit=40")

    def test_parts_that_overlap_are_put_together(self, frame: pd.DataFrame) -> None:
        later = frame[frame["problem"] >= "item-00010"]
        later = later.assign(experiment="later", cell="later" + later["cell"])
        experiment = one(pd.concat([few(frame, 20), later]))
        assert experiment.means == pytest.approx(one(frame).means)


def test_another_prompt_stays_apart_and_is_told(frame: pd.DataFrame) -> None:
    other = few(frame, 20)
    other["draws"] = other["draws"].map(
        lambda draws: [{**draw, "key": draw["key"][::-1]} for draw in draws]
    )
    experiments = from_frame(pd.concat([frame, other]))
    assert len(experiments) == 2
    for each, sharing in zip(experiments, reversed(experiments), strict=True):
        said(each, Severity.NOTE, "stay apart", "asked something else")
        assert each.shares_items_with == (sharing.name,)


@pytest.mark.parametrize(
    ("column", "value"),
    [("readout", "free"), ("sampling", '{"solve": {"temperature": 0.5}}'), ("engine", "other")],
)
def test_other_settings_stay_apart_and_are_named(
    frame: pd.DataFrame, column: str, value: str
) -> None:
    other = few(frame, 20).assign(**{column: value})
    first, _ = from_frame(pd.concat([frame, other]))
    said(first, Severity.NOTE, "stay apart", column)


def test_other_data_share_no_items(frame: pd.DataFrame) -> None:
    other = few(frame, 20).assign(dataset_sha256="0" * 64)
    for each in from_frame(pd.concat([frame, other])):
        assert each.shares_items_with == ()


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
