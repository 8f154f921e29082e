"""Charts of the forecast; each is defined once, for the page and for SVG and PNG."""

from __future__ import annotations

import altair as alt
import pandas as pd

from analysis.forecast.intervals import Component
from analysis.forecast.output.axes import CEG, MONTHS, OOM, dated, tips
from analysis.forecast.output.published_plots import ceg_by_pte, ceg_within, trends_chart
from analysis.forecast.output.stated_plots import calibration_chart, effects_chart
from analysis.pages.theme import PALE, PALETTE, Chart

BLUE, ORANGE, GREEN = PALETTE[:3]
TABLE = "table alone, no limits"
SOURCE_COLOURS = {
    "measured": BLUE,
    "measured, at least": GREEN,
    "measured in part": ORANGE,
    "guessed": PALE,
}


def charts(tables: dict[str, pd.DataFrame]) -> dict[str, Chart]:
    """Every chart by the name of its file, from the tables of `frames.frames`.

    Budgets and calibration are missing where their tables are empty.
    """
    cegs = tables["cegs"]
    result = {
        "total_ceg": total_chart(tables["totals"]),
        "total_ceg_by_m": by_m_chart(tables["totals_by_m"]),
        "categories": category_chart(tables["running_totals"]),
        "slopes": slopes_chart(tables["slopes"], tables["jackknife"]),
        "ceg_by_pte": ceg_by_pte(cegs),
        "ceg_by_task_type": ceg_within(cegs, "task_type"),
        "ceg_by_benchmark": ceg_within(cegs, "benchmark"),
        "trends": trends_chart(tables["trends"]),
        "forecast": fan_chart(tables["totals"], tables["forecast_headline"]),
        "caps": caps_chart(tables["caps"]),
        "forecast_components": components_chart(tables["forecast"]),
        "sources": sources_chart(tables["sources"]),
        "effects": effects_chart(tables["effects"]),
    }
    if len(tables["budgets"]):
        result["budgets"] = budgets_chart(tables["budgets"])
    if len(tables["backtest"]):
        result["calibration"] = calibration_chart(tables["backtest"])
    return result


def total_chart(totals: pd.DataFrame) -> Chart:
    """Total CEG by date: as printed, of the model's points, its line, and the draws' bands."""
    x = alt.X("date:T", title=None, axis=MONTHS)
    names = {
        "log10_printed": TABLE,
        "log10_point": "model, measured values and limits in",
        "log10_line": "its line of best fit",
        "log10_median": "median of the draws",
    }
    long = dated(totals).melt("date", list(names), "series", "log10").replace({"series": names})
    colours = alt.Scale(domain=list(names.values()), range=[ORANGE, GREEN, PALETTE[-1], BLUE])
    drawn = alt.Chart(long).encode(
        x,
        alt.Y("log10:Q", title=OOM),
        alt.Color("series:N", title=None, scale=colours),
        tooltip=tips("date", "series", "log10"),
    )
    points = drawn.transform_filter(f"datum.series == '{TABLE}'")
    return alt.layer(
        *_bands(alt.Chart(dated(totals)).encode(x)),
        drawn.transform_filter(f"datum.series != '{TABLE}'").mark_line(),
        points.mark_point(filled=True, size=60, opacity=1),
    )


def by_m_chart(by_m: pd.DataFrame) -> Chart:
    """Total CEG by date for each M."""
    data = dated(by_m)
    data["M"] = data["m"].map("{:g}".format)
    return (
        alt.Chart(data)
        .mark_line(point=True)
        .encode(
            alt.X("date:T", title=None, axis=MONTHS),
            alt.Y("log10_printed:Q", title=OOM),
            alt.Color("M:N", title="composability M"),
            tooltip=tips("date", "M", "log10_printed", "log10_with_measured"),
        )
    )


def category_chart(running: pd.DataFrame) -> Chart:
    """Running totals of the categories, as steps."""
    return (
        alt.Chart(dated(running))
        .mark_line(interpolate="step-after", point=True)
        .encode(
            alt.X("date:T", title=None, axis=MONTHS),
            alt.Y("computed:Q", title=CEG, scale=alt.Scale(type="log")),
            alt.Color("category:N"),
            tooltip=tips("name", "category", "date", "ceg", "printed", "computed"),
        )
    )


def slopes_chart(slopes: pd.DataFrame, jackknife: pd.DataFrame) -> Chart:
    """Slope by convention, and with one thing left out."""
    conventions = slopes[slopes["by"] == "convention"].assign(what="convention")
    columns = ["what", "name", "slope"]
    data = pd.concat([conventions[columns], jackknife[columns]])
    return (
        alt.Chart(data, height=160)
        .mark_tick(thickness=2, size=22)
        .encode(
            alt.X("slope:Q", title="slope (OOM a year)", scale=alt.Scale(zero=False)),
            alt.Y("what:N", title=None, sort=list(dict.fromkeys(data["what"]))),
            alt.Color("what:N", legend=None),
            tooltip=tips("what", "name", "slope"),
        )
    )


