"""`pte power`: how many items, draws and rungs a wanted precision takes, or what a budget buys."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict, fields
from math import inf, isfinite, log10
from time import monotonic
from typing import TYPE_CHECKING

from analysis.cli.designs import row, shown, verdict, within_margin
from analysis.cli.power_options import (
    DEFAULT_WIDTH,
    DESCRIPTION,
    SIMULATIONS,
    add_arguments,
)
from harness.cli.table import emit
from harness.errors import UserError

if TYPE_CHECKING:
    from analysis.design.assumptions import DesignAssumptions
    from analysis.design.choose import Wanted
    from analysis.design.plan import DesignPlan

SUMMARY = "plan a sweep: precision for a budget, or the cost of a precision"
__all__ = ["DESCRIPTION", "SUMMARY", "add_arguments", "execute"]

SPAN = 2.5
PATIENCE = 2.0
"""Seconds after which it is said what is being done."""


def execute(options: argparse.Namespace) -> int:
    """Print designs with what experiments of them show; 1 where none is good enough."""
    wanted = _wanted(options)
    from analysis.design.choose import EXPERIMENTS, choose
    from analysis.design.plan import AttemptPrice, grid

    assumptions, span = _assumptions(options)
    _check_power(wanted, assumptions)
    arms = options.arms or (2 if options.on == "ceg" else 4)
    designs = grid(
        rungs=options.rungs,
        span=span,
        items=options.items,
        draws=options.draws,
        arms=arms,
        most_items=options.most_items,
    )
    low, high = options.parameters or (0.0, 0.0)
    result = choose(
        designs=designs,
        assumptions=assumptions,
        wanted=wanted,
        price=AttemptPrice(low, high, options.tokens) if options.parameters else None,
        seed=options.seed,
        experiments=EXPERIMENTS if options.experiments is None else options.experiments,
        tell=_teller(),
    )
    _print(options, result, assumptions, wanted)
    return 0 if result.recommended else 1


def _teller() -> Callable[[str], None]:
    """Says on stderr what is being simulated, where it takes longer than one waits for."""
    start = monotonic()

    def tell(what: str) -> None:
        if monotonic() - start > PATIENCE:
            sys.stderr.write(f"pte power: {what}\n")

    return tell


def _wanted(options: argparse.Namespace) -> Wanted:
    """What is wanted; no half-width where the smallest within the budget is.

    Raises:
        UserError: options that contradict each other or are out of range.
    """
    from analysis.composability.pairs import MARGIN
    from analysis.design.choose import Wanted

    _check(options)
    width = options.half_width
    if options.factor is not None:
        width = log10(options.factor)
    elif width is None and options.budget is None and options.power is None:
        width = DEFAULT_WIDTH[options.on]
    if width is None and options.assurance is not None and options.budget is None:
        raise UserError(
            "--assurance is of a half-width: give --half-width, or --budget for the smallest"
        )
    return Wanted(
        target=options.on,
        half_width=width,
        assurance=0.5 if options.assurance is None else options.assurance,
        power=options.power,
        budget=inf if options.budget is None else options.budget,
        margin=MARGIN if options.margin is None else options.margin,
    )


def _check(options: argparse.Namespace) -> None:
    above = {
        "--half-width": options.half_width,
        "--budget": options.budget,
        "--margin": options.margin,
        "--experiments": options.experiments,
    }
    for name, value in above.items():
        if value is not None and not 0 < value < inf:
            raise UserError(f"{name} is {value:g}: give a number above 0")
    for name, value in {"--power": options.power, "--assurance": options.assurance}.items():
        if value is not None and not 0 < value < 1:
            raise UserError(f"{name} is {value:g}: give a share between 0 and 1, such as 0.8")
    if options.arms is not None and options.arms < (2 if options.on == "ceg" else 4):
        raise UserError(f"--arms {options.arms}: a CEG takes 2 arms, a pair of PTEs takes 4")
    if options.seed < 0:
        raise UserError(f"--seed {options.seed} is negative: give 0 or more")
    if options.factor is None:
        return
    if options.on != "ceg" or options.half_width is not None:
        raise UserError("--factor is another way to give --half-width on a CEG: give one of them")
    if not options.factor > 1:
        raise UserError(f"--factor {options.factor:g}: give a number above 1, such as 1.41")


def _check_power(wanted: Wanted, assumptions: DesignAssumptions) -> None:
    if wanted.power is not None and wanted.target == "ceg" and assumptions.ceg == 1:
        raise UserError(
            "--power of a CEG is the share of experiments that tell it from 1, and 1 is assumed: "
            "give --ceg another value"
        )


def _assumptions(options: argparse.Namespace) -> tuple[DesignAssumptions, float]:
    """What is assumed, and the ladder's span: given, else read from records, else the default."""
    from analysis.design.assumptions import DesignAssumptions

    read, span = _read(options) if options.source else ({}, SPAN)
    given = {f.name: getattr(options, f.name) for f in fields(DesignAssumptions)}
    given = {name: value for name, value in given.items() if value is not None}
    return DesignAssumptions(**(read | given)), span if options.span is None else options.span


def _read(options: argparse.Namespace) -> tuple[dict[str, float], float]:
    from analysis.design.fitted import fitted
    from analysis.reading.records import read

    experiments = {e.name: e for e in read([options.source])}
    name = options.experiment or next(iter(experiments))
    if name not in experiments or (len(experiments) > 1 and not options.experiment):
        names = ", ".join(experiments)
        raise UserError(f"{options.source} holds {names}: name one with --experiment")
    if not experiments[name].compares:
        raise UserError(f"{name} has no base arm to read a slope from: run the empty stack, too")
    result = fitted(experiments[name], options.seed)
    for reason in result.missing:
        sys.stderr.write(f"pte power: not in {name}, the default is taken: {reason}\n")
    return result.values, result.span if isfinite(result.span) else SPAN


def _print(
    options: argparse.Namespace,
    result: DesignPlan,
    assumptions: DesignAssumptions,
    wanted: Wanted,
) -> None:
    from analysis.design.outlook import relation

    chosen, of = result.recommended, relation(assumptions).value
    table = options.format == "table"
    rows = [
        row(choice, choice is chosen, wanted, of)
        for choice in (result.frontier if table else result.choices)
    ]
    if table:
        print("assumed: " + ", ".join(f"{k} {v:.3g}" for k, v in asdict(assumptions).items()))
    emit(rows, options.format)
    stream = sys.stdout if table else sys.stderr  # rows alone are for programs
    print(verdict(result, wanted, of), file=stream)
    note = within_margin(assumptions, wanted, of)
    if note and (wanted.power is not None or wanted.target == "exponent"):
        print(note, file=stream)
    if options.check:
        from analysis.design.simulated import simulated

        design = (chosen or result.closest).design
        seen = simulated(design, assumptions, SIMULATIONS, options.seed, margin=wanted.margin)
        print(f"checked, one by one: {shown(seen, wanted, of)}", file=stream)
