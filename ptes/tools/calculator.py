"""A calculator: an expression in, a number out (Schick et al. 2023; Cobbe et al. 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.pte import PTE, Slot
from harness.contracts.tool import Observation, Tool
from ptes.tools.arithmetic import evaluate
from ptes.tools.quantities import ArithmeticSyntaxError, shown


async def calculate(argument: str, state: Any, draw: Draw) -> Observation:
    """The value of the expression, or what is wrong with it."""
    try:
        return Observation(shown(evaluate(argument)), state)
    except ZeroDivisionError:
        return Observation("It divides by zero.", state)
    except ArithmeticSyntaxError as error:
        return Observation(f"This cannot be calculated: {error}.", state)


CALCULATOR = Tool(
    name="calculator",
    description="Works out an arithmetic expression.",
    example="3 * (4 + 5)",
    call=calculate,
    local=True,
)


@dataclass(frozen=True)
class Calculator(PTE):
    """Offers the calculator."""

    name: ClassVar[str] = "calculator"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.TOOLS})
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})

    def tools(self, task: Task) -> tuple[Tool, ...]:
        return (CALCULATOR,)
