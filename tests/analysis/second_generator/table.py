"""The figures that a review found of the first edition of the estimators, and those of today.

A row is what it says, the figure that was found, and how it is had from what was seen of scenarios:
a further row is a line here, a further quantity a line in `measure`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from analysis.design.assumptions import Design, DesignAssumptions
from analysis.design.predict import predict
from tests.analysis.second_generator.measure import Seen
from tests.analysis.second_generator.scenarios import SCENARIOS

Many = Mapping[str, Sequence[Seen]]
"""By scenario, what was seen of its experiments."""

HELD = [
    *("plain", "100 items", "some luck, 3 rungs", "some luck", "some luck, 8 rungs", "8 rungs"),
    *("chance .25", "ceiling .8", "growing gains", "heavy tails", "gompertz", "cloglog"),
    *("plateau", "no n"),
]
"""Scenarios in which the pooled CEG was found to be covered."""
LUCKY = ["some luck, 3 rungs", "some luck", "some luck, 8 rungs"]
MUCH = ["much luck, 3 rungs", "much luck", "much luck, 8 rungs"]
WRONG = ["gompertz, gains multiply", "cloglog, gains multiply", "plateau, gains multiply"]
DESIGNS = {
    "power, 3 rungs, 200 items": Design.even(3, 2.5, 200),
    "power, 5 rungs, 400 items": Design.even(5, 2.5, 400),
    "power, 8 rungs, 800 items twice": Design.even(8, 2.5, 800, 2),
}


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    what: str
    then: str
    """The figure that the review found."""
    scenarios: Sequence[str]
    now: Callable[[Many, str], str]
    """The figure of one scenario."""

    def text(self, many: Many) -> str:
        """The figures of today by scenario; what was not run is left out."""
        done = [name for name in self.scenarios if many.get(name)]
        return "; ".join(f"{self.now(many, name)} {name}" for name in done) or "not run"


def rate(many: Many, name: str, quantity: str) -> float:
    """Share of hits; NaN where the quantity was never given."""
    hits = [hit for one in many[name] for hit in one.get(quantity, ())]
    return sum(hits) / len(hits) if hits else float("nan")


def share(quantity: str, given: bool = False) -> Callable[[Many, str], str]:
    """A share, with the share of experiments that gave the quantity at all where asked."""

    def text(many: Many, name: str) -> str:
        there = sum(bool(one.get(quantity)) for one in many[name]) / len(many[name])
        result = f"{rate(many, name, quantity):.3f}"
        return f"{result} (given in {there:.2f})" if given else result

    return text


def often(quantity: str) -> Callable[[Many, str], str]:
    """The share of all experiments, those without the quantity among them."""

    def text(many: Many, name: str) -> str:
        return f"{sum(any(one.get(quantity, ())) for one in many[name]) / len(many[name]):.3f}"

    return text


def half(quantity: str) -> Callable[[Many, str], str]:
    """Predicted and simulated half-width: the median over experiments."""

    def text(many: Many, name: str) -> str:
        widths = predict(DESIGNS[name], DesignAssumptions())
        predicted = widths.of(quantity.lower())
        return f"{predicted:.3f}/{median(one[f'half {quantity}'] for one in many[name]):.3f}"

    return text


def width(quantity: str) -> Callable[[Many, str], str]:
    """The median half-width of an interval."""

    def text(many: Many, name: str) -> str:
        return f"{median(one.get(f'half {quantity}', float('nan')) for one in many[name]):.2f}"

    return text


ROWS = [
    Row("pooled CEG covered", ".935 and above", HELD, share("pooled")),
    Row("its half-width, OOM", "-", HELD, width("CEG")),
    Row("Shapley covered", ".94", ["plain", *LUCKY, *MUCH], share("shapley")),
    Row("interaction covered", ".935 and above", ["plain", *LUCKY, *MUCH], share("interaction")),
    Row("false substitutes, wrong form", "none", WRONG, share("substitutes")),
    Row("false complements, wrong form", "none", WRONG, share("complements")),
    Row("exponent covered, 3 rungs", ".887", [LUCKY[0], MUCH[0]], share("exponent", True)),
    Row("exponent covered, luck .4/.2", ".897", [MUCH[1]], share("exponent", True)),
    Row("exponent covered elsewhere", "-", ["plain", *LUCKY[1:], MUCH[2]], share("exponent", True)),
    Row("half-width of exponent", "-", ["plain", *LUCKY, *MUCH], width("exponent")),
    Row("M covered, 3 rungs", ".888", [LUCKY[0], MUCH[0]], share("M", True)),
    Row("M covered elsewhere", "-", ["plain", *LUCKY[1:], *MUCH[1:]], share("M", True)),
    Row("a constant rejected, luck .2/.1", ".14 to .29", LUCKY, share("trend seen")),
    Row("the same, luck .4/.2", ".39 to .53", MUCH, share("trend seen")),
    Row("the same, two seeds", ".45 to .49", ["two seeds"], share("trend seen")),
    Row("the same, ceiling .8", ".95 to 1.0", ["ceiling .8"], share("trend seen")),
    Row("the same, other form", ".56 to 1.0", ["gompertz", "cloglog"], share("trend seen")),
    Row("growth is seen", "-", ["growing gains"], share("trend seen")),
    Row("by rung, luck .2/.1", ".83 to .93", LUCKY, share("rung, this model")),
    Row("by rung, luck .4/.2", ".70 to .86", MUCH, share("rung, this model")),
    Row("by rung, two seeds", ".59 to .70", ["two seeds"], share("rung, this model")),
    Row("by rung, ceiling .8", ".15 to .35", ["ceiling .8"], share("rung, this model")),
    Row("by rung, Gompertz", ".10", ["gompertz"], share("rung, this model")),
    Row("by rung, cloglog", ".26", ["cloglog"], share("rung, this model")),
    Row("by rung, bimodal items", ".005 to .46", ["bimodal items"], share("rung, this model")),
    Row("by rung, CSV without n", ".25 to .70", ["no n"], share("rung, this model")),
    Row("by rung unbounded", "-", ["no n", *MUCH], share("rung unbounded")),
    Row("half-width by rung, OOM", "-", [*LUCKY, *MUCH, "ceiling .8", "gompertz"], width("rung")),
    Row("recipe by rung", "-", ["plain", *LUCKY, *MUCH], share("rung, recipe")),
    Row(
        "'at least' above, no luck", ".10 (8 rungs)", ["plain", "8 rungs"], often("at least above")
    ),
    Row("the same, luck .2/.1", ".45, .80 (5, 8 rungs)", LUCKY, often("at least above")),
    Row("the same, luck .4/.2", ".73, .94 (5, 8 rungs)", MUCH, often("at least above")),
    Row("'at most' below", "-", ["plain", *LUCKY, *MUCH], often("at most below")),
    Row("half-width of CEG", ".43/.53, .201/.198, .126/.130", [*DESIGNS], half("CEG")),
    Row("half-width of exponent", "2.05/inf, .82/.88, .46/.53", [*DESIGNS], half("exponent")),
    Row(
        "exponent refused, 3 rungs",
        ".51",
        ["power, 3 rungs, 200 items"],
        lambda m, n: _refused(m, n),
    ),
    Row(
        "half-width of interaction", ".41/.49, .28/.30, .185/.199", [*DESIGNS], half("interaction")
    ),
    Row("exponent .6 seen as substitutes", ".20 to .25", [*DESIGNS], share("substitutes")),
    Row("this model, as reported", "-", ["plain", *LUCKY, *MUCH], share("this model")),
    Row("new run, as reported", "-", [*LUCKY, *MUCH, "two seeds"], share("new run", True)),
    Row("new run held by pooled", ".19 to .49", [*LUCKY, *MUCH], share("new run by pooled")),
    Row("new run held by rung", ".38 to .63", [*LUCKY, *MUCH], share("new run by rung")),
    Row("an analysis that failed", "-", [*SCENARIOS], share("failed")),
]


def _refused(many: Many, name: str) -> str:
    return f"{1 - rate(many, name, 'exponent given'):.3f}"


def table(many: Many) -> str:
    """The table as Markdown, with the number of experiments below."""
    lines = ["| what | found | now |", "|---|---|---|"]
    lines += [f"| {row.what} | {row.then} | {row.text(many)} |" for row in ROWS]
    counts = ", ".join(f"{name} {len(own)}" for name, own in many.items() if own)
    return "\n".join([*lines, "", f"Experiments: {counts or 'none'}."])
