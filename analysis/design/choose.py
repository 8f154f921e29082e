"""Choosing a design by what experiments of it show.

The delta method ranks the designs in no time, and is optimistic where a ladder is short. So it
says where to look, for each number of rungs, and simulated experiments decide: some for each design
that is looked at, and further ones for the one to take, which must still be good enough with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf, isnan
from operator import attrgetter

from scipy import stats

from analysis.composability.pairs import MARGIN
from analysis.design.assumptions import FIRST, Design, DesignAssumptions
from analysis.design.foresee import foresee
from analysis.design.outlook import Outlook, interaction
from analysis.design.plan import AttemptPrice, DesignPlan, RatedDesign, Target, plan
from analysis.design.predict import Widths

SEARCHED = 50
"""Experiments of each design that is looked at."""
EXPERIMENTS = 200
"""Experiments of the design to take."""
SLACK = 1.25
"""How far the delta method is trusted: designs whose half-width it gives as more than this many
times the wanted one are not looked at."""

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a design must show."""

    target: Target = "ceg"
    half_width: float | None = None
    """Largest half-width; None for the smallest that can be had."""
    assurance: float = 0.5
    """Share of experiments that reach it."""
    power: float | None = None
    """Share of experiments that see what is assumed; None where any will do."""
    budget: float = inf
    """Attempts, or inference FLOP where there is a price."""
    margin: float = MARGIN
    """Half-width of what counts as no interaction, in logits."""

    def met(self, outlook: Outlook) -> bool:
        """Whether experiments show it."""
        of = outlook.of(self.target)
        narrow = self.half_width is None or of.assurance(self.half_width) >= self.assurance
        return narrow and (self.power is None or of.power >= self.power)

    def missed(self, outlook: Outlook) -> tuple[float, float]:
        """How far experiments are from it: smaller is closer."""
        of = outlook.of(self.target)
        return (0.0 if self.power is None else -of.power, of.half_width(self.assurance))

    def width(self, assumptions: DesignAssumptions) -> float:
        """The half-width by the delta method from which on a design is worth a look."""
        widths = [inf if self.half_width is None else self.half_width]
        if self.power is not None:
            effect = self._effect(assumptions)
            shares = stats.norm.isf(0.025) + stats.norm.ppf(self.power)
            widths.append(abs(effect) * float(stats.norm.isf(0.025) / max(shares, 1e-9)))
        return min(widths)

    def _effect(self, assumptions: DesignAssumptions) -> float:
        """What must be told from nothing; of no interaction, the margin that it must lie within."""
        if self.target == "ceg":
            return assumptions.gains[frozenset({FIRST})]
        return interaction(assumptions) or self.margin

    @property
    def ranked_by(self) -> Target:
        """The half-width that goes with what is wanted: a verdict is the interaction's."""
        return "interaction" if self.power is not None and self.target != "ceg" else self.target


def choose(
    *,
    designs: Sequence[Design],
    assumptions: DesignAssumptions,
    wanted: Wanted,
    price: AttemptPrice | None = None,
    seed: int = 0,
    experiments: int = EXPERIMENTS,
    tell: Tell = lambda what: None,
) -> DesignPlan:
    """The cheapest design that shows what is wanted, or the most precise one within the budget.

    Args:
        designs: to choose from.
        assumptions: what is taken to be true.
        wanted: what it must show.
        price: of an attempt.
        seed: of the simulations.
        experiments: simulated of the design to take.
        tell: told which design is being simulated.

    Raises:
        UserError: no designs, or a CEG of ladders that are none.
    """
    ranked = plan(designs=designs, assumptions=assumptions, target=wanted.ranked_by, price=price)
    search = _Search(assumptions, wanted, seed, max(experiments, 1), tell)
    lists = search.lists(ranked.choices)
    taken = search.taken(lists)
    choices = tuple(replace(c, outlook=search.outlooks.get(c.design)) for c in ranked.choices)
    by_design = {c.design: c for c in choices}
    seen = [c for c in choices if c.outlook is not None]
    fit_to_pay = [c for c in seen if c.cost <= wanted.budget] or seen
    closest = min(fit_to_pay, key=lambda c: (*wanted.missed(c.outlook), c.cost))  # type: ignore[arg-type]
    best = {c.design for c in ranked.frontier}
    return DesignPlan(
        choices,
        None if taken is None else by_design[taken.design],
        closest if taken is None else by_design[taken.design],
        tuple(c for c in choices if c.design in best or c.outlook is not None),
    )


