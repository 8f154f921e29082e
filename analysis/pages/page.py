"""One HTML file that holds everything it shows: text, charts, tables, and the scripts for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import isinf, isnan
from numbers import Real
from pathlib import Path
from typing import Any

import altair as alt
import jinja2
import pandas as pd
import vl_convert
from markupsafe import Markup, escape

from analysis.pages.theme import Chart, specification

VEGA_LITE = alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]
"""The version that altair writes, as vl-convert names it: 6.4."""
PNG_SCALE = 2
"""Pixels of a PNG for each of the chart's own."""


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it: prose, then charts, then tables."""

    heading: str
    prose: str = ""
    """HTML, taken as it is: make it of `paragraphs`, or escape what is not your own."""
    charts: Sequence[tuple[str, Chart]] = ()
    """Charts of the section as (caption, altair chart)."""
    tables: Sequence[tuple[str, pd.DataFrame]] = ()
    """Tables of the section as (caption, frame). Columns are shown, the index is not."""
    level: int = 1
    """Depth of the section: 1 for a section, 2 for a part of the one before it."""


@dataclass(frozen=True)
class TableCell:
    """A table's cell: what is read, and the number that it is sorted by.

    A frame may hold cells made by its maker, where text and number differ.
    """

    text: str
    value: str = ""
    """The number at full precision; empty for text and for blanks."""


def paragraphs(*texts: str) -> str:
    """Plain texts as HTML paragraphs, escaped."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts if text)


def bullets(texts: Sequence[str]) -> str:
    """Plain texts as an HTML list, escaped."""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def write_page(path: Path, title: str, sections: Sequence[Section], lead: str = "") -> None:
    """Write one self-contained HTML file: it loads nothing, neither from a network nor a folder.

    Args:
        path: the file; its folder must be there.
        title: plain text.
        sections: in the order of reading.
        lead: HTML above the table of contents.
    """
    charts: list[str] = []
    shown = [_section(number, section, charts) for number, section in enumerate(sections, 1)]
    path.write_text(
        _template().render(
            title=title,
            lead=Markup(lead),
            sections=shown,
            contents=_contents(shown),
            charts=[Markup(chart) for chart in charts],
            style=Markup(_resource("page.css")),
            script=Markup(_resource("page.js")),
            vega=Markup(_vega()) if charts else None,
        ),
        encoding="utf-8",
    )


def save_charts(folder: Path, charts: Mapping[str, Chart]) -> None:
    """Write NAME.svg and NAME.png of every chart, drawn without a browser or a network."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in charts.items():
        drawn = specification(chart)
        svg = vl_convert.vegalite_to_svg(drawn, vl_version=VEGA_LITE, allowed_base_urls=[])
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
        (folder / f"{name}.png").write_bytes(vl_convert.svg_to_png(svg, scale=PNG_SCALE))


def slug(text: str) -> str:
    """A text as part of a file's name or an anchor: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def shown(value: Any) -> TableCell:
    """How a value stands in a table: numbers to three digits, infinities as 'unbounded'."""
    if isinstance(value, TableCell):
        return value
    if value is None or value is pd.NA:
        return TableCell("")
    if isinstance(value, bool) or not isinstance(value, Real):
        return TableCell(
            ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
        )
    number = float(value)
    if isnan(number):
        return TableCell("")
    return TableCell(readable(number), repr(number))


def readable(number: float) -> str:
    """Three digits; whole numbers up to a million with separators; powers of ten beyond."""
    size = abs(number)
    if isinf(number):
        return "unbounded" if number > 0 else "unbounded below"
    if number == int(number) and size < 1e6:
        return f"{int(number):,}"
    if size >= 1e6 or size < 1e-3:
        return f"{number:.2e}"
    return f"{number:,.0f}" if size >= 1000 else f"{number:.3g}"


def _section(number: int, section: Section, charts: list[str]) -> dict[str, Any]:
    """What the template needs; charts are numbered through the page, in `charts`."""
    figures = []
    for caption, chart in section.charts:
        charts.append(_as_script(specification(chart)))
        figures.append({"number": len(charts), "caption": caption})
    return {
        "anchor": f"s{number}-{slug(section.heading)}",
        "heading": section.heading,
        "level": section.level,
        "prose": Markup(section.prose),
        "figures": figures,
        "tables": [_table(caption, frame) for caption, frame in section.tables],
    }


def _breakable(text: str) -> Markup:
    """Escaped, and free to break after the + between PTEs."""
    return escape(text).replace("+", Markup("+<wbr>"))


def _contents(shown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sections, each with its parts."""
    result: list[dict[str, Any]] = []
    for section in shown:
        if section["level"] == 1 or not result:
            result.append({**section, "parts": []})
        else:
            result[-1]["parts"].append(section)
    return result


def _table(caption: str, frame: pd.DataFrame) -> dict[str, Any]:
    rows = [[shown(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    numeric = [
        any(row[i].value for row in rows) and all(row[i].value or not row[i].text for row in rows)
        for i in range(frame.shape[1])
    ]
    heads = [
        {"name": str(name), "numeric": number}
        for name, number in zip(frame.columns, numeric, strict=True)
    ]
    return {"caption": caption, "heads": heads, "rows": rows}


def _as_script(data: dict[str, Any]) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def _vega() -> str:
    """Vega, Vega-Lite and vega-embed in one script: what altair itself puts into inline pages."""
    convert: Any = vl_convert  # whose stub does not know that the snippet may be left out
    bundle: str = convert.javascript_bundle(vl_version=VEGA_LITE)
    return bundle.replace("</script", "<\\/script")


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["breakable"] = _breakable
    return environment.from_string(_resource("page.html"))
