"""The documentation is whole: pages, links, names and paths; `make docs` checks anchors besides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import analysis
import harness
from tests.project.repository import ROOT, data, read, tracked

LINK = re.compile(r"\]\(([^()\s]+)\)")
PATH = re.compile(r"`((?:harness|benchmarks|ptes|analysis|pocket|slurm|docs|tests)/[a-z0-9_./-]*)`")


def texts() -> list[Path]:
    """Every Markdown file of the repository."""
    return [path for path in tracked() if path.suffix == ".md"]


def pages(nav: list[Any]) -> Iterator[str]:
    """The pages of a navigation."""
    for entry in nav:
        for place in entry.values():
            yield from [place] if isinstance(place, str) else pages(place)


def roots() -> dict[str, str]:
    """Files of the root that the site shows as pages."""
    (block,) = re.findall(r"^PAGES = \{\n(.*?)^\}", read("docs/hooks.py"), re.DOTALL | re.MULTILINE)
    return dict(re.findall(r'"(\S+)": "(\S+)"', block))


def test_every_page_can_be_reached() -> None:
    docs = ROOT / "docs"
    there = {str(path.relative_to(docs)) for path in texts() if path.is_relative_to(docs)}
    listed = list(pages(data("mkdocs.yml")["nav"]))
    assert sorted(listed) == sorted(there | set(roots().values()))
    assert all((ROOT / name).exists() for name in roots())


def test_links_lead_to_files() -> None:
    dead = []
    for path in texts():
        for target in LINK.findall(_prose(path)):
            place = target.partition("#")[0]
            made = (path.parent / place).resolve()
            if place and not re.match(r"[a-z]+:", place) and not made.exists():
                dead.append(f"{path.relative_to(ROOT)}: {target}")
    assert not dead


def test_paths_that_are_named_are_there() -> None:
    gone = [
        f"{path.relative_to(ROOT)}: {named}"
        for path in texts()
        if path.name not in ("CHANGELOG.md", "renamed.md")  # which speak of what was
        for named in PATH.findall(_prose(path))
        if not (ROOT / named).exists()
    ]
    assert not gone


@pytest.mark.parametrize("package", [harness, analysis], ids=lambda p: p.__name__)
def test_the_reference_lists_the_public_surface(package: ModuleType) -> None:
    listed = re.findall(r"^::: (\S+)$", read(f"docs/reference/{package.__name__}.md"), re.MULTILINE)
    assert sorted(listed) == sorted(f"{home}.{name}" for name, home in package._HOME.items())


def test_pictures_are_drawn_without_a_network() -> None:
    drawn = [path.name for path in texts() if "```mermaid" in path.read_text(encoding="utf-8")]
    assert not drawn, "browsers fetch mermaid from elsewhere: draw an SVG"


def _prose(path: Path) -> str:
    """The text without its blocks of code."""
    return re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.M)
