"""What `mkdocs` does besides: files of the root become pages, and links between them keep working.

A link to a file that is no page (code, configuration, the licence) becomes its text: the site has
no copy of the code. A link whose text is a file's path gets the page's title as its text. What the
reader's browser would fetch from elsewhere is a warning, which a strict build takes for an error.
"""

from __future__ import annotations

import logging
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Files of the root, and the pages that they become."""
FOLDER = "docs"
FENCE = re.compile(r"^(```.*?^```)$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|`[^`]*`)*)\]\(([^()\s]+)\)")

log = logging.getLogger("mkdocs.hooks.root")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the root's files."""
    for name, page in PAGES.items():
        text = (_root(config) / name).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point the links of a page at pages of the site."""
    there = page.file.src_uri
    origin = {made: name for name, made in PAGES.items()}.get(there, f"{FOLDER}/{there}")
    if "```mermaid" in markdown:
        log.warning(
            "%s draws with mermaid, which browsers fetch from elsewhere: use an SVG", origin
        )

    titles = dict(_titles(config.nav))

    def moved(match: re.Match[str]) -> str:
        picture, text, target = match.groups()
        path, _, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return match[0]
        named = posixpath.normpath(posixpath.join(posixpath.dirname(origin), path))
        goal = PAGES.get(named, named.removeprefix(f"{FOLDER}/") if _ours(named) else None)
        if goal is None:
            if (_root(config) / named).exists():
                return text
            log.warning("%s links to %s, which does not exist", origin, target)
            return match[0]
        if text == path:
            text = titles.get(goal, text)
        result = posixpath.relpath(goal, posixpath.dirname(there) or ".")
        return f"{picture}[{text}]({result}{'#' * bool(anchor)}{anchor})"

    parts = FENCE.split(markdown)
    return "".join(part if FENCE.fullmatch(part) else LINK.sub(moved, part) for part in parts)


def _titles(nav: Any) -> Iterator[tuple[str, str]]:
    """The pages of the navigation with their titles."""
    for entry in nav:
        for title, place in entry.items():
            if isinstance(place, str):
                yield place, title
            else:
                yield from _titles(place)


def _ours(path: str) -> bool:
    return path.startswith(f"{FOLDER}/")


def _root(config: MkDocsConfig) -> Path:
    return Path(str(config.config_file_path)).parent
