"""No call of our own functions and classes has six or more positional arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("analysis", "benchmarks", "harness", "pocket", "ptes", "slurm", "tests")
MOST = 5

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def many_takers(trees: Mapping[str, ast.Module]) -> set[str]:
    """Names of functions and classes that have no `*args`: what those are called with is a list."""
    takers: set[str] = set()
    lists: set[str] = set()
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                takers.add(node.name)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                (lists if node.args.vararg else takers).add(node.name)
    return takers - lists


def strangers(tree: ast.Module) -> set[str]:
    """Names of a module that are others': from packages that are not ours, or fixtures."""
    lists = (node.args for node in ast.walk(tree) if isinstance(node, ast.arguments))
    names = {arg.arg for listed in lists for arg in listed}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            room = (getattr(node, "module", None) or "").split(".")[0]
            if room not in ROOMS:
                names |= {alias.asname or alias.name for alias in node.names}
    return names


def crowded(tree: ast.Module, takers: set[str]) -> Iterator[int]:
    """Lines of calls with more than `MOST` positional arguments."""
    others = strangers(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            first = ast.unparse(node.func).split(".")[0]
            given = [arg for arg in node.args if not isinstance(arg, ast.Starred)]
            if len(given) > MOST and name in takers and first not in others - {"self"}:
                yield node.lineno


def test_no_call_has_six_positional_arguments() -> None:
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    trees = {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in paths}
    takers = many_takers(trees)
    found = {name: lines for name, tree in trees.items() if (lines := [*crowded(tree, takers)])}
    assert not found, "name the arguments of these calls, and make what they call keyword-only"


def test_a_crowded_call_is_found() -> None:
    tree = ast.parse("def sum_of(a, b, c, d, e, f): ...\nsum_of(1, 2, 3, 4, 5, 6)\n")
    assert [*crowded(tree, many_takers({"": tree}))] == [2]
    listed = ast.parse("def sum_of(*terms): ...\nsum_of(1, 2, 3, 4, 5, 6)\n")
    assert not [*crowded(listed, many_takers({"": listed}))]
