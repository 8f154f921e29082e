"""A small corpus, and calls of tools one after another: ours, for tests alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.contracts.address import Address
from harness.contracts.attempt import Attempt
from harness.contracts.benchmark import Task
from harness.contracts.passage import Corpus, Passage
from harness.contracts.problem import Problem
from harness.contracts.prompt import Prompt
from harness.contracts.tool import Tool
from harness.engines.fake import FakeConfig
from harness.engines.protocol import Sampling
from harness.plan.cell import Setting
from harness.solvers.tool_use import use
from tests.toys import ToyBenchmark, toy_handle

CORPUS = Corpus.of(
    "rivers",
    (
        Passage(
            "River Aare",
            (
                "The Aare is a river in Switzerland.",
                "It flows through Bern.",
                "Its source is a glacier.",
                "Boats go on it.",
                "It is 288 km long.",
                "In Bern people swim in it.",
                "It ends in the Rhine.",
            ),
        ),
        Passage("Rhine", ("The Rhine flows through Basel.", "It is longer than the Aare.")),
        Passage("Aare Gorge", ("A gorge.", "Visitors walk through it.")),
    ),
)


ROLES = ("solve", "judge", "ask", "translate")
SETTING = Setting("fake", {role: Sampling() for role in ROLES}, 10_000, 0)
"""Sampling for the roles of tools that ask, too."""


class Roomy(ToyBenchmark):
    """The toy benchmark with room for calls in its answers."""

    def task(self) -> Task:
        return replace(super().task(), answer_tokens=60, reasoning_tokens=200)


class WithCorpus(ToyBenchmark):
    """The toy benchmark with passages to search."""

    def task(self) -> Task:
        return replace(super().task(), corpus=CORPUS, tools=("search", "lookup"))


def toy_attempt() -> Attempt:
    return Attempt(Problem("toy-0", "What is 0 + 0?"), Prompt("What is 0 + 0?"), Address())


def observations(
    folder: Path, tools: Sequence[Tool], calls: Sequence[tuple[str, str]]
) -> tuple[list[str], Attempt]:
    """What each call of one attempt came to, and the attempt with the tools' state."""
    draw = toy_handle(folder, FakeConfig())

    async def run() -> tuple[list[str], Attempt]:
        attempt, seen = toy_attempt(), []
        for name, argument in calls:
            attempt, said = await use(tools, name, argument, attempt, draw)
            seen.append(said)
        return seen, attempt

    return asyncio.run(run())


def said(folder: Path, tools: Sequence[Tool], name: str, *arguments: str) -> list[Any]:
    """The same for calls of one tool."""
    return observations(folder, tools, [(name, each) for each in arguments])[0]
