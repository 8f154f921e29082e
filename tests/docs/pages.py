"""A page of the documentation, taken apart: the files and commands that it tells people to make."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(
    r"^```(?P<kind>\w+)(?: title=\"(?P<file>[^\"]+)\")?\n(?P<text>.*?)^```$", re.M | re.S
)
_HEADING = re.compile(r"^## (?P<title>.+)$", re.M)


@dataclass(frozen=True)
class Section:
    """What stands below one heading."""

    files: dict[str, str]
    """Text by path."""
    commands: tuple[str, ...]
    """Blocks of shell, in order."""


def sections(page: Path) -> dict[str, Section]:
    """The page's sections by heading; what comes before the first is under the empty title."""
    parts = _HEADING.split(page.read_text())
    titles = ["", *parts[1::2]]
    return {title: _section(text) for title, text in zip(titles, parts[::2], strict=True)}


def _section(text: str) -> Section:
    blocks = list(_BLOCK.finditer(text))
    files = {each["file"]: each["text"] for each in blocks if each["file"]}
    shell = tuple(each["text"] for each in blocks if each["kind"] == "sh" and not each["file"])
    return Section(files, shell)


def commands(folder: Path) -> Path:
    """A folder with `pte` and `python` as an installation has them, for the front of PATH."""
    folder.mkdir()
    for name, line in (
        ("pte", f'exec "{sys.executable}" "{ROOT}/pte_entry.py" "$@"'),
        ("python", f'PYTHONPATH="${{PYTHONPATH:-}}:{ROOT}" exec "{sys.executable}" "$@"'),
    ):
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    return folder


def follow(
    folder: Path, bin_folder: Path, parts: list[Section]
) -> subprocess.CompletedProcess[str]:
    """Write the files of some sections, and run all their commands, in order, in one shell."""
    for part in parts:
        for name, text in part.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    lines = (command for part in parts for command in part.commands)
    script = "\n".join(["set -eu", *lines])
    path = f"{bin_folder}:/usr/local/bin:/usr/bin:/bin"
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
