"""A function broken into described smaller ones, and the order in which they are settled.

A line is `name(arguments): what it returns`; what a function calls is indented below it, a bare
name stands for a function that was described before, and `assert` lines below a function constrain
it (Zelikman et al. 2022).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from harness.syntax import tree

_LINE = re.compile(
    r"(?P<indent>\s*)(?:[-*]\s+)?(?:def\s+)?(?P<name>[A-Za-z_]\w*)"
    r"(?P<arguments>\(.*?\))?(?:\s*->[^:]*)?(?::\s*(?P<description>.*))?\s*$"
)


@dataclass(frozen=True)
class Described:
    """A function of the decomposition."""

    name: str
    arguments: str
    """Arguments as in a signature, without brackets."""
    description: str
    calls: tuple[str, ...] = ()
    asserts: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The function's line as it is shown to the functions that call it."""
        return f"{self.name}({self.arguments}): {self.description}"

    @property
    def header(self) -> str:
        """The header that the function's implementations continue."""
        return f'def {self.name}({self.arguments}):\n    """{self.description}"""'


def parsed(text: str, root: str, most: int) -> dict[str, Described]:
    """The functions described in a text, the root always among them, at most so many.

    Lines that say nothing of the kind are passed over, since models write all manner of things.
    """
    functions = {root: Described(root, "", "")}
    above: list[tuple[int, str]] = [(-1, root)]
    for line in text.splitlines():
        if line.lstrip().startswith("assert "):
            _constrain(functions, above[-1][1], line.strip())
            continue
        result = _LINE.match(line)
        if not result or (result["name"] == root and len(above) == 1):
            continue
        indent, name = len(result["indent"].expandtabs(4)), result["name"]
        while above[-1][0] >= indent and len(above) > 1:
            above.pop()
        if name not in functions:
            described = _described(result)
            if described is None or len(functions) >= most:
                continue
            functions[name] = described
        caller = functions[above[-1][1]]
        if name not in caller.calls:
            functions[caller.name] = replace(caller, calls=(*caller.calls, name))
        above.append((indent, name))
    return functions


def components(functions: dict[str, Described], root: str) -> list[tuple[str, ...]]:
    """Sets of functions that are settled together, callees before callers.

    These are the strongly connected components of the call graph, in which a function without
    constraints also depends on its callers, whose constraints alone can tell its implementations
    apart.
    """
    names = list(functions)
    place = {name: n for n, name in enumerate(names)}
    calls = [(place[a], place[b]) for a in names for b in functions[a].calls]
    back = [(b, a) for a, b in calls if names[b] != root and not functions[names[b]].asserts]
    edges = np.array([*calls, *back], dtype=np.int64).reshape(-1, 2)
    graph = csr_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(names),) * 2)
    _, labels = connected_components(graph, directed=True, connection="strong")
    before: dict[int, set[int]] = {int(label): set() for label in labels}
    for a, b in calls:
        if labels[a] != labels[b]:
            before[int(labels[a])].add(int(labels[b]))
    order = TopologicalSorter(before).static_order()
    return [tuple(n for n in names if labels[place[n]] == label) for label in order]


def combinations(sizes: tuple[int, ...], most: int) -> list[tuple[int, ...]]:
    """Choices of one implementation each, the earliest drawn first, at most so many."""
    result: list[tuple[int, ...]] = []
    for total in range(sum(size - 1 for size in sizes) + 1):
        for choice in _of_sum(sizes, total):
            if len(result) == most:
                return result
            result.append(choice)
    return result


def _of_sum(sizes: tuple[int, ...], total: int) -> Iterator[tuple[int, ...]]:
    if not sizes:
        yield from [()] if total == 0 else []
        return
    for first in range(min(sizes[0] - 1, total) + 1):
        for rest in _of_sum(sizes[1:], total - first):
            yield (first, *rest)


def _constrain(functions: dict[str, Described], name: str, line: str) -> None:
    function = functions[name]
    if f"{name}(" in line and _valid(line):
        functions[name] = replace(function, asserts=(*function.asserts, line))


def _described(result: re.Match[str]) -> Described | None:
    """The function of a line; None where it has no arguments or is no valid signature."""
    if result["arguments"] is None or not result["description"]:
        return None
    arguments = result["arguments"][1:-1].strip()
    words = result["description"].strip().replace("\\", "").replace('"', "'")
    described = Described(result["name"], arguments, words)
    return described if _valid(f"{described.header}\n    pass") else None


def _valid(code: str) -> bool:
    try:
        body = tree(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return len(body) == 1 and isinstance(body[0], ast.FunctionDef | ast.Assert)
