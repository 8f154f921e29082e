"""One gain over the ladder is rejected about as often as it should be, with luck in training."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import place
from analysis.ceg.parallelism import Trend, least_sure
from analysis.contracts.experiment import UNIT, Arm, Experiment, Rung
from analysis.curves.form import FORMS
from analysis.uncertainty.resample import resample
from tests.thorough import THOROUGH, size


def lucky(
    rungs: int, luck: tuple[float, float], rng: np.random.Generator, growth: float = 0.0
) -> Experiment:
    """A base and an arm with a gain of .6 OOM, `growth` more an OOM; binomial scores of 400 items,
    and models that came out better or worse than their compute: by `luck` logits for both arms, and
    for one."""
    x = np.linspace(-1, 1, rungs)
    shared = rng.normal(0, luck[0], rungs)
    eta = np.array([1.4 * x, 1.4 * (x + 0.6 + growth * x)]) + shared - 0.3
    eta += rng.normal(0, luck[1], eta.shape)
    means = rng.binomial(400, expit(eta)) / 400
    return Experiment(
        name="lucky",
        benchmark="lucky",
        task_type="math",
        rungs=tuple(
            Rung(model=f"m{n}", family="f", stage="base", flop=UNIT * 10**at)
            for n, at in enumerate(x)
        ),
        arms=(Arm(label="base", ptes=()), Arm(label="a", ptes=("a",))),
        means=means,
        counts=np.full(means.shape, 400.0),
    )


def rejected(rungs: int, luck: tuple[float, float], growth: float = 0.0) -> float:
    """Share of experiments in which one gain is rejected at .05 under every form."""
    rng = np.random.default_rng(7)
    found = []
    for _ in range(size(1000, 40)):
        experiment = lucky(rungs, luck, rng, growth)
        drawn = resample(experiment, 100)
        forms = (FORMS["logistic"], FORMS["gompertz"], FORMS["cloglog"])
        fit, *others = [place(experiment, drawn, form) for form in forms]
        trend = ceg(fit, 1, others=tuple(others)).parallelism
        assert trend is not None
        found.append(trend.p < 0.05)
    return float(np.mean(found))


@pytest.mark.parametrize("rungs", [3, 5, 8])
@pytest.mark.parametrize("luck", [(0.2, 0.1), (0.4, 0.2)])
def test_a_constant_gain_is_rarely_rejected(rungs: int, luck: tuple[float, float]) -> None:
    assert rejected(rungs, luck) <= (0.07 if THOROUGH else 0.15)


def test_a_gain_that_grows_is_seen_on_eight_rungs() -> None:
    assert rejected(8, (0.1, 0.05), growth=0.6) > 0.6


def test_the_form_that_says_least_against_one_gain_counts() -> None:
    assert least_sure([Trend(4.0, 3), None, Trend(-1.0, 3), Trend(2.0, 3)]) == Trend(-1.0, 3)
    assert least_sure([None]) is None
