"""The tables of `docs/pythia.md`: written from a report, read back by the test that checks them.

pte analyze examples/pythia.csv -o report-pythia
python -m tests.docs.pythia_page report-pythia      # writes the page's tables and its picture
"""

from __future__ import annotations

import re
import shutil
import sys
from math import isinf, isnan
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "pythia.md"
PICTURE = ROOT / "docs" / "pythia.svg"
EXAMPLE = ROOT / "examples" / "pythia.csv"
LADDERS = ("Pythia", "Pythia-deduped")
GROWING = ("arc_challenge", "sciq")
"""Tasks whose gains by size the page tells."""
STATUS = {
    "interpolated": "on the ladder",
    "right_censored": "beyond its top",
    "left_censored": "below its foot",
    "flat_ladder": "flat ladder",
    "inverse_scaling": "inverse scaling",
    "harmful": "harmful",
}


def shown(value: float, digits: int) -> str:
    """A number of the page: so many decimals, and no figure for what is beyond 100."""
    if isnan(value):
        return "none"
    if abs(value) >= 100:
        return "unbounded" if isinf(value) else "over 100" if value > 0 else "below -100"
    return f"{value:.{digits}f}"


def spanned(row: pd.Series, name: str, digits: int = 2) -> str:
    """A number with its interval."""
    point, low, high = (shown(row[f"{name}{end}"], digits) for end in ("", "_low", "_high"))
    return f"{point} ({low} to {high})"


def markdown(frame: pd.DataFrame) -> str:
    """A table."""
    lines = [list(frame.columns), ["---"] * len(frame.columns), *frame.astype(str).to_numpy()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def gains(cegs: pd.DataFrame) -> pd.DataFrame:
    """Every task and ladder."""
    cegs = cegs.assign(ladder=cegs["experiment"].str.extract(r"\((.*)\)", expand=False))
    return pd.DataFrame(
        {
            "task": row["benchmark"],
            "ladder": row["ladder"],
            "CEG": spanned(row, "ceg"),
            "status": STATUS[row["status"]],
            "CEG, new run": spanned(row, "new_run_ceg"),
            "points": spanned(row, "points", 1),
            "logits": spanned(row, "logits"),
            "trend, p": shown(row["parallelism_p"], 2),
        }
        for _, row in cegs.sort_values(["benchmark", "ladder"]).iterrows()
    )


def means(over: pd.DataFrame) -> pd.DataFrame:
    """Over tasks."""
    rows = []
    for _, row in over.iterrows():
        digits = 2 if row["measure"] == "CEG" else 1
        low, high = (shown(row[f"further_{end}"], digits) for end in ("low", "high"))
        rows.append(
            {
                "ladder": row["ladder"],
                "measure": row["measure"],
                "tasks": row["benchmark_count"],
                "mean": spanned(row, "mean", digits),
                "on a further task": f"{low} to {high}",
                "between tasks": shown(row["between_benchmarks"], digits),
                "heterogeneity": f"{100 * row['heterogeneity']:.0f}%",
            }
        )
    return pd.DataFrame(rows)


def by_size(rungs: pd.DataFrame) -> pd.DataFrame:
    """The three gains on each size, of tasks where they grow."""
    named = rungs["experiment"].str.extract(r"^(?P<task>\S+) \((?P<ladder>.*)\)$")
    rows = rungs.join(named)
    return pd.DataFrame(
        {
            "task": row["task"],
            "model": row["model"],
            "recipe": spanned(row, "ceg"),
            "this model": spanned(row, "this_model_ceg"),
            "new run": spanned(row, "new_run_ceg"),
        }
        for _, row in rows[rows["task"].isin(GROWING)].iterrows()
    )


def differences(example: pd.DataFrame) -> pd.DataFrame:
    """Points of 5 shots over 0, by size and task; both ladders, the deduplicated one second."""
    wide = example.pivot(
        index=["benchmark", "training_flop", "family"], columns="stack", values="score"
    )
    gain = (wide["few_shot"] - wide["base"]).unstack("family")
    cells = gain.apply(
        lambda row: " / ".join("none" if isnan(row[x]) else f"{row[x]:+.1f}" for x in LADDERS),
        axis=1,
    ).unstack("benchmark")
    cells.insert(0, "FLOP", [f"{flop:.1e}" for flop in cells.index])
    cells.columns.name = None
    return cells.reset_index(drop=True)


def tables(report: Path) -> dict[str, pd.DataFrame]:
    """All tables of the page, from a report of the example."""

    def table(name: str) -> pd.DataFrame:
        return pd.read_csv(report / "tables" / f"{name}.csv")

    return {
        "gains": gains(table("cegs")),
        "means": means(table("over_benchmarks")),
        "differences": differences(pd.read_csv(EXAMPLE)),
        "by_size": by_size(table("cegs_by_rung")),
    }


def written(page: str, name: str) -> pd.DataFrame:
    """A table as the page has it."""
    (block,) = re.findall(_block(name), page, re.DOTALL)
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in block[1].split("\n")
    ]
    return pd.DataFrame(rows, columns=head)


def numbers(cell: str) -> list[float]:
    """The numbers of a cell; infinite where the page gives no figure."""
    plain = re.sub(r"unbounded|over 100", "inf", cell.replace("below -100", "-inf"))
    return [float(part) for part in re.findall(r"[-+]?(?:inf|\d+(?:\.\d+)?)", plain)]


def _block(name: str) -> str:
    return rf"(<!-- made: {name} -->\n\n)(.*?)(\n\n<!-- end -->)"


def main(report: Path) -> None:
    """Write tables and picture."""
    page = PAGE.read_text()
    for name, frame in tables(report).items():
        ((before, old, after),) = re.findall(_block(name), page, re.DOTALL)
        page = page.replace(before + old + after, before + markdown(frame) + after)
    PAGE.write_text(page)
    shutil.copyfile(report / "plots" / "ceg-over-benchmarks.svg", PICTURE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
