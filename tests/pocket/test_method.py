"""A slice of the check on the method: base models trained and asked here, held against the ladder.

On a processor with other arithmetic the same seed ends as another would, so the mean of both is
held against the curve that a new run is judged by, and no score against its own of another day.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.cli.main import main
from harness.records.store import read
from pocket.check.curve import BaseCurve, logit, scores
from pocket.cli.check_pocket import SEEDS
from pocket.fleet import cores, train_all
from pocket.ladder import TRAINED, shipped, write_configs
from pocket.recipe import Recipe
from tests.engines.conftest import needs

STEPS = 700


@pytest.mark.engine
@pytest.mark.thorough
def test_base_models_that_are_trained_anew_lie_on_the_ladders_curve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("torch")
    needs("transformers")
    recipes = [Recipe(STEPS, seed) for seed in SEEDS]
    monkeypatch.chdir(tmp_path)
    train_all(recipes, tmp_path / "models", tmp_path / "work", cores())
    write_configs({TRAINED: recipes}, str(tmp_path / "models"), tmp_path / "conf")
    engine = ["engine=transformers", "engine.batch_size=64", "engine.dtype=float32"]
    models = [f"hydra.searchpath=[file://{tmp_path}/conf]", f"ladder={TRAINED}"]
    sweep = ["benchmark=[pocket_arithmetic]", "greedy=none", "name=check"]
    assert main(["run", *models, *sweep, *engine]) == 0

    curve = BaseCurve.of(read([shipped().parent / "records"]))
    marks = scores(read([tmp_path / "runs/check/records"]), "base")
    mean = float(np.mean([logit(marks[recipe.name]) for recipe in recipes]))
    items = 1 / np.sqrt(len(marks) * marks.to_numpy().mean() * (1 - marks.to_numpy().mean()))
    spread = float(np.hypot(curve.luck / np.sqrt(len(SEEDS)), items))
    assert abs(mean - curve.at(STEPS)) < 3 * spread
