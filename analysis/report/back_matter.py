"""How the report ends: methods, data dictionary, provenance."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd
from markupsafe import escape

from analysis.pages.page import Section, bullets, paragraphs
from analysis.pipeline import AnalysisSettings
from analysis.report import methods as prose_of
from analysis.report import tables
from analysis.report.columns import meaning
from analysis.report.export import plain
from analysis.result import ExperimentResult


def methods(settings: AnalysisSettings) -> Section:
    """Section on how the numbers were made."""
    prose = paragraphs(*prose_of.paragraphs_of(settings))
    return Section("Methods", f"{prose}<p>References:</p>{bullets(prose_of.REFERENCES)}")


def dictionary(results: Sequence[ExperimentResult]) -> Section:
    """Section on what every column holds."""
    columns = {c: None for make in tables.TABLES.values() for c in make(results).columns}
    frame = pd.DataFrame({"column": str(c), "what it holds": meaning(str(c))} for c in columns)
    prose = paragraphs("Columns of the tables above and of the files in tables/.")
    return Section("Data dictionary", prose, tables=(("Columns", frame),))


def provenance(
    results: Sequence[ExperimentResult], settings: AnalysisSettings, command: str
) -> Section:
    """Where the data come from, and how to make the report again."""
    prose = f"<p>Made by <code>{escape(command)}</code></p>" + paragraphs(
        f"Form {settings.form}, {settings.replicates:,} bootstrap replicates, seed "
        f"{settings.seed}, margin {settings.margin:g}. The same command on the same files gives "
        "the same numbers."
    )
    shown = tuple(
        (result.experiment.name, _provenance_table(plain(result.experiment.provenance)))
        for result in results
        if result.experiment.provenance
    )
    return Section("Provenance", prose, tables=shown)


def _provenance_table(provenance: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(
        {"what": key, "value": value if isinstance(value, str) else json.dumps(value)}
        for key, value in provenance.items()
    )
