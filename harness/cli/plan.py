"""`pte plan`: what would run, what would not and why, and what it would cost."""

from __future__ import annotations

import argparse
import json
from math import isnan
from typing import Any

from harness.artefacts.door import of_rung
from harness.artefacts.store import read
from harness.cli.options import add_format, add_overrides
from harness.cli.table import emit
from harness.console import Console
from harness.contracts.benchmark import Readout, Task
from harness.contracts.pte import PTE
from harness.engines.protocol import FAKE, NOT_MEASURED
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.plan.cell import Cell
from harness.plan.plan import Plan, make
from harness.plan.request import Request
from harness.run.checkpoints import examine
from harness.settings.experiment import RunConfig, load
from harness.stack import parameters
from harness.training.asked import asked
from harness.training.expected import expected

SUMMARY = "cells, refusals and cost of a sweep, before anything is loaded"
DESCRIPTION = (
    "Lists the cells of a sweep, the stacks that are refused with their reasons, and the expected\n"
    "requests, tokens, FLOP and GPU-hours. Reads the problems; loads no model.\n"
    "Prices are found by rehearsal: each stack is run on a few problems against an engine without\n"
    "weights, with expected lengths, and at worst: every generation runs to its token limit, and\n"
    "nothing works. A token is taken to be four characters. What a PTE's recipe has trained, or\n"
    "will have to train, stands below with its share of the definition's 10% of training compute."
)
MOST = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    add_format(parser)
    add_overrides(parser)


def execute(options: argparse.Namespace) -> int:
    """Print the plan."""
    experiment = load(options.overrides)
    plan = make(experiment.request)
    warn_unmeasured(experiment)
    examined = examine(plan, experiment.request.engine, experiment.hardware.memory)
    cells = [cell_row(cell, experiment) for cell in plan.cells]
    refused = [refusal_row(plan, index) for index in range(len(plan.refusals))]
    emit(cells if options.format == "table" else [*cells, *refused], options.format, MOST)
    if options.format == "table":
        summary(plan, experiment)
        for line in training_lines(experiment):
            Console(highlight=False, soft_wrap=True).print(line, markup=False)
    # Beside the rows, which programs read.
    for notice in (*notices(plan, experiment), *examined.notices):
        Console(stderr=options.format != "table", highlight=False, soft_wrap=True).print(
            notice, markup=False
        )
    return 0


def training_lines(experiment: RunConfig) -> list[str]:
    """What the trained artefacts of a sweep cost or will cost once, a line a recipe and rung."""
    lines = []
    ptes = {pte.name: pte for stack in experiment.request.stacks for pte in stack.ptes}
    for name in (name for name, pte in ptes.items() if pte.recipe is not None):
        try:
            lines += [each.told for each in expected(asked(name, experiment.overrides))]
        except UserError as error:
            lines.append(f"training: {name} cannot be made: {error}")
    return lines


def warn_unmeasured(experiment: RunConfig) -> None:
    """Say of an engine without a model that there is nothing to measure, before all else."""
    if experiment.request.engine.name == FAKE:
        Console(stderr=True, highlight=False, soft_wrap=True).print(NOT_MEASURED, style="bold")


def cell_row(cell: Cell, experiment: RunConfig) -> dict[str, Any]:
    """A cell as `pte plan` prints it."""
    hours = experiment.hardware.hours
    return {
        "model": cell.model.name,
        "benchmark": cell.benchmark,
        "stack": cell.label,
        "replicate": cell.replicate,
        "problems": cell.problems,
        "requests": round(cell.price.calls * cell.problems),
        "tokens": round(cell.price.tokens * cell.problems),
        "FLOP": _rounded(cell.flop, 3),
        "GPU-hours": _rounded(hours(cell.flop), 2),
        "x base (net)": _rounded(cell.net_multiplier, 3),
        "x base (gross)": _rounded(cell.gross_multiplier, 3),
        "hours at worst": _rounded(hours(cell.worst_flop), 2),
        "longest": cell.worst.longest,
        "note": "; ".join(cell.notes),
        "cell": cell.id,
    }


def _rounded(number: float, digits: int) -> float | None:
    """To so many digits; None for what is not known."""
    return None if isnan(number) else float(f"{number:.{digits}g}")


def refusal_row(plan: Plan, index: int) -> dict[str, Any]:
    """A refused stack under the same columns."""
    refusal = plan.refusals[index]
    blank = dict.fromkeys(
        (
            *("replicate", "problems", "requests", "tokens", "FLOP", "GPU-hours"),
            *("x base (net)", "x base (gross)", "hours at worst", "longest"),
        )
    )
    names = {"model": refusal.model, "benchmark": refusal.benchmark, "stack": refusal.stack}
    return names | blank | {"note": f"refused: {refusal.reason}", "cell": None}


