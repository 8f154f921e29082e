import json
import re
from math import inf, nan
from pathlib import Path

import altair as alt
import pandas as pd
import pytest

from analysis.pages.page import (
    Section,
    TableCell,
    bullets,
    paragraphs,
    readable,
    save_charts,
    shown,
    slug,
    write_page,
)
from analysis.pages.theme import Chart

NASTY = "</script><b>&"


@pytest.fixture
def chart() -> Chart:
    data = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, nan], "name": [NASTY, "b"]})
    return alt.Chart(data).mark_point().encode(x="x", y="y", tooltip="name")


@pytest.fixture
def page(tmp_path: Path, chart: Chart) -> str:
    frame = pd.DataFrame({NASTY: [NASTY, "z"], "value": [inf, 1234.5], "mixed": [nan, 2.0]})
    sections = [
        Section("One", paragraphs(NASTY), [("a chart", chart)], [("a table", frame)]),
        Section("Two", charts=[("again", chart)], level=2),
        Section("Three"),
    ]
    write_page(tmp_path / "page.html", NASTY, sections, lead="<p>the answer</p>")
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def test_nothing_is_loaded_from_elsewhere(page: str) -> None:
    html = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r"<[^>]*\ssrc=", html)
    assert "<script src" not in page
    assert re.findall(r"<link[^>]*>", html) == ['<link rel="icon" href="data:,">']
    style = page[page.index("<style>") : page.index("</style>")]
    assert "@import" not in style
    assert "url(" not in style


def test_all_text_is_escaped(page: str) -> None:
    body = page[: page.index("<script>")]
    assert "</script>" not in body
    assert "<b>&" not in body
    assert body.count("&lt;/script&gt;&lt;b&gt;&amp;") == 5  # title twice, prose, head, cell


def test_a_chart_cannot_close_its_script(page: str) -> None:
    assert page.count("<script>") == page.count("</script>") == 2
    start = page.index("const charts = [") + len("const charts = [")
    specs = json.loads(f"[{page[start : page.index('];', start)].strip().rstrip(',')}]")
    assert len(specs) == 2
    assert NASTY in json.dumps(specs[0]["datasets"])


def test_the_drawing_scripts_are_there_once_and_only_with_charts(page: str, tmp_path: Path) -> None:
    write_page(tmp_path / "bare.html", "bare", [Section("One")])
    bare = (tmp_path / "bare.html").read_text(encoding="utf-8")
    assert len(bare) < 20_000
    assert 850_000 < len(page) < 1_000_000


def test_contents_and_figures_are_numbered_through(page: str) -> None:
    anchors = re.findall(r'<section id="([^"]+)"', page)
    assert anchors == ["s1-one", "s2-two", "s3-three"]
    assert all(f'href="#{anchor}"' in page for anchor in anchors)
    assert re.findall(r"<b>Figure (\d)\.</b> ([a-z ]+)", page) == [("1", "a chart"), ("2", "again")]


def test_cells_carry_the_number_that_they_are_sorted_by(page: str) -> None:
    assert 'data-value="1234.5" title="1234.5">1,234<' in page
    assert 'data-value="inf" title="inf">unbounded<' in page
    assert '<th class="number"><button type="button" title="sort">mixed<' in page


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (nan, TableCell("")),
        (None, TableCell("")),
        (-inf, TableCell("unbounded below", "-inf")),
        (3, TableCell("3", "3.0")),
        (0.12345, TableCell("0.123", "0.12345")),
        ("text", TableCell("text")),
        (("a", "b"), TableCell("a, b")),
        (TableCell("4 (3 to 5)", "4.0"), TableCell("4 (3 to 5)", "4.0")),
    ],
)
def test_values_as_cells(value: object, cell: TableCell) -> None:
    assert shown(value) == cell


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1e21, "1.00e+21"),
        (1848.2, "1,848"),
        (45518.0, "45,518"),
        (2.0149, "2.01"),
        (2e-5, "2.00e-05"),
    ],
)
def test_readable_numbers(number: float, text: str) -> None:
    assert readable(number) == text


def test_labels_of_stacks_may_break_after_a_plus(tmp_path: Path) -> None:
    frame = pd.DataFrame({"arm": ["few_shot+<vote>"]})
    write_page(tmp_path / "page.html", "x", [Section("One", tables=[("t", frame)])])
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<td>few_shot+<wbr>&lt;vote&gt;</td>" in page


def test_prose_helpers_escape() -> None:
    assert paragraphs("a<b", "") == "<p>a&lt;b</p>"
    assert bullets(["<"]) == "<ul><li>&lt;</li></ul>"
    assert bullets([]) == ""


def test_slugs() -> None:
    assert slug("GSM8K (base, Qwen)") == "gsm8k-base-qwen"
    assert slug("///") == "x"


def test_charts_are_saved_twice_with_letters(tmp_path: Path, chart: Chart) -> None:
    save_charts(tmp_path / "plots", {"one": chart})
    svg = (tmp_path / "plots" / "one.svg").read_text(encoding="utf-8")
    assert ">x</text>" in svg
    png = (tmp_path / "plots" / "one.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    (width,) = re.findall(r'<svg[^>]* width="(\d+)"', svg)
    assert int.from_bytes(png[16:20], "big") == pytest.approx(2 * float(width), abs=2)
