"""The rungs: one architecture, trained for more and more steps, each with its own cosine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from pocket.model import WINDOW
from pocket.recipe import Recipe

STEPS = (80, 250, 450, 700, 1000, 1450, 2100, 3100, 4900, 8000)
SEEDS = (0, 1, 2, 3)
"""Runs of each rung, which have nothing but the recipe in common: the scatter of training."""
RECIPES = tuple(Recipe(steps, seed) for steps in STEPS for seed in SEEDS)
LADDERS = {
    "pocket": RECIPES,
    "pocket_two_seeds": tuple(recipe for recipe in RECIPES if recipe.seed in SEEDS[:2]),
}
"""The shipped ladders by name: all runs, and half of them, which are asked in half the time."""
TRAINED = "trained"
"""Name of a ladder that a user trains."""
SHIPPED = "inside:pocket/weights"
"""What the shipped configurations give as the place of the weights."""
WEIGHTS = "weights"
"""Folder of this package that holds the checkpoints."""


def shipped() -> Path:
    """The folder with the ladder's checkpoints."""
    return Path(str(files("pocket"))) / WEIGHTS


def write_configs(ladders: Mapping[str, Iterable[Recipe]], weights: str, folder: Path) -> None:
    """Write `ladder/NAME.yaml` for each ladder, and `model/NAME.yaml` for each of its models.

    `weights` is where the checkpoints are: a folder, or `inside:PACKAGE/FOLDER`.
    """
    for kind in ("model", "ladder"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for name, recipes in ladders.items():
        made = tuple(recipes)
        for recipe in made:
            text = model_config(recipe, f"{weights}/{recipe.name}")
            (folder / "model" / f"{recipe.name}.yaml").write_text(text, encoding="utf-8")
        (folder / "ladder" / f"{name}.yaml").write_text(ladder_config(made), encoding="utf-8")


def model_config(recipe: Recipe, weights: str) -> str:
    """A rung's YAML."""
    return f"""\
# @package model.{recipe.name}
# Written by `pte train-pocket`.
_target_: harness.models.spec.ModelSpec
name: {recipe.name}
weights: {json.dumps(weights)}
revision: null
family: pocket
stage: base
training_seed: {recipe.run}
parameters: {recipe.parameters}
training_tokens: {recipe.tokens}  # {recipe.steps} steps, no padding
training:
  _target_: harness.models.spec.TrainingCompute
  flop: {recipe.flop:.10e}
  source: 6ND
  valid_for_ceg: true
  note: >-
    Trained by this project. D counts every token processed; the loss is taken
    over six in ten of them.
context_window: {WINDOW}
chat: false
instruct_sibling: null
benchmarks: [pocket_arithmetic]
"""


def ladder_config(recipes: Iterable[Recipe]) -> str:
    """The ladder's YAML."""
    names = "".join(f"\n      - {recipe.name}" for recipe in recipes)
    return f"""\
# @package _global_
# Tiny models that this project trains itself; the number is the steps, the letter the run.
# Made for benchmark=pocket_arithmetic, and best served with engine.dtype=float32.
defaults:
  - override /model:{names}
context_window: {WINDOW}
"""
