"""Charts of the forecast; each is defined once, for the page and for SVG and PNG."""

from __future__ import annotations

import altair as alt
import pandas as pd

from analysis.forecast.intervals import Component
from analysis.forecast.output.axes import (
    CEG,
    FACTORS,
    MONTHS,
    OOM,
    STROKES,
    dated,
    tips,
)
from analysis.forecast.output.published_plots import ceg_by_pte, ceg_within, trends_chart
from analysis.forecast.output.stated_plots import calibration_chart, effects_chart
from analysis.pages.theme import PALE, PALETTE, Chart

BLUE, ORANGE, GREEN = PALETTE[:3]
TABLE = "table alone, no limits"
SOURCE_COLOURS = {
    "measured": BLUE,
    "measured in part": ORANGE,
    "guess within measured bounds": GREEN,
    "guessed": PALE,
}


def charts(tables: dict[str, pd.DataFrame]) -> dict[str, Chart]:
    """Every chart by the name of its file, from the tables of `frames.frames`.

    Budgets and calibration are missing where their tables are empty.
    """
    cegs = tables["cegs"]
    result = {
        "forecast": fan_chart(tables["totals"], tables["forecast_headline"]),
        "total_ceg": total_chart(tables["totals"]),
        "total_ceg_by_m": by_m_chart(tables["totals_by_m"]),
        "categories": category_chart(tables["running_totals"]),
        "slopes": slopes_chart(tables["slopes"], tables["jackknife"]),
        "ceg_by_pte": ceg_by_pte(cegs),
        "ceg_by_task_type": ceg_within(cegs, "task_type"),
        "ceg_by_benchmark": ceg_within(cegs, "benchmark"),
        "trends": trends_chart(tables["trends"]),
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
        "log10_point": "points, not rounded, measured ones and limits in",
        "log10_line": "their line of best fit",
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
        _bands(totals),
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
            alt.Color("M:N", title="composability M", sort="descending"),
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
            alt.Y("computed:Q", title=CEG, scale=alt.Scale(type="log"), axis=FACTORS),
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
    names = ("so far", "forecast", "the line of the table's years, extrapolated")
    first, last = (dated(frame)["date"] for frame in (totals, ahead))
    room = (last.max() - first.min()) / 20  # for the numbers at the end
    whole = alt.Scale(domain=[first.min(), last.max() + room])
    x = alt.X("date:T", title=None, axis=MONTHS, scale=whole)
    lines = pd.concat(
        [
            frame.assign(series=name)
            for name, frame in zip(names, (totals, ahead, straight), strict=True)
        ]
    )
    drawn = alt.Chart(dated(lines)).encode(
        x,
        alt.Y("log10_median:Q", title=OOM),
        alt.Color(
            "series:N",
            title="median",
            scale=alt.Scale(domain=list(names), range=[BLUE, ORANGE, PALETTE[-1]]),
        ),
        alt.StrokeDash(
            "series:N", scale=alt.Scale(domain=list(names), range=[[1, 0], [1, 0], [6, 4]])
        ),
        tooltip=tips("series", "date", "log10_low95", "log10_median", "log10_high95"),
    )
    ends = alt.Chart(dated(totals.tail(1))).encode(x)
    numbers = dated(ahead.tail(1)).melt(
        "date", ["log10_low95", "log10_median", "log10_high95"], "of", "log10"
    )
    return alt.layer(
        _bands(pd.concat([totals, ahead])),
        ends.mark_rule(color=PALE, strokeDash=[2, 3]),
        ends.mark_text(align="right", dx=-6, baseline="top", color=PALE).encode(
            y=alt.value(6), text=alt.value("the table ends")
        ),
        drawn.mark_line(),
        alt.Chart(numbers)
        .mark_text(align="left", dx=4, fontWeight="bold")
        .encode(x, alt.Y("log10:Q"), alt.Text("log10:Q", format=".1f")),
    )


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
    data["band"] = data["band"].str.replace("line", "line, extrapolated")
    base = alt.Chart(data, height=alt.Step(34)).encode(
        alt.Y("band:N", title=None, sort=list(data["band"])),
        tooltip=tips("band", "date", "log10_low95", "log10_median", "log10_high95"),
    )
    title = f"{OOM}: median, 50% of the draws (bar), 95% (line)"
    low, high = alt.X("log10_low95:Q", title=title), alt.X2("log10_high95:Q")
    return alt.layer(
        base.mark_rule(color=BLUE, size=2).encode(low, high),
        base.mark_rule(color=BLUE, size=9, opacity=0.4).encode(
            alt.X("log10_low50:Q", title=title), alt.X2("log10_high50:Q")
        ),
        base.mark_point(color=BLUE, filled=True, size=90).encode(alt.X("log10_median:Q")),
    )


def budgets_chart(budgets: pd.DataFrame) -> Chart:
    """Total CEG by date under a constant and under a growing inference budget."""
    order = list(dict.fromkeys(budgets["budget"]))
    base = alt.Chart(dated(budgets)).encode(
        alt.X("date:T", title=None, axis=MONTHS),
        alt.Y("log10_ceg:Q", title=OOM),
        alt.Color("budget:N", title="inference budget", sort=order, legend=STROKES),
        tooltip=tips("date", "budget", "unknown_multipliers", "log10_ceg", "multiplier", "ptes"),
    )
    dashes = alt.StrokeDash("unknown_multipliers:N", title="PTEs without a known cost")
    return alt.layer(base.mark_line().encode(dashes), base.mark_point(filled=True, opacity=1))


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
        base = alt.Chart(data, width=240, height=alt.Step(20)).encode(
            alt.Y("number:N", title=None, sort=list(data["number"])),
            tooltip=tips("quantity", "key", "source", "value", "guess", "reason"),
        )
        axis = FACTORS if scale.to_dict().get("type") == "log" else alt.Axis(tickCount=5)
        guess = alt.X("guess:Q", title=title, scale=scale, axis=axis)
        value = alt.X("value:Q", scale=scale, axis=axis)
        return alt.layer(
            base.mark_rule(color="#bbbbbb").encode(guess, alt.X2("value:Q")),
            base.mark_tick(color=PALE, thickness=2, size=14).encode(guess),
            base.mark_point(filled=True, size=70, opacity=1).encode(value, colour),
        )

    return alt.hconcat(
        panel(["ceg"], CEG, alt.Scale(type="log")),
        panel(["exponent", "M"], "exponent, or M (no unit)", alt.Scale()),
    )


def _bands(frame: pd.DataFrame) -> Chart:
    """The central 95% and 50% of the draws as areas, named in a legend."""
    levels = {f"{level}% of the draws": level for level in (95, 50)}
    long = pd.concat(
        frame[["date"]].assign(
            band=name, low=frame[f"log10_low{level}"], high=frame[f"log10_high{level}"]
        )
        for name, level in levels.items()
    )
    return (
        alt.Chart(dated(long))
        .mark_area(color=BLUE)
        .encode(
            alt.X("date:T", title=None, axis=MONTHS),
            alt.Y("low:Q", title=OOM),
            alt.Y2("high:Q"),
            alt.Opacity(
                "band:N",
                title="band",
                scale=alt.Scale(domain=list(levels), range=[0.14, 0.3]),
                legend=alt.Legend(symbolFillColor=BLUE, symbolStrokeWidth=0, symbolType="square"),
            ),
        )
    )
