"""A slice of the check on the method: base models that a CEG speaks of, trained and asked here.

The predictions are those of `docs/method-check-runs.csv`, by `pte check-pocket`. The models
are trained anew: on a processor with other arithmetic the same seed ends as another would, so they
are held against what was said of new runs, and no score against its own of another day.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.cli.main import main
from harness.records.store import read
from pocket.check.cases import Case, Interval, recipes
from pocket.check.curve import BaseCurve
from pocket.check.outcome import run_checks
from pocket.cli.check_pocket import SEEDS
from pocket.fleet import cores, train_all
from pocket.ladder import shipped, write_configs
from tests.engines.conftest import needs

RUNS = Path(__file__).parents[2] / "docs" / "method-check-runs.csv"
STEPS, SIZE, STACK = 1450, 1750, "chain_of_thought"


def predicted() -> Case:
    """What the page says of the rung's models."""
    table = pd.read_csv(RUNS)
    rung = table["model"].str.startswith(f"pocket_{STEPS:05d}") & (table["stack"] == STACK)
    mine = table[rung & (table["trained"] == SIZE)].drop_duplicates("model").set_index("model")
    ends = mine[["low", "said", "high"]].transform(np.log10)
    new_run = {
        str(model): Interval(low=low, point=said, high=high)
        for model, low, said, high in ends.itertuples()
    }
    assert len(new_run) == 4
    unused = Interval(low=0.0, point=0.0, high=0.0)
    return Case(steps=STEPS, stack=STACK, recipe=unused, new_run=new_run, size=SIZE)


@pytest.mark.engine
@pytest.mark.thorough
def test_the_base_models_that_a_ceg_speaks_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("torch")
    needs("transformers")
    case, new = predicted(), recipes([SIZE], SEEDS)
    monkeypatch.chdir(tmp_path)
    train_all(new, tmp_path / "models", tmp_path / "work", cores())
    write_configs({"trained": new}, str(tmp_path / "models"), tmp_path / "conf")
    engine = ["engine=transformers", "engine.batch_size=64", "engine.dtype=float32"]
    models = [f"hydra.searchpath=[file://{tmp_path}/conf]", "ladder=trained"]
    sweep = ["benchmark=[pocket_arithmetic]", "greedy=none", "name=check"]
    assert main(["run", *models, *sweep, *engine]) == 0

    ladder, trained = read([shipped().parent / "records"]), read([tmp_path / "runs/check/records"])
    curve = BaseCurve.of(ladder)
    checks = run_checks([case], ladder, trained, curve)
    assert len(checks) == 4 * len(SEEDS)
    # Of 95% intervals half at least: the runs are few, and predictions share them.
    assert np.mean([check.held for check in checks]) >= 0.5
    # The ladder's own base models agree within a factor of two of the compute.
    mean = np.log(np.mean([c.score for c in checks]) / (1 - np.mean([c.score for c in checks])))
    assert curve.at(SIZE / 2) < mean < curve.at(SIZE * 2)