def fan_chart(totals: pd.DataFrame, forecast: pd.DataFrame) -> Chart:
    """What was, and the bands of what may come, with the plain line beside them."""
    ahead = forecast[forecast["component"] == Component.BOTH.value]
    straight = forecast[forecast["component"] == Component.LINE.value]
    x = alt.X("date:T", title=None, axis=MONTHS)
    future = alt.Chart(dated(ahead)).encode(x)
    history = alt.Chart(dated(totals)).encode(x)
    lines = pd.concat(
        [
            totals.assign(series="median of the draws"),
            ahead.assign(series="median forecast"),
            straight.assign(series="line, extrapolated"),
        ]
    )
    drawn = alt.Chart(dated(lines)).encode(
        x,
        alt.Y("log10_median:Q", title=OOM),
        alt.Color(
            "series:N",
            title=None,
            scale=alt.Scale(
                domain=["median of the draws", "median forecast", "line, extrapolated"],
                range=[BLUE, ORANGE, PALETTE[-1]],
            ),
        ),
        tooltip=tips("series", "date", "log10_low95", "log10_median", "log10_high95"),
    )
    return alt.layer(*_bands(future), *_bands(history), drawn.mark_line())


def caps_chart(caps: pd.DataFrame) -> Chart:
    """The point totals and the median forecast, as they are and under both caps."""
    long = dated(caps).melt(
        ["of", "date"],
        ["log10_uncapped", "log10_hard", "log10_soft"],
        "cap",
        "log10",
    )
    long["cap"] = long["cap"].str.removeprefix("log10_")
    return (
        alt.Chart(long)
        .mark_line()
        .encode(
            alt.X("date:T", title=None, axis=MONTHS),
            alt.Y("log10:Q", title=OOM),
            alt.Color("cap:N", title="cap", sort=["uncapped", "hard", "soft"]),
            alt.StrokeDash("of:N", title=None, sort=["so far", "median forecast"]),
            tooltip=tips("of", "cap", "date", "log10"),
        )
    )


def components_chart(forecast: pd.DataFrame) -> Chart:
    """Central 95% at the last date, by what the band is made of and by cap."""
    data = forecast[forecast["date"] == forecast["date"].max()].copy()
    data["band"] = data["component"] + data["cap"].map(
        lambda c: "" if c == "none" else f", {c} cap"
    )
    base = alt.Chart(data, height=alt.Step(34)).encode(
        alt.Y("band:N", title=None, sort=list(data["band"])),
        tooltip=tips("band", "date", "log10_low95", "log10_median", "log10_high95"),
    )
    low, high = alt.X("log10_low95:Q", title=OOM), alt.X2("log10_high95:Q")
    return alt.layer(
        base.mark_rule(color=BLUE, size=2).encode(low, high),
        base.mark_rule(color=BLUE, size=9, opacity=0.4).encode(
            alt.X("log10_low50:Q", title=OOM), alt.X2("log10_high50:Q")
        ),
        base.mark_point(color=BLUE, filled=True, size=90).encode(alt.X("log10_median:Q")),
    )


def budgets_chart(budgets: pd.DataFrame) -> Chart:
    """Total CEG by date under a constant and under a growing inference budget."""
    return (
        alt.Chart(dated(budgets))
        .mark_line(point=True)
        .encode(
            alt.X("date:T", title=None, axis=MONTHS),
            alt.Y("log10_ceg:Q", title=OOM),
            alt.Color(
                "budget:N", title="inference budget", sort=list(dict.fromkeys(budgets["budget"]))
            ),
            alt.StrokeDash("unknown_multipliers:N", title="PTEs without a known cost"),
            tooltip=tips(
                "date", "budget", "unknown_multipliers", "log10_ceg", "multiplier", "ptes"
            ),
        )
    )


def sources_chart(sources: pd.DataFrame) -> Chart:
    """What the forecast uses beside what Lifland et al. guessed."""
    order = [name for name in SOURCE_COLOURS if name in set(sources["source"])]
    colour = alt.Color(
        "source:N",
        title="source",
        scale=alt.Scale(domain=order, range=[SOURCE_COLOURS[name] for name in order]),
    )

    def panel(kinds: list[str], title: str, scale: alt.Scale) -> Chart:
        data = sources[sources["quantity"].isin(kinds)].copy()
        data["number"] = data["key"].where(data["key"] != "", "M")
        base = alt.Chart(data, width=200, height=alt.Step(20)).encode(
            alt.Y("number:N", title=None, sort=list(data["number"])),
            tooltip=tips("quantity", "key", "source", "value", "guess", "reason"),
        )
        guess, value = alt.X("guess:Q", title=title, scale=scale), alt.X("value:Q", scale=scale)
        return alt.layer(
            base.mark_rule(color="#bbbbbb").encode(guess, alt.X2("value:Q")),
            base.mark_tick(color=PALE, thickness=2).encode(guess),
            base.mark_point(filled=True, size=70, opacity=1).encode(value, colour),
        )

    return alt.hconcat(
        panel(["ceg"], CEG, alt.Scale(type="log")),
        panel(["exponent", "M"], "exponent", alt.Scale()),
    )


def _bands(base: Chart) -> list[Chart]:
    """The central 95% and 50% as areas."""
    return [
        base.mark_area(color=BLUE, opacity=opacity).encode(
            alt.Y(f"log10_low{level}:Q", title=OOM), alt.Y2(f"log10_high{level}:Q")
        )
        for level, opacity in ((95, 0.12), (50, 0.22))
    ]
