"""Translation by the same model, as a tool (Schick et al. 2023, section 3.1).

The paper has NLLB, another model made for it, translate into English; here the model does it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from harness.contracts.benchmark import Task
from harness.contracts.pte import PTE, Slot
from harness.contracts.sampling import GREEDY, Sampling
from harness.contracts.tool import Tool
from harness.ranges import Text
from ptes.tools.model_tool import model_tool

ROLE = "translate"
SAMPLING: Mapping[str, Sampling] = {ROLE: GREEDY}
TOKENS = 48
LANGUAGE = "English"


def translation_tool(language: str) -> Tool:
    """The tool that translates into a language."""
    return model_tool(
        name=ROLE,
        description=f"Translates a phrase into {language}.",
        example="la rivière",
        instruction=f"Translate the text into {language}. Write the translation alone.",
        tokens=TOKENS,
    )


@dataclass(frozen=True)
class Translate(PTE):
    """Offers translation into `language`."""

    language: Text = LANGUAGE

    name: ClassVar[str] = "translate"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.TOOLS})
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})
    role_sampling: ClassVar[Mapping[str, Sampling]] = SAMPLING

    def tools(self, task: Task) -> tuple[Tool, ...]:
        return (translation_tool(self.language),)
