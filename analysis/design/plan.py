"""Choosing a design: the cheapest that is precise enough, or the most precise within a budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, isnan
from typing import Literal

import numpy as np

from analysis.ceg.residuals import FEWEST
from analysis.design.assumptions import Design, DesignAssumptions
from analysis.design.outlook import Outlook
from analysis.design.predict import Widths, predict
from harness.errors import UserError

Target = Literal["ceg", "exponent", "interaction"]


@dataclass(frozen=True)
class AttemptPrice:
    """What an attempt costs in inference FLOP: 2 x parameters x tokens, prompt and answer alike."""

    low: float
    """Parameters of the smallest model of the ladder."""
    high: float
    """Parameters of the largest model; those between lie at equal ratios."""
    tokens: float
    """Tokens of an attempt, prompt and answer together."""

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high or not self.tokens > 0:
            raise UserError(
                f"{self.low:g} to {self.high:g} parameters and {self.tokens:g} tokens give no "
                "price: name the smaller model first, and numbers above 0"
            )

    def flop(self, design: Design) -> float:
        """Inference FLOP of the whole sweep."""
        sizes = np.geomspace(self.low, self.high, len(design.x))
        return float(2 * sizes.mean() * self.tokens) * design.attempts


@dataclass(frozen=True)
class RatedDesign:
    """A design with what it shows and costs."""

    design: Design
    widths: Widths
    flop: float | None
    """Inference FLOP, where a price is known."""
    outlook: Outlook | None = None
    """What simulated experiments of it show; None where it was not simulated."""

    @property
    def cost(self) -> float:
        """What the design costs: FLOP where a price is known, else attempts."""
        return self.design.attempts if self.flop is None else self.flop


@dataclass(frozen=True)
class DesignPlan:
    """All designs of a grid by rising cost, and the one to take."""

    choices: tuple[RatedDesign, ...]
    recommended: RatedDesign | None
    """None where no design is both affordable and precise enough."""
    closest: RatedDesign
    """The most precise of those that can be paid for, or of all where none can."""
    frontier: tuple[RatedDesign, ...]
    """Designs that no cheaper one beats."""


def grid(
    *,
    rungs: Iterable[int],
    span: float,
    items: Iterable[int],
    draws: Iterable[int],
    arms: int,
    most_items: int | None = None,
) -> list[Design]:
    """Every combination; where the benchmark is smaller than a wanted number, all of it is taken.

    Args:
        rungs: numbers of rungs, at equal distances.
        span: OOMs of training compute between the ladder's ends.
        items: numbers of problems.
        draws: numbers of attempts of an arm at an item.
        arms: stacks that are run.
        most_items: problems that the benchmark has.
    """
    sizes = sorted({n if most_items is None else min(n, most_items) for n in items})
    return [
        Design.even(number, span, size, each, arms)
        for number in sorted(set(rungs))
        for size in sizes
        for each in sorted(set(draws))
    ]


def plan(
    *,
    designs: Sequence[Design],
    assumptions: DesignAssumptions,
    target: Target = "ceg",
    half_width: float | None = None,
    budget: float = inf,
    price: AttemptPrice | None = None,
) -> DesignPlan:
    """The cheapest design of the wanted half-width, or the most precise one within the budget.

    Args:
        designs: to choose from.
        assumptions: what is taken to be true.
        target: whose half-width.
        half_width: wanted, on log10 CEG, on the exponent, or in logits; None for the smallest.
        budget: attempts, or inference FLOP where there is a price.
        price: of an attempt.

    Raises:
        UserError: no designs, or a CEG of ladders that are none.
    """
    if not designs:
        raise UserError("no design to choose from: give at least one of rungs, items and draws")
    made = [
        RatedDesign(d, predict(d, assumptions), price.flop(d) if price else None) for d in designs
    ]

    def width(choice: RatedDesign) -> float:
        value = choice.widths.of(target)
        return inf if isnan(value) else value

    if target == "ceg" and all(len(d.x) < FEWEST for d in designs):
        raise UserError(f"a CEG takes a ladder of {FEWEST} rungs or more: raise --rungs")
    made.sort(key=lambda choice: (choice.cost, width(choice)))
    paid = [choice for choice in made if choice.cost <= budget]
    closest = min(paid or made, key=lambda choice: (width(choice), choice.cost))
    enough = [c for c in paid if width(c) <= half_width] if half_width is not None else []
    recommended = enough[0] if enough else None
    if half_width is None and paid and width(closest) < inf:
        recommended = closest
    best, frontier = inf, []
    for choice in made:
        if width(choice) < best:
            best = width(choice)
            frontier.append(choice)
    return DesignPlan(tuple(made), recommended, closest, tuple(frontier))
