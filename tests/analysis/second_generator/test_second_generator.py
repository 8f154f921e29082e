"""The second generator makes what it says, and the estimators hold on it.

Quick: a few experiments, which only a gross failure fails. THOROUGH: enough to hold the bars. The
whole table is made by `python -m tests.analysis.second_generator FOLDER`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from tests.analysis.second_generator.curves import RISES, logit
from tests.analysis.second_generator.items import shared
from tests.analysis.second_generator.ladder import Scenario, draw
from tests.analysis.second_generator.measure import Seen, seen
from tests.analysis.second_generator.runs import kept, run
from tests.analysis.second_generator.scenarios import SCENARIOS
from tests.analysis.second_generator.table import table
from tests.thorough import size

EXPERIMENTS = size(200, 3)
REPLICATES = size(600, 150)
SURE = 0.01
"""A bar is missed where so few hits, or fewer, had at most this chance under it."""
COVERED = dict.fromkeys(
    ["pooled", "rung, this model", "this model", "new run", "interaction", "exponent"], 0.93
)
RARE = {"trend seen": 0.05, "at least above": 0.05, "at most below": 0.05, "failed": 0.001}
HELD = ["heavy tails", "some luck", "much luck", "gompertz", "chance .25", "8 rungs"]
HELD = HELD[: size(len(HELD), 1)]


@pytest.mark.parametrize("law", ["normal", "clustered", "bimodal", "t3"])
@pytest.mark.parametrize("form", RISES)
def test_mean_scores_are_the_curves(law: str, form: str) -> None:
    scenario = Scenario(law=law, form=form, items=20_000, floor=0.1, ceiling=0.9, rungs=3)
    drawn = draw(scenario, 1)
    curve, x = scenario.curve, np.linspace(-1.25, 1.25, 3)
    for name, gain in scenario.gains.items():
        arm = drawn.experiment.arm(name or "base")
        expected = curve.mean(curve.rise(x + gain))
        assert drawn.experiment.means[arm] == pytest.approx(expected, abs=0.025)
        if name:
            assert drawn.here[name] == pytest.approx(np.full(3, gain), abs=0.01)


def test_luck_is_of_its_deviation_and_shared_by_the_arms_of_a_rung() -> None:
    scenario = Scenario(tau=0.4, own=0.1, items=2, rungs=2000, span=2.5)
    drawn = draw(scenario, 3)
    line = 1.2
    own = (drawn.here["a"] - drawn.recipe["a"]) * line  # what the arms of a rung share cancels
    assert np.std(own) == pytest.approx(0.1 * 2**0.5, rel=0.1)
    new = (drawn.new_run["a"] - drawn.recipe["a"]) * line  # the luck of two training runs
    assert np.std(new) == pytest.approx((2 * (0.4**2 + 0.1**2)) ** 0.5, rel=0.1)


def test_items_are_shared_by_arms() -> None:
    drawn = draw(Scenario(items=4000, rungs=3), 5)
    scores = drawn.experiment.scores
    assert scores is not None
    base, arm = scores[0, 1], scores[1, 1]
    assert np.corrcoef(base, arm)[0, 1] > 0.2
    rng = np.random.default_rng(0)
    clusters = shared("clustered", 50_000, rng).reshape(-1, 5)
    assert np.corrcoef(clusters[:, 0], clusters[:, 4])[0, 1] == pytest.approx(0.6, abs=0.03)


def test_gains_grow_and_seeds_and_draws_are_there() -> None:
    scenario = Scenario(growth=0.2, seeds=2, draws=3, items=10)
    drawn = draw(scenario, 0)
    assert drawn.recipe["a"][-1] == pytest.approx(0.8 * 1.25)
    assert len(drawn.experiment.rungs) == 10
    assert drawn.experiment.replicates is not None
    assert drawn.experiment.replicates.shape == (4, 10, 3, 10)
    bare = draw(replace(scenario, published="bare"), 0).experiment
    assert bare.scores is None
    assert np.isnan(bare.counts).all()
    assert logit(np.array(0.5)) == 0


@pytest.fixture(scope="module", params=HELD)
def many(request: pytest.FixtureRequest) -> list[Seen]:
    scenario = SCENARIOS[request.param]
    return [seen(scenario, seed, REPLICATES) for seed in range(EXPERIMENTS)]


def share(many: list[Seen], quantity: str) -> float:
    """Mean over experiments of each one's share of hits."""
    shares = [np.mean(one[quantity]) for one in many if one.get(quantity)]
    return float(np.mean(shares)) if shares else np.nan


def test_what_is_estimated_holds(many: list[Seen]) -> None:
    for quantity, bar in COVERED.items():
        given = [one for one in many if one.get(quantity)]
        assert len(given) > 0.5 * len(many), quantity
        hits = round(share(many, quantity) * len(given))
        assert binomtest(hits, len(given), bar, alternative="less").pvalue > SURE, quantity
    for quantity, bar in RARE.items():
        hits = sum(any(one.get(quantity, ())) for one in many)
        assert binomtest(hits, len(many), bar, alternative="greater").pvalue > SURE, quantity


def test_the_table_goes_on_where_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def faked(scenario: Scenario, seed: int, replicates: int) -> Seen:
        asked.append(seed)
        return {"pooled": [seed > 0], "failed": [False], "half CEG": seed / 10}

    monkeypatch.setattr("tests.analysis.second_generator.runs.seen", faked)
    run(tmp_path, ["plain"], 3, minutes=1)
    run(tmp_path, ["plain"], 4, minutes=1)
    assert asked == [0, 1, 2, 3]
    text = table({name: kept(tmp_path, name) for name in SCENARIOS})
    assert "| pooled CEG covered | .935 and above | 0.750 plain |" in text
    assert "| its half-width, OOM | - | 0.15 plain |" in text
    assert "Experiments: plain 4." in text
