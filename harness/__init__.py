"""The public surface of the harness, for those who script: `from harness import load_records`.

Importing the package costs next to nothing: each name is loaded when it is first asked for. What is
not listed here may change between versions without a word.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.contracts.address import Address
    from harness.contracts.attempt import Attempt
    from harness.contracts.benchmark import Benchmark, Dataset, Grade, Source, Task
    from harness.contracts.draw import Draw
    from harness.contracts.problem import Exemplar, Item, Problem
    from harness.contracts.prompt import Prompt
    from harness.contracts.pte import PTE, Site, Slot
    from harness.contracts.solver import Policy, Solver
    from harness.contracts.tool import Tool
    from harness.errors import UserError
    from harness.models.spec import ModelSpec
    from harness.plan.cell import Cell, Refusal
    from harness.plan.plan import Plan
    from harness.scripting import load_plan, load_records, load_results
    from harness.stack import Stack

__version__ = "0.2.0"

__all__ = [
    "PTE",
    "Address",
    "Attempt",
    "Benchmark",
    "Cell",
    "Dataset",
    "Draw",
    "Exemplar",
    "Grade",
    "Item",
    "ModelSpec",
    "Plan",
    "Policy",
    "Problem",
    "Prompt",
    "Refusal",
    "Site",
    "Slot",
    "Solver",
    "Source",
    "Stack",
    "Task",
    "Tool",
    "UserError",
    "__version__",
    "load_plan",
    "load_records",
    "load_results",
]

_HOMES = {
    "harness.contracts.address": ("Address",),
    "harness.contracts.attempt": ("Attempt",),
    "harness.contracts.benchmark": ("Benchmark", "Dataset", "Grade", "Source", "Task"),
    "harness.contracts.draw": ("Draw",),
    "harness.contracts.problem": ("Exemplar", "Item", "Problem"),
    "harness.contracts.prompt": ("Prompt",),
    "harness.contracts.pte": ("PTE", "Site", "Slot"),
    "harness.contracts.solver": ("Policy", "Solver"),
    "harness.contracts.tool": ("Tool",),
    "harness.errors": ("UserError",),
    "harness.models.spec": ("ModelSpec",),
    "harness.plan.cell": ("Cell", "Refusal"),
    "harness.plan.plan": ("Plan",),
    "harness.scripting": ("load_plan", "load_records", "load_results"),
    "harness.stack": ("Stack",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
