"""Python in the sandbox: a snippet in, what it prints and its last value out (Chen et al. 2022)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.pte import PTE, Slot
from harness.contracts.tool import Observation, Tool

_FENCED = re.compile(r"\s*```(?:python|py)?\n(.*?)(?:```\s*)?", re.DOTALL)
"""Models put code between fences even where they are asked for it bare."""


async def run(argument: str, state: Any, draw: Draw) -> Observation:
    """What the snippet says; each call begins anew."""
    fenced = _FENCED.fullmatch(argument)
    said = await draw.script(fenced[1] if fenced else argument)
    return Observation(said.strip() or "Nothing was printed.", state)


PYTHON = Tool(
    name="python",
    description="Runs Python and shows what it prints and the value of its last line.",
    example="sum(n * n for n in range(5))",
    call=run,
    asks=True,
)


@dataclass(frozen=True)
class Python(PTE):
    """Offers Python; the run opens a sandbox for it, whatever the benchmark."""

    name: ClassVar[str] = "python"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.TOOLS})
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})
    executes: ClassVar[bool] = True

    def tools(self, task: Task) -> tuple[Tool, ...]:
        return (PYTHON,)
