"""Question answering by the same model, as a tool (Schick et al. 2023, section 3.1).

The paper asks Atlas, another model tuned for such questions; here the model asks itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from harness.contracts.benchmark import Task
from harness.contracts.pte import PTE, Slot
from harness.contracts.sampling import GREEDY, Sampling
from harness.contracts.tool import Tool
from ptes.tools.model_tool import model_tool

ROLE = "ask"
SAMPLING: Mapping[str, Sampling] = {ROLE: GREEDY}
TOKENS = 32
ASK = model_tool(
    name=ROLE,
    description="Answers a short question of fact.",
    example="Who wrote Middlemarch?",
    instruction="Answer the question in a few words.",
    tokens=TOKENS,
)


@dataclass(frozen=True)
class Ask(PTE):
    """Offers the question to the model itself."""

    name: ClassVar[str] = "ask"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.TOOLS})
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})
    role_sampling: ClassVar[Mapping[str, Sampling]] = SAMPLING

    def tools(self, task: Task) -> tuple[Tool, ...]:
        return (ASK,)
