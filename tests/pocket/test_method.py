"""A slice of the check on the method: one base model that a CEG speaks of, trained and asked here.

The prediction is that of `docs/method-check.csv`, which `pte check-pocket` wrote. The models are
trained anew: on a processor with other arithmetic the same seed ends as another would, so the mean
of both is held against the ladder, and no score against its own of another day.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.cli.main import main
from harness.records.store import read
from pocket.check.cases import Case
from pocket.check.outcome import interpolated, outcomes
from pocket.cli.check_pocket import SEEDS
from pocket.fleet import cores, train_all
from pocket.ladder import RECIPES, shipped, write_configs
from pocket.recipe import Recipe
from tests.engines.conftest import needs

DOCS = Path(__file__).parents[2] / "docs"
STEPS, STACK = 1500, "chain_of_thought"


@pytest.mark.engine
@pytest.mark.thorough
def test_the_base_model_that_a_ceg_speaks_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("torch")
    needs("transformers")
    table = pd.read_csv(DOCS / "method-check.csv").set_index(["rung", "stack"])
    message: dict[Any, Any] = table.to_dict("index")[STEPS, STACK]
    recipes = [Recipe(int(message["trained for"]), seed) for seed in SEEDS]
    monkeypatch.chdir(tmp_path)
    train_all(recipes, tmp_path / "models", tmp_path / "work", cores())
    write_configs(recipes, str(tmp_path / "models"), "trained", tmp_path / "conf")
    engine = ["engine=transformers", "engine.batch_size=64", "engine.dtype=float32"]
    models = [f"hydra.searchpath=[file://{tmp_path}/conf]", "ladder=trained"]
    sweep = ["benchmark=[pocket_arithmetic]", "greedy=none", "name=check"]
    assert main(["run", *models, *sweep, *engine]) == 0

    case = Case(
        steps=STEPS,
        stack=STACK,
        low=0.0,
        point=0.0,
        high=0.0,
        predicted=int(message["trained for"]),
    )
    ladder = read([shipped().parent / "records"])
    (outcome,) = outcomes([case], ladder, read([tmp_path / "runs/check/records"]), RECIPES)
    assert outcome.hit is (message["agrees"] == "yes")
    # The ladder's own base models agree within a factor of two of the compute.
    half, twice = (interpolated(ladder, round(case.predicted * by)) for by in (0.5, 2.0))
    assert half < outcome.base < twice
