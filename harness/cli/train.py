"""`pte train`: makes a recipe's artefacts, a rung at a time."""

from __future__ import annotations

import argparse
import shlex
from typing import Any

from harness.artefacts.store import cost_of, read
from harness.cli.options import add_overrides
from harness.cli.run import INTERRUPTED
from harness.console import Console
from harness.engines.protocol import FAKE, NOT_MEASURED
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.run.lock import holding
from harness.run.tracker import MAIN
from harness.training.asked import Asked, asked
from harness.training.expected import expected
from harness.training.make import make_artefacts
from harness.training.samples import InterruptedTrainingError

SUMMARY = "make the trained artefacts of a PTE, a rung at a time"
DESCRIPTION = (
    "Carries out the recipe of a PTE (self_generated_data, teacher, ...) on each rung: samples on\n"
    "the train split of the benchmarks through the journal, keeps what the recipe says, and fits.\n"
    "No test item of the benchmarks named is ever trained on. Artefacts that are there are kept;\n"
    "Ctrl-C, SIGTERM or a kill lose no draw and at most one checkpoint: run the command again.\n"
    "The first word names the PTE; the others are those of 'pte run', of which limit, sweep and\n"
    "the words of PTEs that have no part in the recipe are left aside:\n"
    "  pte train self_generated_data ladder=pocket benchmark=pocket_arithmetic\n"
    "Afterwards 'pte run' with the same words and the PTE in its sweep uses them. Runs in this\n"
    "process, on this machine: for a job of Slurm's, put the command into its script.\n"
    "A rung of which too few samples are kept has no artefact, and the others have.\n"
    "Exit code: 0 done, 1 done but for such rungs, 2 cannot be done as asked, 130 interrupted."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument("recipe", metavar="RECIPE", help="the PTE whose artefacts are to be made")
    parser.add_argument(
        "--plan",
        action="store_true",
        help="say what would be made, at what cost, and its share of the definition's 10%%",
    )
    add_overrides(parser)


def execute(options: argparse.Namespace) -> int:
    """Make what is missing, or say what would be."""
    console = Console(highlight=False, soft_wrap=True)
    if "=" in options.recipe:
        raise UserError(
            f"pte train takes the name of a PTE first, such as self_generated_data, and was given "
            f"{options.recipe}"
        )
    wanted = asked(options.recipe, options.overrides)
    _tell_recipe(wanted, console)
    for each in expected(wanted):
        console.print(each.told, markup=False)
    if options.plan:
        return 0
    if wanted.request.engine.name == FAKE:
        raise UserError(f"{NOT_MEASURED}, and nothing is to be learned from what it says")
    if not wanted.models:
        raise UserError(f"{options.recipe} makes nothing on any of these rungs, as said above")
    wanted.root.mkdir(parents=True, exist_ok=True)
    try:
        with holding(wanted.root, MAIN):
            made = make_artefacts(wanted, Console(stderr=True, highlight=False, soft_wrap=True))
    except InterruptedTrainingError:
        words = shlex.join([options.recipe, *options.overrides])
        console.print(f"stopped; every draw is kept. Go on with: pte train {words}", markup=False)
        return INTERRUPTED
    for done in made:
        if done.nothing:
            console.print(f"not made: {done.nothing}", markup=False)
            continue
        console.print(_line(done.model, done.folder, done.fresh), markup=False)
    return 1 if any(done.nothing for done in made) else 0


def _tell_recipe(wanted: Asked, console: Console) -> None:
    recipe = wanted.recipe
    told = "; ".join(f"{name} {value}" for name, value in recipe.described.items())
    console.print(f"recipe {recipe.id}: {told}", markup=False)
    console.print(f"samples are drawn with: {wanted.sampled.config}", markup=False)
    console.print(f"solutions are taught as: {wanted.taught.config}", markup=False)
    for name, split in wanted.splits.items():
        console.print(
            f"{name}: {len(split.loaded.dataset.items)} train problems; {split.left_out} left out, "
            "as a test item or an exemplar is like them",
            markup=False,
        )
    console.print(f"artefacts: {wanted.root}", markup=False)


def _line(model: ModelSpec, folder: Any, fresh: bool) -> str:
    artefact, cost = read(folder), cost_of(folder)
    training = artefact.training
    rows = f"{training.rows} examples, {training.tokens} tokens" if training else "published"
    flop, total = cost.flop, model.compute.flop
    share = f", {flop / total:.2%} of its training compute" if flop and total else ""
    state = "made" if fresh else "kept"
    took = "unknown" if flop is None else f"{flop:.4g}"
    return f"{state}: {folder} ({artefact.kind.value} {artefact.id}): {rows}, {took} FLOP{share}"
