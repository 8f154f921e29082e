"""The shipped ladder: weights, configurations and the records of its base models."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from harness.errors import require
from harness.records.store import read
from pocket.ladder import LADDERS, RECIPES, SEEDS, STEPS, ladder_config, model_config, shipped
from pocket.training import finished
from pocket.vocabulary import ANSWER, HOW, IDS, QUESTION, encode
from tests.engines.conftest import needs

CONFIGS = Path(__file__).parents[2] / "configs"
MOST_BYTES = 12_000_000


def test_every_rung_is_there_and_all_of_it_is_small() -> None:
    assert all(finished(recipe, shipped() / recipe.name) for recipe in RECIPES)
    assert {folder.name for folder in shipped().iterdir() if folder.is_dir()} == {
        recipe.name for recipe in RECIPES
    }
    assert sum(file.stat().st_size for file in shipped().rglob("*")) < MOST_BYTES


def test_configurations_are_what_the_recipes_say() -> None:
    for recipe in RECIPES:
        text = model_config(recipe, f"inside:pocket/weights/{recipe.name}")
        assert (CONFIGS / "model" / f"{recipe.name}.yaml").read_text() == text
        card = json.loads((shipped() / recipe.name / "training.json").read_text())
        assert (card["parameters"], card["tokens"]) == (recipe.parameters, recipe.tokens)
        assert card["flop"] == recipe.flop
    for name, recipes in LADDERS.items():
        assert (CONFIGS / "ladder" / f"{name}.yaml").read_text() == ladder_config(recipes)
    assert {path.stem for path in (CONFIGS / "model").glob("pocket_*")} == {
        recipe.name for recipe in RECIPES
    }


def test_there_are_at_least_four_runs_of_each_of_eight_rungs() -> None:
    assert len(STEPS) >= 8
    assert len(SEEDS) >= 4
    assert len(RECIPES) == len(STEPS) * len(SEEDS)


@pytest.fixture(scope="module")
def base() -> pd.DataFrame:
    """[rung]: correct and asked, by seed, of the base without any PTE."""
    rows = read([shipped().parent / "records"])
    rows = rows[(rows["stack"] == "base") & ~rows["greedy"]]
    counted = rows.groupby(["model", "training_flop"])["score"].agg(["sum", "size", "mean"])
    return counted.reset_index().sort_values(["training_flop", "model"])


def test_base_accuracy_rises_over_two_orders_of_magnitude(base: pd.DataFrame) -> None:
    rungs = base.groupby("training_flop")["mean"].mean()
    assert len(rungs) == len(STEPS) >= 7
    assert rungs.index[-1] / rungs.index[0] >= 100 * (1 - 1e-9)
    assert rungs.iloc[0] < 0.1
    assert rungs.iloc[-1] > 0.7
    assert (rungs.iloc[:3] < 0.05).all()  # at the floor, in any order
    assert all(low < high for low, high in pairwise(rungs.iloc[2:]))


def clearly_reversed(base: pd.DataFrame) -> set[tuple[str, str]]:
    """Neighbours whose Wilson intervals lie apart, the lower rung's above."""
    low, high = proportion_confint(base["sum"], base["size"], method="wilson")
    rungs = [rows for _, rows in base.assign(low=low, high=high).groupby("training_flop")]
    assert all(len(rows) == len(SEEDS) for rows in rungs)
    return {
        (one["model"], other["model"])
        for below, above in pairwise(rungs)
        for _, one in below.iterrows()
        for _, other in above.iterrows()
        if other["high"] < one["low"]
    }


def test_no_run_is_clearly_out_of_order_with_one_of_the_next_rung(base: pd.DataFrame) -> None:
    assert not clearly_reversed(base)


def test_a_ladder_out_of_order_would_be_noticed(base: pd.DataFrame) -> None:
    flops = base["training_flop"].unique()
    for below, above in pairwise(flops[3:]):  # the first three rungs are all at the floor
        swapped = base["training_flop"].map({below: above, above: below})
        assert len(
            clearly_reversed(base.assign(training_flop=swapped.fillna(base["training_flop"])))
        )


def test_the_shipped_tokenizers_are_the_vocabulary() -> None:
    for recipe in RECIPES:
        message = json.loads((shipped() / recipe.name / "tokenizer.json").read_text())
        assert message["model"]["vocab"] == IDS
    needs("transformers")
    transformers = require("transformers", "transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(shipped() / RECIPES[0].name)
    for text in (
        "a07=31;The answer is 12.",
        f"{HOW}{QUESTION}@07{ANSWER} Let's think step by step.",
    ):
        assert tokenizer.encode(text, add_special_tokens=False) == encode(text)
