"""The public surface of the harness, for those who script: `from harness import load_records`.

Importing the package costs next to nothing: each name is loaded when it is first asked for. What is
not listed here may change between versions without a word.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from harness.anchor import hold

if TYPE_CHECKING:
    from harness.contracts.address import Address
    from harness.contracts.attempt import Attempt, Candidate
    from harness.contracts.benchmark import Benchmark, Dataset, DataSource, Grade, Task
    from harness.contracts.draw import Draw
    from harness.contracts.problem import Exemplar, Item, Problem
    from harness.contracts.prompt import Prompt
    from harness.contracts.pte import PTE, Slot, StackContext
    from harness.contracts.sampling import Sampling
    from harness.contracts.solver import Policy, Solver, Stage, StageKind
    from harness.contracts.tool import Observation, Tool
    from harness.errors import UserError
    from harness.models.spec import ModelSpec
    from harness.plan.cell import Cell, Refusal
    from harness.plan.plan import Plan
    from harness.scripting import load_plan, load_records, load_results
    from harness.stack import Stack
    from harness.testing import Tried, tried_on

__version__ = "0.2.0"

__all__ = [
    "PTE",
    "Address",
    "Attempt",
    "Benchmark",
    "Candidate",
    "Cell",
    "DataSource",
    "Dataset",
    "Draw",
    "Exemplar",
    "Grade",
    "Item",
    "ModelSpec",
    "Observation",
    "Plan",
    "Policy",
    "Problem",
    "Prompt",
    "Refusal",
    "Sampling",
    "Slot",
    "Solver",
    "Stack",
    "StackContext",
    "Stage",
    "StageKind",
    "Task",
    "Tool",
    "Tried",
    "UserError",
    "__version__",
    "load_plan",
    "load_records",
    "load_results",
    "tried_on",
]

_HOMES = {
    "harness.contracts.address": ("Address",),
    "harness.contracts.attempt": ("Attempt", "Candidate"),
    "harness.contracts.benchmark": ("Benchmark", "Dataset", "Grade", "DataSource", "Task"),
    "harness.contracts.draw": ("Draw",),
    "harness.contracts.problem": ("Exemplar", "Item", "Problem"),
    "harness.contracts.prompt": ("Prompt",),
    "harness.contracts.pte": ("PTE", "StackContext", "Slot"),
    "harness.contracts.sampling": ("Sampling",),
    "harness.contracts.solver": ("Policy", "Solver", "Stage", "StageKind"),
    "harness.contracts.tool": ("Observation", "Tool"),
    "harness.errors": ("UserError",),
    "harness.models.spec": ("ModelSpec",),
    "harness.plan.cell": ("Cell", "Refusal"),
    "harness.plan.plan": ("Plan",),
    "harness.scripting": ("load_plan", "load_records", "load_results"),
    "harness.stack": ("Stack",),
    "harness.testing": ("Tried", "tried_on"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


hold()  # our packages are ours from the first import on, also in processes that others start


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    result = globals()[name] = getattr(import_module(_HOME[name]), name)
    return result


def __dir__() -> list[str]:
    return sorted(__all__)
