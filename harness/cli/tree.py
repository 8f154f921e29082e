"""What a search explored, drawn as a tree: a line a node, the way to what was submitted marked.

The record's `search` is `{method, submitted, ended, nodes}`; a node is a mapping with `number`,
`parent` (a number, or null below the root) and whatever the search has to say of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich.console import Console, Group
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

WIDTH = 72
"""Characters shown of a line of words."""
SHOWN = 6
"""Lines shown of a step."""
NAMES = ("value", "visits", "judged", "agreement", "reward")
ENDS = {
    "passed": "it ended with an attempt that passed",
    "settled": "it ended with nothing left to grow",
    "iterations": "it ended with its last iteration",
}


def draw(console: Console, search: Mapping[str, Any]) -> None:
    """Print the tree. Bold is the way to the submitted attempt; a failed end is red, an answer
    green only where it was submitted."""
    nodes = {node["number"]: node for node in search["nodes"]}
    chosen = search.get("submitted", max(nodes))
    way = set(_way(nodes, chosen))
    ended = ENDS.get(search.get("ended", ""), "")
    title = f"{search['method']}: {len(nodes)} nodes" + (f"; {ended}" if ended else "")
    root = Tree(Text(title, style="bold"), guide_style="dim")
    drawn = {None: root}
    for number in sorted(nodes):
        node = nodes[number]
        label = _label(node, number in way, number == chosen)
        drawn[number] = drawn[node["parent"]].add(label)
    console.print(root)


def _way(nodes: Mapping[int, Mapping[str, Any]], number: int | None) -> list[int]:
    """From a node up to below the root."""
    results = []
    while number is not None:
        results.append(number)
        number = nodes[number]["parent"]
    return results


def _label(node: Mapping[str, Any], on_way: bool, chosen: bool) -> Group | Text:
    """The node's numbers on the first line, what it says below."""
    head = Text(f"{node['number']}  ", style="bold" if on_way else "dim")
    if node.get("twin") is not None:
        return head.append(f"the same as {node['twin']}", style="dim")
    figures = (
        f"{name} {_figure(node[name])}" for name in NAMES if not pd.isna(node.get(name, None))
    )
    if node["status"] != "open":
        message = (
            f"answer {_clip(node['answer'])}" if node["answer"] is not None else node["status"]
        )
        mark = ", submitted" if chosen else ""
        head.append(f"{message}{mark}  ", style="green bold" if chosen else "red")
    head.append("  ".join(figures), style="bold" if on_way else "")
    lines = _lines(node.get("step") or "")
    below = [Text(line, style="" if on_way else "dim", overflow="fold") for line in lines]
    if node.get("report"):
        below += [Text(line, style="red") for line in _lines(node["report"])]
    if node.get("reflection"):
        below += [Text(f"* {_clip(node['reflection'])}", style="yellow")]
    return (
        Group(head, *(Padding(line, (0, 0, 0, 3), expand=False) for line in below))
        if below
        else head
    )


def _lines(text: str) -> list[str]:
    """The first lines, each cut to the width."""
    kept = [line for line in text.splitlines() if line.strip()]
    more = [f"... {len(kept) - SHOWN} more lines"] if len(kept) > SHOWN else []
    return [line if len(line) <= WIDTH else f"{line[:WIDTH]}..." for line in kept[:SHOWN]] + more


def _clip(text: str) -> str:
    """Text on one line; of a program the number of its lines."""
    if text.count("\n") > 1:
        return f"of {text.count(chr(10)) + 1} lines"
    flat = " ".join(text.split())
    return flat if len(flat) <= WIDTH else f"{flat[:WIDTH]}..."


def _figure(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.2f}"
