"""A slice of the check on the method: one base model that a CEG speaks of, trained and asked here.

The prediction is that of `docs/method-check.csv`, which `pte check-pocket` wrote; seeds are the
check's own, so that what comes out is what stands there, up to the arithmetic of another processor.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from harness.cli.main import main
from harness.records.store import read
from pocket.check.cases import Case
from pocket.check.outcome import outcomes
from pocket.cli.check_pocket import SEEDS
from pocket.fleet import cores, train_all
from pocket.ladder import RECIPES, shipped, write_configs
from pocket.recipe import Recipe
from tests.engines.conftest import needs

DOCS = Path(__file__).parents[2] / "docs"
STEPS, STACK = 1500, "chain_of_thought"
SAME = 9.0
"""Points: three standard errors between two samplings of 400 answers."""


@pytest.mark.engine
def test_the_base_model_that_a_ceg_speaks_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("torch")
    needs("transformers")
    told = pd.read_csv(DOCS / "method-check.csv").set_index(["rung", "stack"]).loc[(STEPS, STACK)]
    recipes = [Recipe(int(told["trained for"]), seed) for seed in SEEDS]
    monkeypatch.chdir(tmp_path)
    train_all(recipes, tmp_path / "models", tmp_path / "work", cores())
    write_configs(recipes, str(tmp_path / "models"), "trained", tmp_path / "conf")
    engine = ["engine=transformers", "engine.batch_size=64", "engine.dtype=float32"]
    models = [f"hydra.searchpath=[file://{tmp_path}/conf]", "ladder=trained"]
    sweep = ["benchmark=[pocket_arithmetic]", "greedy_base=false", "name=check"]
    assert main(["run", *models, *sweep, *engine]) == 0

    case = Case(STEPS, STACK, 0.0, 0.0, 0.0, predicted=int(told["trained for"]))
    ladder = read([shipped().parent / "records"])
    (outcome,) = outcomes([case], ladder, read([tmp_path / "runs/check/records"]), RECIPES)
    seeds = [float(score) for score in told["by seed"].split(", ")]
    assert abs(seeds[0] - seeds[1]) > SAME  # so that neither can pass for the other
    for score, then in zip(outcome.bases, seeds, strict=True):
        assert 100 * score == pytest.approx(then, abs=SAME)
    assert outcome.hit is (told["agrees"] == "yes")
