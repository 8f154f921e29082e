"""Three small analyses of known truth: a ladder, one rung, and a flat ladder."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.contracts.experiment import Experiment
from analysis.pipeline import AnalysisSettings, analyse
from analysis.result import ExperimentResult
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
def growing(settings: AnalysisSettings) -> ExperimentResult:
    """An arm whose gain grows with compute, so clearly that one CEG is rejected."""
    x = tuple(np.linspace(-1, 1, 7).tolist())
    gains = {frozenset({"a"}): 0.4, frozenset({"b"}): 0.2}
    truth = Truth(gains, x, items=1500, intercept=-2.0, item_sd=0.5, item_arm_sd=0.2)
    measured = experiment("growing", truth, 5)
    steeper = experiment("growing", replace(truth, slope=1.6), 5)
    scores, means = (np.array(v) for v in (measured.scores, measured.means))
    arm = measured.arm("a")
    assert steeper.scores is not None
    scores[arm], means[arm] = steeper.scores[arm], steeper.means[arm]
    (result,) = analyse([replace(measured, scores=scores, means=means)], settings)
    return result


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
