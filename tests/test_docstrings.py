"""Every docstring stands alone: an editor shows it without the one before it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("analysis", "benchmarks", "harness", "pocket", "ptes", "slurm")
LEANING = re.compile(
    r"(the same (of|for|with|as|without|again)|as above|as before|see above|likewise|ditto|"
    r"similarly|the other one|its |their |it |they |them |of (a|an|the|this|each|every)\b)|"
    r".*\b(likewise|the same of|as above)\b",
    re.IGNORECASE,
)
"""How a docstring begins, or what it holds, that says less than it should by itself."""
SHAPE_ALONE = re.compile(r"\[[\w, +.]+\][:;.]?$")


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """First paragraphs of public docstrings: of modules, classes, functions, fields, constants."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            name = getattr(node, "name", "")
            text = ast.get_docstring(node)
            if text and (not name.startswith("_") or isinstance(node, ast.ClassDef)):
                yield getattr(node, "lineno", 1), text
        if isinstance(node, (ast.Module, ast.ClassDef)):
            for before, here in zip(node.body, node.body[1:], strict=False):
                target = getattr(before, "target", None) or getattr(before, "targets", [None])[0]
                named = isinstance(target, ast.Name) and not target.id.startswith("_")
                if named and isinstance(here, ast.Expr) and isinstance(here.value, ast.Constant):
                    yield here.lineno, str(here.value.value)


def leaning(text: str) -> list[str]:
    """What of a module's docstrings says less than it should by itself."""
    results = []
    for line, docstring in docstrings(ast.parse(text)):
        first = " ".join(docstring.split("\n\n")[0].split())
        if LEANING.match(first) or SHAPE_ALONE.match(first):
            results.append(f"line {line}: {first}")
    return results


def test_every_docstring_stands_alone() -> None:
    results = {
        str(path.relative_to(ROOT)): lines
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if (lines := leaning(path.read_text()))
    }
    assert not results, "say of what, in which unit and shape; an editor shows one docstring alone"


@pytest.mark.parametrize(
    "docstring",
    ["The same of inference FLOP.", "Of every arm.", "Its upper end.", "Such and such, likewise."],
)
def test_a_docstring_that_leans_is_found(docstring: str) -> None:
    assert leaning(f'class Gain:\n    low: float\n    """{docstring}"""\n')
    assert leaning(f'def gain() -> None:\n    """{docstring}"""\n')
    assert not leaning('LOW = 0.1\n"""Lower end of a gain, in points."""\n')
