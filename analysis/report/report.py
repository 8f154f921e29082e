"""The report: the answer first, then what it rests on, methods and provenance at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import escape

from analysis.pages.page import Section, save_charts, slug, write_page
from analysis.pages.theme import Chart
from analysis.pipeline import Result, Settings
from analysis.report import closing, opening, summary, tables, topics

TITLE = "What post-training enhancements add"


@dataclass(frozen=True)
class Report:
    """All that is shown, drawn once."""

    sections: tuple[Section, ...]
    lead: str
    """The answer, as HTML, above all sections."""
    charts: dict[str, Chart]
    """All charts, by the name of their files."""


def build(results: Sequence[Result], settings: Settings, command: str) -> Report:
    """Draw and tabulate everything once.

    Args:
        results: of `analyse`.
        settings: what they were made with.
        command: the command line that made them, for the provenance.
    """
    names = _names(results)
    charts: dict[str, Chart] = {}
    sections = [
        *opening.answers(results),
        opening.measured(results),
        opening.findings(results),
    ]
    for topic in topics.TOPICS:
        sections += topics.sections(topic, results, names, charts)
        if topic.heading == "CEG" and sum(r.fit is not None and r.fit.ladder for r in results) > 1:
            sections.append(topics.across(results, charts))
    sections += [
        closing.methods(settings),
        closing.dictionary(results),
        closing.provenance(results, settings, command),
    ]
    lead = "".join(
        f"<p><b>{escape(r.experiment.name)}</b>: {escape(summary.sentence(r))}</p>" for r in results
    )
    return Report(tuple(sections), lead, charts)


def write(report: Report, folder: Path) -> None:
    """Write report.html and plots/ into a folder that is there."""
    write_page(folder / "report.html", TITLE, report.sections, report.lead)
    save_charts(folder / "plots", report.charts)


def write_tables(results: Sequence[Result], folder: Path) -> None:
    """Write tables/NAME.csv; those without a row are left out."""
    (folder / "tables").mkdir()
    for name, tabulate in tables.TABLES.items():
        frame = tabulate(results)
        if len(frame):
            frame.to_csv(folder / "tables" / f"{name}.csv", index=False)


def _names(results: Sequence[Result]) -> list[str]:
    """Experiments as parts of files' names, each once."""
    found: list[str] = []
    for result in results:
        stem = slug(result.experiment.name)
        same = sum(name == stem or name.startswith(f"{stem}--") for name in found)
        found.append(f"{stem}--{same + 1}" if same else stem)
    return found
