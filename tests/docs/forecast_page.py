"""The tables of `docs/forecast.md`: written by this script, read back by the test that checks them.

pte analyze examples/qwen2.5-rl.csv -o report-qwen
python -m tests.docs.forecast_page report-qwen
"""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import replace
from math import log10
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from scipy.stats import t

from analysis.ceg.rules import discrete_rule
from analysis.forecast.aggregate import change_months, printed_totals
from analysis.forecast.slope import line
from analysis.forecast.totals import printed, running_totals
from analysis.writeup.months import label, month
from analysis.writeup.published import sigmoid
from analysis.writeup.table import LesserExponent, PteRow, PteTable, Range, writeup_table
from tests.docs.pythia_page import STATUS, markdown, shown, spanned, written

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "forecast.md"
PICTURE = ROOT / "docs" / "forecast-qwen.svg"
ROWS = ROOT / "examples" / "forecast-2026.yaml"
EVIDENCE = ROOT / "examples" / "forecast-2026-evidence.csv"
SD_95 = 2 * 1.959964
__all__ = ["written"]


def rows() -> list[dict[str, Any]]:
    """Our rows for 2024 to 2026, as the file has them."""
    content: dict[str, Any] = yaml.safe_load(ROWS.read_text())
    result: list[dict[str, Any]] = content["rows"]
    return result


def evidence() -> pd.DataFrame:
    """The figures behind our rows, with points per OOM, gain and CEG of each."""
    frame = pd.read_csv(EVIDENCE)
    frame["log10_ceg"] = [_log_ceg(row) for _, row in frame.iterrows()]
    return frame


def _log_ceg(row: pd.Series) -> float:
    if row["smaller"] != row["smaller"]:  # no two sizes: the write-up's sigmoid of HumanEval
        curve = sigmoid().curve
        return float(curve.compute(row["after"] / 100) - curve.compute(row["before"] / 100))
    between = row["larger_score"] - row["smaller_score"]
    return discrete_rule(row["after"] - row["before"], between, row["compute_ratio"])


def arithmetic() -> pd.DataFrame:
    """The arithmetic of every CEG, a line each."""
    lines = []
    for _, row in evidence().iterrows():
        own = row["smaller"] == row["smaller"]
        per_oom = (row["larger_score"] - row["smaller_score"]) / log10(row["compute_ratio"])
        lines.append(
            {
                "row": row["row"],
                "benchmark": row["benchmark"],
                "model": row["model"],
                "before, after": f"{row['before']:g}, {row['after']:g}",
                "two sizes of the base family": (
                    f"{row['smaller']} {row['smaller_score']:g}, {row['larger']} "
                    f"{row['larger_score']:g}, {row['compute_ratio']:.3g} times apart"
                    if own
                    else "the write-up's sigmoid"
                ),
                "points an OOM": f"{per_oom:.1f}" if own else "",
                "OOM": f"{row['log10_ceg']:.2f}",
                "CEG": f"{10 ** row['log10_ceg']:.3g}",
            }
        )
    return pd.DataFrame(lines)


def extended() -> PteTable:
    """The write-up's table with our rows; its totals are not rounded, unlike the print's."""
    table = writeup_table()
    ours = tuple(_row(entry) for entry in rows())
    whole = PteTable(table.categories, (*table.rows, *ours), table.source)
    steps = running_totals(whole, printed(whole, 0.6), rounded=False)
    totals = {s.row.key: float(10 ** s.total[0]) for own in steps.values() for s in own}
    return PteTable(
        table.categories,
        tuple(replace(row, total=totals[row.key]) for row in whole.rows),
        table.source,
    )


def _row(entry: dict[str, Any]) -> PteRow:
    return PteRow(
        key=entry["key"],
        name=entry["name"],
        category=entry["category"],
        month=month(entry["date"]),
        ceg=float(entry["ceg"]),
        rule=LesserExponent(float(entry["exponent"])),
        total=0.0,
        one_time=None,
        inference=None,
        range=Range(float(entry["low"]), float(entry["high"])),
    )


