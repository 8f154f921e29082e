"""Three small analyses of known truth: a ladder, one rung, and a flat ladder."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.contracts.experiment import Experiment
from analysis.pipeline import AnalysisSettings, ExperimentResult, analyse
from analysis.simulation import Truth, composed, simulate

CATEGORIES = {"few_shot": "prompting", "vote": "solution choice"}


def experiment(name: str, truth: Truth, seed: int) -> Experiment:
    result = simulate(truth, seed)
    costs = np.array([[3.0 ** len(arm.ptes)] * len(result.rungs) for arm in result.arms])
    return replace(result, name=name, benchmark=name, multiples=costs)


@pytest.fixture(scope="session")
def settings() -> AnalysisSettings:
    return AnalysisSettings(replicates=200, seed=3)


@pytest.fixture(scope="session")
def results(settings: AnalysisSettings) -> tuple[ExperimentResult, ...]:
    gains = composed({"few_shot": 3.0, "vote": 6.0})
    gains[frozenset({"verbose"})] = -0.5
    gains[frozenset({"few_shot", "verbose"})] = -0.1  # two stacks, and two that were not run
    truth = Truth(gains=gains, items=200, draws=2, categories=CATEGORIES)
    return analyse(
        [
            experiment("ladder <1>", truth, 1),
            experiment("one rung", replace(truth, x=(0.0,)), 2),
            experiment("flat", replace(truth, slope=0.0), 3),
        ],
        settings,
    )