def notices(plan: Plan, experiment: RunConfig) -> list[str]:
    """What to know of a sweep that no table says: what its seed decides, whose code is in it."""
    own = {name: of for cell in plan.cells for name, of in cell.sources.items()}
    shown = ", ".join(f"{name} {of}" for name, of in sorted(own.items()))
    said = f"your own modules, by hash (a change makes other cells): {shown}"
    readouts = readout_notes(experiment.request)
    trained = trained_otherwise(plan)
    return [*readouts, *experiment.notes, *([said] if own else []), *trained]


def trained_otherwise(plan: Plan) -> list[str]:
    """Artefacts that PTEs of this sweep were used to make with other settings than they have here.

    That is no mistake by itself: an artefact may be measured beside any setting.
    """
    here: dict[str, list[str]] = {}
    for pte in (pte for cell in plan.cells for pte in cell.stack.ptes):
        here.setdefault(pte.name, []).append(json.dumps(parameters(pte), sort_keys=True))
    lines: dict[str, None] = {}
    for cell in plan.cells:
        for pte in cell.stack.ptes:
            for name, held in _trained_with(pte, cell.model):
                if name in here and held not in here[name]:
                    lines[
                        f"{pte.name} on {cell.model.name} was trained with {name} {held}, and in "
                        f"this sweep {name} is {here[name][0]}: what is measured is the former"
                    ] = None
    return list(lines)


def _trained_with(pte: PTE, model: ModelSpec) -> list[tuple[str, str]]:
    """Names and settings of the PTEs that an artefact was made with; none where there is none."""
    if pte.recipe is None:
        return []
    folder = of_rung(pte.recipe.folder(getattr(pte, "artefacts", "runs/artefacts")), model)
    training = None if folder is None else read(folder).training
    if training is None:
        return []
    stacks = training.stacks.values()
    return [(name, json.dumps(held, sort_keys=True)) for each in stacks for name, held in each]


def readout_notes(request: Request) -> list[str]:
    """How models are brought to their answers, a line a way."""
    lines: dict[str, list[str]] = {}
    for name, loaded in request.benchmarks.items():
        lines.setdefault(_readout(loaded.task), []).append(name)
    return [f"Readout of {', '.join(names)}: {way}." for way, names in lines.items()]


def _readout(task: Task) -> str:
    if task.readout is Readout.LOGLIKELIHOOD:
        return "loglikelihood; options are scored after the cue"
    if task.free is None:
        return "cued; the answer is what follows the cue, or the header, that is put down"
    limits = task.free
    thoughts = (
        "no thoughts"
        if limits.thinking_tokens is None
        else f"thoughts of at most {limits.thinking_tokens} tokens"
    )
    cut = (
        "one that is cut is asked for its answer"
        if limits.forced_completion
        else "one that is cut is wrong"
    )
    return (
        f"free; each model answers in a turn of its own, {thoughts}, replies of at most "
        f"{limits.reply_tokens} tokens, and {cut}"
    )


def lengths_notes(plan: Plan) -> list[str]:
    """Which lengths the prices rest on, and where they are from."""
    lines = []
    stated = {lengths for lengths in plan.lengths.values() if not lengths.measured}
    for lengths in stated:
        lines.append(
            f"Prices by rehearsal: generations take {lengths.share:.0%} of their token limits, and "
            f"what is said works at once on {lengths.success:.0%} of the problems, as stated "
            "(rehearsal.length, rehearsal.success)."
        )
    for (answering_model, benchmark), lengths in sorted(plan.lengths.items()):
        if lengths.measured:
            means = ", ".join(f"{r} {mean:.0f} of {limit}" for r, limit, mean in lengths.common)
            lines.append(
                f"Prices by rehearsal: lengths of {answering_model} on {benchmark} from "
                f"{lengths.source} (tokens: {means}); what is said works at once on "
                f"{lengths.success:.0%} of the problems."
            )
    return lines


def summary(plan: Plan, experiment: RunConfig) -> None:
    """Totals and refusals, for people."""
    console = Console(highlight=False, soft_wrap=True)
    alone, distinct, lengths = plan.alone, plan.distinct, "\n".join(lengths_notes(plan))
    hours = experiment.hardware.hours(plan.flop * distinct.tokens / max(1.0, alone.tokens))
    console.print(
        f"\n{len(plan.cells)} cells, {len(plan.refusals)} refused, {len(plan.jobs)} engine loads. "
        f"About {distinct.calls:,.0f} requests and {distinct.tokens:,.0f} tokens with shared draws "
        f"asked once ({alone.calls:,.0f} and {alone.tokens:,.0f} if each cell ran by itself), "
        f"{_hours(hours)} on {experiment.hardware.name}.\n"
        f"{lengths}\n"
        f"Run folder: {experiment.folder}",
        markup=False,
    )
    for refusal in plan.refusals:
        console.print(
            f"refused: {refusal.stack} on {refusal.benchmark} ({refusal.model}): {refusal.reason}",
            markup=False,
        )


def _hours(hours: float) -> str:
    """Estimated hours; a model of unknown size has none."""
    return "an unknown time" if isnan(hours) else f"{hours:.2g} hours"
