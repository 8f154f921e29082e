from collections.abc import Callable
from math import inf, isnan
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest

from analysis.contracts.estimate import Estimate, EstimateStatus, refused
from analysis.pages.theme import PALETTE, specification
from analysis.report.plots import basics, combining, costs, gains, ladder, predicting
from analysis.report.plots.figure import Domain, Figure, around, drawn, spread
from analysis.result import ExperimentResult

Results = tuple[ExperimentResult, ...]

OF_ONE = (
    ladder.ladder,
    gains.by_arm,
    gains.by_rung,
    combining.exponents,
    combining.interactions,
    combining.shapley,
    predicting.predicted,
    costs.cost,
    basics.raw,
    basics.variance,
)
OF_ALL = (gains.by_pte, gains.by_task_type, gains.by_benchmark)


def rows(figure: Figure, column: str) -> list[dict[str, Any]]:
    """Data of a figure that have a column."""
    sets = specification(figure.chart)["datasets"].values()
    return [row for data in sets for row in data if column in row]


@pytest.mark.parametrize("draw", OF_ONE)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_figure_has_a_chart_or_a_reason(
    results: Results, draw: Callable[..., Figure], place: int
) -> None:
    figure = draw(results[place])
    assert figure.caption
    assert (figure.chart is None) == bool(figure.reason)
    if figure.chart is not None:
        assert specification(figure.chart)["config"]["range"]["category"] == list(PALETTE)


@pytest.mark.parametrize("draw", OF_ALL)
def test_figures_across_experiments(results: Results, draw: Callable[..., Figure]) -> None:
    assert draw(results).chart is not None
    assert "no experiment has a CEG" in draw(results[1:2]).reason


def test_without_a_ladder_raw_performance_and_cost_in_points_remain(
    results: Results,
) -> None:
    one = results[1]
    assert {draw(one).chart is None for draw in (ladder.ladder, gains.by_arm, gains.by_rung)} == {
        True
    }
    assert len(rows(basics.raw(one), "score")) == len(one.scores)
    assert "points" in costs.cost(one).caption


def test_names_are_the_figures_own(results: Results) -> None:
    names = [draw(results[0]).name for draw in OF_ONE] + [draw(results).name for draw in OF_ALL]
    assert len(set(names)) == len(names)


def test_unbounded_intervals_go_to_the_edge_with_an_arrow() -> None:
    domain = Domain(-1, 2)
    row = domain.clip(Estimate(point=0.5, low=-inf, high=inf))
    assert (row["from"], row["to"], row["less"], row["more"]) == (-1, 2, -1, 2)
    row = domain.clip(Estimate(point=0.5, low=0, high=1))
    assert (row["at"], row["from"], row["to"]) == (0.5, 0, 1)
    assert isnan(row["less"])
    assert isnan(row["more"])


def test_a_point_beyond_the_edge_becomes_an_arrow() -> None:
    row = Domain(-1, 2).clip(Estimate(point=7, low=5, high=9))
    assert isnan(row["at"])
    assert isnan(row["from"])
    assert row["more"] == 2


def test_a_domain_forgets_points_without_meaning() -> None:
    wild = Estimate(point=30, low=-inf, high=inf, status=EstimateStatus.FLAT_LADDER)
    domain = around(
        [
            Estimate(point=0.5, low=0.2, high=0.9),
            wild,
            Estimate(point=0.4, low=-inf, high=8),
            refused("no"),
        ]
    )
    assert -0.2 < domain.low < 0
    assert 0.9 < domain.high < 2


def test_an_arrow_ends_where_the_curve_has_the_arms_score(results: Results) -> None:
    fit = results[0].fit
    assert fit is not None
    curve = fit.curves.curve()
    arrows = rows(ladder.ladder(results[0]), "end")
    assert {row["arm"] for row in arrows} == {c.arm for c in results[0].cegs}
    for row in arrows:
        assert 100 * curve.score(np.log10(row["end"] / 1e21)) == pytest.approx(row["score"])
        assert (row["head"] == "right") == (row["end"] >= row["FLOP"])


def test_no_arrows_on_a_flat_ladder(results: Results) -> None:
    assert rows(ladder.ladder(results[2]), "end") == []


def test_the_matrix_mirrors_each_pair(results: Results) -> None:
    cells = rows(combining.interactions(results[0]), "with")
    values = {(c["PTE"], c["with"]): c["value"] for c in cells}
    assert len(cells) == 2 * len(results[0].pairs)
    assert all(values[b, a] == value for (a, b), value in values.items())


def test_refused_exponents_have_no_value_but_a_reason(results: Results) -> None:
    refusals = [p for p in results[2].pairs if p.exponent.status is EstimateStatus.REFUSED]
    assert refusals
    cells = rows(combining.exponents(results[2]), "with")
    grey = [c for c in cells if c["value"] is None]
    assert len(grey) == 2 * len(refusals)
    assert all(c["exponent"].startswith("none: ") for c in grey)


def test_the_frontier_rises_with_cost(results: Results) -> None:
    best = [row for row in rows(costs.cost(results[0]), "frontier") if row["frontier"]]
    assert best
    assert [r["inference"] for r in best] == sorted(r["inference"] for r in best)
    assert [r["gain"] for r in best] == sorted(r["gain"] for r in best)


def test_shares_of_the_variance_add_up(results: Results) -> None:
    for arm in {row["arm"] for row in rows(basics.variance(results[0]), "share")}:
        shares = [r["share"] for r in rows(basics.variance(results[0]), "share") if r["arm"] == arm]
        assert sum(shares) == pytest.approx(1)


def test_labels_are_spread_upwards() -> None:
    assert spread([1.0, 5.0, 1.2], 1.0) == [1.0, 5.0, 2.0]
    assert spread([], 1.0) == []


def test_a_plot_that_fails_is_missing_with_its_error(results: Results) -> None:
    def by_moon(result: ExperimentResult) -> Figure:
        raise OverflowError("too far")

    figure = drawn(by_moon, results[0])
    assert (figure.name, figure.chart) == ("by-moon", None)
    assert "OverflowError: too far" in figure.reason


def test_a_plot_that_no_page_can_hold_is_missing_with_its_error(results: Results) -> None:
    def endless(result: ExperimentResult) -> Figure:
        axis = alt.X("x:Q", scale=alt.Scale(domain=[0.0, float("inf")]))
        chart = alt.Chart(pd.DataFrame({"x": [1]})).mark_point().encode(axis)
        return Figure("endless", "", chart)

    figure = drawn(endless, results[0])
    assert figure.chart is None
    assert "JSON" in figure.reason
