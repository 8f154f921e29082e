"""A scenario, an experiment drawn from it, and what is true of that experiment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.experiment import Arm, Experiment, Rung
from tests.analysis.second_generator.curves import Curve, expit, logit
from tests.analysis.second_generator.items import shared, threshold

Array = NDArray[np.float64]

GAINS = {"": 0.0, "a": 0.8, "b": 0.6, "a+b": 0.8 + 0.6 * 0.6}
"""log10 CEG by stack: the exponent of b on a, and M, are .6."""
CATEGORY = {"a": "prompting", "b": "tools"}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What experiments are drawn from."""

    form: str = "logistic"
    rungs: int = 5
    span: float = 2.5
    """OOMs of compute between the ladder's ends."""
    seeds: int = 1
    """Training runs a rung, each a model of its own on the ladder."""
    items: int = 500
    draws: int = 1
    floor: float = 0.0
    ceiling: float = 1.0
    tau: float = 0.0
    """Luck of a training run, shared by its arms: deviation in logits."""
    own: float = 0.0
    """Luck of an arm on a training run, the base's too: deviation in logits."""
    luck: str = "normal"
    """Law of the luck: normal or t3, of the same deviation."""
    law: str = "normal"
    """Law of the items: normal, clustered, bimodal or t3."""
    shared: float = 0.5
    """Share of an item's latent variance that all arms have in common."""
    arms: float = 0.15
    """Share that is an arm's own, on all rungs."""
    growth: float = 0.0
    """Growth of every gain per OOM: a share of it."""
    published: str = ""
    """Empty: item by item; `n`: mean scores with the number of items; `bare`: without it."""
    gains: dict[str, float] = field(default_factory=lambda: GAINS)

    @property
    def curve(self) -> Curve:
        return Curve(self.form, self.floor, self.ceiling)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """An experiment and its truth, for every arm but the base; rungs are training runs."""

    experiment: Experiment
    gains: dict[str, float]
    """log10 CEG of the recipe, the mean over rungs."""
    recipe: dict[str, Array]
    """[rung]: log10 CEG of the recipe there."""
    here: dict[str, Array]
    """[rung]: log10 CEG of this very model: both its scores read off the curve."""
    new_run: dict[str, Array]
    """[rung]: how much more compute a newly trained base needs to score as the arm does here."""


def draw(scenario: Scenario, seed: int) -> Drawn:
    """One experiment of a scenario; the same seed gives the same one."""
    rng = np.random.default_rng([seed, 77])
    curve = scenario.curve
    ends = scenario.span / 2
    x = np.repeat(np.linspace(-ends, ends, scenario.rungs), scenario.seeds)
    names = list(scenario.gains)
    gains = np.array(list(scenario.gains.values()))[:, None] * (1 + scenario.growth * x)
    tau, own = scenario.tau * _luck(scenario, len(x), rng), scenario.own
    luck = tau + own * _luck(scenario, (len(names), len(x)), rng)
    rise = curve.rise(x + gains, luck)
    experiment = _experiment(scenario, names, x, _scores(scenario, curve.mean(rise), rng))
    again = scenario.tau * _luck(scenario, len(x), rng) + own * _luck(scenario, len(x), rng)
    new = curve.compute(expit(logit(rise) - again)) - x
    at = curve.compute(rise)
    arms = range(1, len(names))
    return Drawn(
        experiment=experiment,
        gains={names[arm]: float(gains[arm].mean()) for arm in arms},
        recipe={names[arm]: gains[arm] for arm in arms},
        here={names[arm]: at[arm] - at[0] for arm in arms},
        new_run={names[arm]: new[arm] for arm in arms},
    )


def _luck(scenario: Scenario, size: Any, rng: np.random.Generator) -> Array:
    if scenario.luck == "t3":
        return np.asarray(rng.standard_t(3, size) / 3**0.5)
    return np.asarray(rng.standard_normal(size))


def _scores(scenario: Scenario, means: Array, rng: np.random.Generator) -> Array:
    """[arm, rung, draw, item]"""
    common = scenario.shared**0.5 * shared(scenario.law, scenario.items, rng)
    arms, rungs = means.shape
    own = scenario.arms**0.5 * rng.standard_normal((arms, 1, 1, scenario.items))
    rest = (1 - scenario.shared - scenario.arms) ** 0.5
    noise = rest * rng.standard_normal((arms, rungs, scenario.draws, scenario.items))
    q = threshold(scenario.law, scenario.shared, means)
    return np.asarray((common + own + noise < q[:, :, None, None]).astype(float))


def _experiment(scenario: Scenario, names: list[str], x: Array, scores: Array) -> Experiment:
    number = np.arange(len(x))
    rungs = tuple(
        Rung(model=f"m{r // scenario.seeds}-{r % scenario.seeds}", family="f", stage="base", flop=c)
        for r, c in zip(number, (1e21 * 10**x).tolist(), strict=True)
    )
    arms = tuple(_arm(name) for name in names)
    means = scores.mean(axis=(2, 3))
    counts = np.full(means.shape, np.nan if scenario.published == "bare" else scenario.items)
    by_item = not scenario.published
    return Experiment(
        name="copula",
        benchmark="copula",
        task_type="math",
        rungs=rungs,
        arms=arms,
        means=means,
        counts=counts,
        chance=scenario.floor,
        items=tuple(f"i{n}" for n in range(scenario.items)) if by_item else (),
        scores=scores.mean(axis=2) if by_item else None,
        replicates=scores if by_item and scenario.draws > 1 else None,
    )


def _arm(name: str) -> Arm:
    ptes = tuple(filter(None, name.split("+")))
    return Arm(label=name or "base", ptes=ptes, categories={pte: CATEGORY[pte] for pte in ptes})