@dataclass
class _Search:
    assumptions: DesignAssumptions
    wanted: Wanted
    seed: int
    experiments: int
    tell: Tell

    def __post_init__(self) -> None:
        self.outlooks: dict[Design, Outlook] = {}

    def lists(self, choices: Sequence[RatedDesign]) -> list[list[RatedDesign]]:
        """For each number of rungs the affordable designs that no cheaper one beats by the delta
        method, by rising cost; of the cheapest design alone where nothing is affordable."""
        paid = [c for c in choices if c.cost <= self.wanted.budget]
        results: dict[int, list[RatedDesign]] = {}
        for choice in sorted(paid or choices[:1], key=attrgetter("cost")):
            own = results.setdefault(len(choice.design.x), [])
            if not own or self._width(choice.widths) < self._width(own[-1].widths):
                own.append(choice)
        return list(results.values())

    def taken(self, lists: list[list[RatedDesign]]) -> RatedDesign | None:
        """The design to take, simulated in full; None where no affordable one is good enough."""
        while True:
            best = self._best(lists)
            if best is None or self._simulated(best) >= self.experiments:
                return best
            self._add(best, self.experiments - self._simulated(best))

    def _best(self, lists: list[list[RatedDesign]]) -> RatedDesign | None:
        if self.wanted.half_width is None and self.wanted.power is None:
            return self._narrowest([own[-1] for own in lists])
        need = self.wanted.width(self.assumptions)
        best: RatedDesign | None = None
        for own in sorted(lists, key=lambda own: own[_first(own, need, self._width)].cost):
            cheaper = [c for c in own if best is None or c.cost < best.cost]
            found = self._cheapest(cheaper, need, alone=best is None)
            best = found or best
        return best if best is None or best.cost <= self.wanted.budget else None

    def _narrowest(self, choices: list[RatedDesign]) -> RatedDesign | None:
        def width(choice: RatedDesign) -> float:
            return self._outlook(choice).of(self.wanted.target).half_width(self.wanted.assurance)

        best = min(choices, key=lambda c: (width(c), c.cost))
        return best if width(best) < inf and best.cost <= self.wanted.budget else None

    def _cheapest(self, own: list[RatedDesign], need: float, alone: bool) -> RatedDesign | None:
        """The first of designs of rising precision that is good enough."""
        if not own or (not alone and self._width(own[-1].widths) > SLACK * need):
            return None
        low, high, step = -1, _first(own, need, self._width), 1
        while not self._met(own[high]):
            if high == len(own) - 1:
                return None
            low, high, step = high, min(high + step, len(own) - 1), 2 * step
        while high - low > 1:
            here = high - 1 if low < 0 else (low + high) // 2
            if self._width(own[here].widths) <= SLACK * need and self._met(own[here]):
                high = here
            else:
                low = here
        return own[high]

    def _width(self, widths: Widths) -> float:
        value = widths.of(self.wanted.ranked_by)
        return inf if isnan(value) else value

    def _met(self, choice: RatedDesign) -> bool:
        return self.wanted.met(self._outlook(choice))

    def _simulated(self, choice: RatedDesign) -> int:
        return self._outlook(choice).experiments

    def _outlook(self, choice: RatedDesign) -> Outlook:
        if choice.design not in self.outlooks:
            self._add(choice, min(SEARCHED, self.experiments))
        return self.outlooks[choice.design]

    def _add(self, choice: RatedDesign, number: int) -> None:
        design = choice.design
        before = self.outlooks.get(design)
        done = before.experiments if before else 0
        self.tell(
            f"{number} experiments of {len(design.x)} rungs x {design.items} items x "
            f"{design.draws} draws"
        )
        more = foresee(
            design, self.assumptions, number, self.seed + done, margin=self.wanted.margin
        )
        self.outlooks[design] = before.joined(more) if before else more


def _first(own: Sequence[RatedDesign], need: float, width: Callable[[Widths], float]) -> int:
    """Index of the first design that the delta method takes for good enough, or of the last."""
    return next((i for i, c in enumerate(own) if width(c.widths) <= need), len(own) - 1)
