"""`pte train-pocket`: trains the models of the pocket ladder anew."""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path

from harness.cli.run import INTERRUPTED
from harness.console import Console
from harness.errors import UserError

SUMMARY = "train the pocket ladder's models anew"
DESCRIPTION = (
    "Trains the tiny models of ladder=pocket from scratch and writes, below DIR,\n"
    "  NAME/            each model's checkpoint, with what it was made by in training.json\n"
    "  conf/model/      each model's configuration, conf/ladder/trained.yaml all of them:\n"
    "                   pte run 'hydra.searchpath=[file://DIR/conf]' ladder=trained ...\n"
    "Models that are there already are kept. Ctrl-C stops it; the same command goes on."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    from pocket.ladder import SEEDS
    from pocket.recipe import SEED_LETTERS

    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("pocket-models"),
        metavar="DIR",
        help="folder to write to (default: pocket-models)",
    )
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="make the shipped ladder anew where it lies, weights and configurations, in place of "
        "-o, --steps and --seeds; what is there and up to date is kept",
    )
    parser.add_argument(
        "--steps",
        type=int,
        nargs="+",
        metavar="N",
        help="rungs, by training steps (default: those of ladder=pocket)",
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=len(SEEDS),
        metavar="N",
        help=f"models a rung, 1 to {len(SEED_LETTERS)} (default: {len(SEEDS)})",
    )
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="models trained at once (default: one a core)"
    )


def execute(options: argparse.Namespace) -> int:
    """Train what is missing and write the configurations."""
    from pocket.recipe import SEED_LETTERS, Recipe

    if not 1 <= options.seeds <= len(SEED_LETTERS):
        raise UserError(f"--seeds {options.seeds}: give 1 to {len(SEED_LETTERS)}")
    if options.steps and min(options.steps) < 1:
        raise UserError(f"--steps {min(options.steps)}: give at least 1")
    if options.jobs is not None and options.jobs < 1:
        raise UserError(f"--jobs {options.jobs}: give at least 1")
    from pocket import fleet
    from pocket.ladder import (
        LADDERS,
        RECIPES,
        SHIPPED,
        STEPS,
        TRAINED,
        shipped,
        write_configs,
    )

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if options.rebuild:
        if not fleet.bring(RECIPES, shipped(), console, options.jobs):
            return INTERRUPTED
        write_configs(LADDERS, SHIPPED, Path(str(files("configs"))))
        return 0
    folder: Path = options.output.absolute()
    rungs = sorted(set(options.steps or STEPS))
    recipes = [Recipe(steps, seed) for steps in rungs for seed in range(options.seeds)]
    if not fleet.bring(recipes, folder, console, options.jobs):
        return INTERRUPTED
    write_configs({TRAINED: recipes}, str(folder), folder / "conf")
    console.print(
        f"{len(recipes)} models in {folder}. Use them with\n"
        f"  'hydra.searchpath=[file://{folder / 'conf'}]' ladder={TRAINED}",
        markup=False,
    )
    return 0
