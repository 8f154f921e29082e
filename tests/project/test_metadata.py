"""Version, licence, citation and type markers say the same everywhere."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import jsonschema
import pytest

import harness
from tests.project.repository import PACKAGES, ROOT, data, pyproject, read, tracked

PERSON = {"required": ["family-names", "given-names"]}
CITATION = {
    "type": "object",
    "required": ["cff-version", "message", "title", "authors", "version", "date-released"],
    "properties": {
        "cff-version": {"const": "1.2.0"},
        "message": {"type": "string", "minLength": 1},
        "type": {"enum": ["software", "dataset"]},
        "title": {"type": "string", "minLength": 1},
        "authors": {
            "type": "array",
            "minItems": 1,
            "items": {"anyOf": [{"required": ["name"]}, PERSON]},
        },
        "keywords": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "references": {
            "type": "array",
            "items": {"required": ["type", "title", "authors"]},
        },
    },
}
"""What of the Citation File Format's schema this file uses."""


def test_the_version_stands_in_one_place() -> None:
    project = pyproject()
    assert project["project"]["dynamic"] == ["version"]
    dynamic = project["tool"]["setuptools"]["dynamic"]
    assert dynamic["version"] == {"attr": "harness.__version__"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", harness.__version__)
    # What an installation says of itself is as old as that installation.
    code = [path for path in tracked() if path.suffix == ".py" and path != Path(__file__)]
    asked = re.compile(r"version\(['\"]pte[-_]harness")
    assert not [path for path in code if asked.search(path.read_text(encoding="utf-8"))]


def test_citation_and_changelog_speak_of_this_version() -> None:
    citation = data("CITATION.cff")
    assert str(citation["version"]) == harness.__version__
    released = re.findall(r"^## \[([^\]]+)\](?: - (\S+))?$", read("CHANGELOG.md"), re.MULTILINE)
    assert released[0] == ("Unreleased", "")
    assert released[1] == (harness.__version__, citation["date-released"].isoformat())
    days = [date.fromisoformat(day) for _, day in released[1:]]
    assert days == sorted(days, reverse=True)


def test_the_citation_can_be_read() -> None:
    citation = data("CITATION.cff")
    jsonschema.validate(citation, CITATION)
    assert citation["license"] == pyproject()["project"]["license"]


def test_the_licence_is_there() -> None:
    text = read("LICENSE")
    assert "Apache License\n                           Version 2.0" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "the pte-harness authors" in text
    project = pyproject()["project"]
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])


@pytest.mark.parametrize("package", [*PACKAGES, "configs"])
def test_every_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()
    assert "py.typed" in pyproject()["tool"]["setuptools"]["package-data"]["*"]


def test_hooks_for_commits_need_no_network() -> None:
    config = data(".pre-commit-config.yaml")
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    assert all(hook["entry"].startswith(".venv/bin/") for hook in hooks)
