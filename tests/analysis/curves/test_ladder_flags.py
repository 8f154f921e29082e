"""Each flag is raised by the ladder it is for, and by no good one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.contracts.experiment import Arm, Experiment, Rung
from analysis.contracts.finding import Severity
from analysis.curves.flags import flags
from analysis.curves.form import LOGISTIC
from analysis.curves.likelihood import fit
from harness.errors import UserError

GOOD = (0.1, 0.22, 0.41, 0.63, 0.8)


def ladder(scores: tuple[float, ...], step: float = 0.7, count: float = 500.0) -> Experiment:
    rungs = tuple(
        Rung(model=f"model-{i}", family="family", stage="base", flop=10 ** (21 + step * i))
        for i in range(len(scores))
    )
    return Experiment(
        name="toy",
        benchmark="toy",
        task_type="math",
        rungs=rungs,
        arms=(Arm(label="base"),),
        means=np.array([scores]),
        counts=np.full((1, len(scores)), count),
    )


def said(experiment: Experiment) -> list[str]:
    try:
        result = fit(LOGISTIC, experiment.x, experiment.means[0], experiment.counts[0])
    except UserError:
        result = None
    findings = flags(experiment, result)
    assert all(f.subject == "toy" for f in findings)
    return [f"{f.severity}: {f.message}" for f in findings]


def changed(experiment: Experiment, rung: int, **fields: object) -> Experiment:
    rungs = list(experiment.rungs)
    rungs[rung] = replace(rungs[rung], **fields)  # type: ignore[arg-type]
    return replace(experiment, rungs=tuple(rungs))


def test_a_good_ladder_has_no_flag() -> None:
    assert said(ladder(GOOD)) == []
    assert said(ladder(GOOD, count=np.nan)) == []


@pytest.mark.parametrize(
    ("experiment", "message"),
    [
        (ladder(GOOD[:2]), "scores at 2 known values of"),
        (ladder(GOOD[:1]), "scores at 1 known value of"),
        (ladder((0.4, 0.41, 0.39, 0.4, 0.41)), "flat ladder"),
        (changed(ladder(GOOD), 1, family="other"), "mixes model families (family, other)"),
        (changed(ladder(GOOD), 1, stage="instruct"), "mixes training stages (base, instruct)"),
        (changed(ladder(GOOD), 1, valid=False), "6ND is not the training compute of model-1"),
        (changed(ladder(GOOD), 1, flop=np.nan), "training compute of model-1 is unknown"),
        (ladder((0.1, 0.5, 0.2, 0.7, 0.5)), "overdispersed"),
        (ladder((0.0, 0.01, 0.0, 0.01, 0.3)), "at its floor (0.00) on 4 of 5 rungs"),
        (ladder((0.3, 0.97, 0.99, 1.0, 0.99)), "at its ceiling"),
        (ladder(GOOD, step=0.2), "spans 0.80 OOMs"),
    ],
)
def test_each_flag(experiment: Experiment, message: str) -> None:
    assert any(message in text for text in said(experiment)), said(experiment)


def test_inverse_scaling_refuses() -> None:
    (finding,) = flags(ladder(GOOD[::-1]), fit(LOGISTIC, ladder(GOOD).x, GOOD[::-1], 500))
    assert finding.severity is Severity.REFUSED
    assert "inverse scaling" in finding.message


def test_no_base_is_no_ladder() -> None:
    experiment = replace(ladder(GOOD), arms=(Arm(label="few_shot", ptes=("few_shot",)),))
    (finding,) = flags(experiment, None)
    assert "0 known values" in finding.message
