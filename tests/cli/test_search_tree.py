"""The tree of a search is drawn with the way to what was submitted."""

from __future__ import annotations

import asyncio
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.cli import tree
from harness.cli.main import main
from ptes.scaffolding.lats import LATS
from ptes.scaffolding.reflexion import Reflexion
from tests.program_toys import LARGEST, RIGHT, UNSORTED, program_runner, scripted

TESTS = "middle([3, 1, 2]) == 2\nassert middle([1, 2, 3]) == 2"


def drawn(search: dict[str, Any]) -> str:
    message = StringIO()
    tree.draw(Console(width=100, file=message), search)
    return message.getvalue()


def node(number: int, parent: int | None, **more: Any) -> dict[str, Any]:
    return {"number": number, "parent": parent, "status": "open", "answer": None, **more}


def test_nodes_stand_below_their_parents() -> None:
    nodes = [
        node(0, None, step="Look.", value=0.25, visits=1),
        node(1, None, step="Ask.", value=0.5, visits=2),
        node(2, 1, status="answered", answer="Spain", reward=0.5, reflection="Read on."),
        node(3, 1, twin=2),
    ]
    text = drawn({"method": "lats", "submitted": 2, "ended": "iterations", "nodes": nodes})
    lines = [line.rstrip() for line in text.splitlines()]
    assert lines == [
        "lats: 4 nodes; it ended with its last iteration",
        "├── 0  value 0.25  visits 1",
        "│      Look.",
        "└── 1  value 0.50  visits 2",
        "       Ask.",
        "    ├── 2  answer Spain, submitted  reward 0.50",
        "    │      * Read on.",
        "    └── 3  the same as 2",
    ]


def test_what_words_say_is_no_markup_and_long_ones_are_cut() -> None:
    text = drawn({"method": "x", "nodes": [node(0, None, step="[bold]" + "w" * 200)]})
    assert "[bold]www" in text
    assert "w..." in text


OF_CELL = {"model": "m", "benchmark": "b", "stack": "s", "replicate": 0, "problems": 1, "flop": 1.0}


@pytest.mark.parametrize(
    ("search", "part"),
    [
        (LATS(breadth=2), "it ended with an attempt that passed"),
        (Reflexion(), "reflexion: 2 nodes"),
    ],
)
def test_show_draws_what_is_in_the_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], search: Any, part: str
) -> None:
    engine = scripted(
        solve=lambda request, prompt: [UNSORTED, RIGHT, LARGEST][request.tag.address["search"]],
        test=[TESTS],
        reflect="Sort first.",
    )
    runner = program_runner(tmp_path, [[search]], engine)
    asyncio.run(runner.run())
    cells = [{"cell": cell.id, **OF_CELL} for cell in runner.plan.cells]
    plan = {"journal": str(tmp_path / "journal"), "cells": cells, "command": ["pte", "run"]}
    (tmp_path / "run" / "plan.json").write_text(json.dumps(plan))
    assert main(["show", str(tmp_path / "run"), "--problem", "p0"]) == 0
    shown = capsys.readouterr().out
    assert part in shown
    assert "return sorted(xs)[len(xs) // 2]" in shown
    assert ", submitted" in shown