def effect() -> pd.DataFrame:
    """What our rows do: by date, the category that changes, the total, and the slope up to it."""
    print_ = writeup_table()
    changes = change_months(print_)
    lines = [
        _effect("as printed", changes, printed_totals(print_, changes)),
        _effect("not rounded", changes, printed_totals(print_, changes, rounded=False)),
    ]
    table = extended()
    running = running_totals(table, printed(table, 0.6), rounded=False)
    steps = {step.row.key: step for own in running.values() for step in own}
    changes = change_months(table)
    totals = printed_totals(table, changes, rounded=False)
    for row in rows():
        upto = changes.index(month(row["date"])) + 1
        step = steps[row["key"]]
        category = f"{row['category']} {10 ** step.before[0]:.0f} to {10 ** step.total[0]:.0f}"
        lines.append(_effect(row["key"], changes[:upto], totals[:upto], category))
    return pd.DataFrame(lines)


def _effect(
    what: str, changes: tuple[int, ...], totals: np.ndarray[Any, Any], category: str = ""
) -> dict[str, str]:
    return {
        "row": what,
        "date": label(changes[-1]),
        "its category": category,
        "total CEG": f"{10 ** totals[-1]:,.0f}",
        "log10": f"{totals[-1]:.2f}",
        "OOM a year since 2020-05": f"{line(changes, totals[:, None]).slope[0]:.2f}",
    }


def cegs(report: Path) -> pd.DataFrame:
    """The CEG of each benchmark of the second real table."""
    found = pd.read_csv(report / "tables" / "cegs.csv")
    return pd.DataFrame(
        {
            "benchmark": row["benchmark"],
            "CEG": spanned(row, "ceg"),
            "status": STATUS[row["status"]],
            "points": spanned(row, "points", 1),
            "trend, p": shown(row["parallelism_p"], 3),
        }
        for _, row in found.iterrows()
    )


def pooled(report: Path) -> pd.Series:
    """The mean over benchmarks, as `pte analyze` gives it."""
    over = pd.read_csv(report / "tables" / "over_benchmarks.csv")
    result: pd.Series = over[over["measure"] == "CEG"].iloc[0]
    return result


def by_hand(report: Path) -> pd.DataFrame:
    """The pooled mean by hand: noise and weight of each benchmark that is in it."""
    mean = pooled(report)
    used = str(mean["benchmarks"]).split(", ")
    found = pd.read_csv(report / "tables" / "cegs.csv")
    between = log10(mean["between_benchmarks"])
    lines = []
    for _, row in found.iterrows():
        if row["benchmark"] not in used:
            continue
        noise = log10(row["ceg_high"] / row["ceg_low"]) / SD_95
        weight = 1 / (noise**2 + between**2)
        lines.append((row["benchmark"], log10(row["ceg"]), noise, weight))
    frame = pd.DataFrame(lines, columns=["benchmark", "log10 CEG", "its error", "weight"])
    frame["weight x log10 CEG"] = frame["weight"] * frame["log10 CEG"]
    whole = frame[["weight", "weight x log10 CEG"]].sum()
    frame.loc[len(frame)] = ["sum", np.nan, np.nan, *whole]
    return frame


def hand_mean(frame: pd.DataFrame) -> tuple[float, float, float]:
    """Mean and 95% interval, log10, from the lines of `by_hand`."""
    own = frame[frame["benchmark"] != "sum"]
    weight = own["weight"].sum()
    mean = (own["weight"] * own["log10 CEG"]).sum() / weight
    scatter = (own["weight"] * (own["log10 CEG"] - mean) ** 2).sum() / (len(own) - 1)
    reach = float(t.ppf(0.975, len(own) - 1)) * np.sqrt(max(scatter, 1) / weight)
    return mean, mean - reach, mean + reach


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.map(lambda x: shown(x, 3) if isinstance(x, float) and x == x else x).fillna("")


def tables(report: Path) -> dict[str, pd.DataFrame]:
    """All tables of the page."""
    return {
        "arithmetic": arithmetic(),
        "effect": effect(),
        "cegs": cegs(report),
        "by_hand": _rounded(by_hand(report)),
    }


def main(report: Path) -> None:
    """Write tables and picture."""
    page = PAGE.read_text()
    for name, frame in tables(report).items():
        block = rf"(<!-- made: {name} -->\n\n)(.*?)(\n\n<!-- end -->)"
        ((before, old, after),) = re.findall(block, page, re.DOTALL)
        page = page.replace(before + old + after, before + markdown(frame) + after)
    PAGE.write_text(page)
    shutil.copyfile(report / "plots" / "ceg-over-benchmarks.svg", PICTURE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
