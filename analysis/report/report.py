"""The report: the answer first, then what it rests on, methods and provenance at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import escape

from analysis.pages.page import Section, save_charts, slug, write_page
from analysis.pages.theme import Chart
from analysis.pipeline import AnalysisSettings
from analysis.report import back_matter, body, front_matter, summary, tables
from analysis.result import ExperimentResult
from harness.visible import cell_of_csv

TITLE = "What post-training enhancements add"


@dataclass(frozen=True)
class Report:
    """All that is shown, drawn once."""

    sections: tuple[Section, ...]
    lead: str
    """The answer, as HTML, above all sections."""
    charts: dict[str, Chart]
    """All charts, by the name of their files."""


def build(results: Sequence[ExperimentResult], settings: AnalysisSettings, command: str) -> Report:
    """Draw and tabulate everything once.

    Args:
        results: of `analyse`.
        settings: what they were made with.
        command: the command line that made them, for the provenance.
    """
    names = _names(results)
    charts: dict[str, Chart] = {}
    sections = [
        *front_matter.answers(results),
        front_matter.measured(results),
        front_matter.findings(results),
    ]
    for topic in body.TOPICS:
        sections += body.sections(topic, results, names, charts)
        if topic.heading == "CEG" and sum(r.fit is not None and r.fit.ladder for r in results) > 1:
            sections.append(body.across(results, charts))
        if topic.heading == "CEG":
            sections += body.pooled(results, charts)
    sections += [
        back_matter.methods(settings),
        back_matter.dictionary(results),
        back_matter.provenance(results, settings, command),
    ]
    lead = "".join(
        f"<p><b>{escape(r.experiment.name)}</b>: {escape(summary.sentence(r))}</p>" for r in results
    )
    return Report(tuple(sections), lead, charts)


def write(report: Report, folder: Path) -> None:
    """Write report.html and plots/ into a folder that is there."""
    write_page(folder / "report.html", TITLE, report.sections, report.lead)
    save_charts(folder / "plots", report.charts)


def write_tables(results: Sequence[ExperimentResult], folder: Path) -> None:
    """Write tables/NAME.csv; those without a row are left out."""
    (folder / "tables").mkdir()
    for name, tabulate in tables.TABLES.items():
        frame = tabulate(results)
        if len(frame):
            frame.map(cell_of_csv).to_csv(folder / "tables" / f"{name}.csv", index=False)


def _names(results: Sequence[ExperimentResult]) -> list[str]:
    """Experiments as parts of files' names, each once."""
    outcome: list[str] = []
    for result in results:
        stem = slug(result.experiment.name)
        same = sum(name == stem or name.startswith(f"{stem}--") for name in outcome)
        outcome.append(f"{stem}--{same + 1}" if same else stem)
    return outcome
