"""The tools that a benchmark names, for policies of stacks that bring none."""

from __future__ import annotations

from collections.abc import Callable

from harness.contracts.benchmark import Task
from harness.contracts.tool import Tool
from harness.errors import UserError
from ptes.common.retrieval.corpora import corpus_of
from ptes.tools.calculator import CALCULATOR
from ptes.tools.search import search_tools


def _searching(task: Task) -> tuple[Tool, ...]:
    return search_tools(corpus_of(None, task))


_MAKERS: dict[str, Callable[[Task], tuple[Tool, ...]]] = {
    "calculator": lambda task: (CALCULATOR,),
    "search": _searching,
    "lookup": _searching,
}


def default_tools(task: Task) -> tuple[Tool, ...]:
    """The tools named in `task.tools`, in that order, with their papers' settings.

    Raises:
        UserError: it names one that needs what the benchmark does not bring, or that is not known.
    """
    results = []
    for name in task.tools:
        if name not in _MAKERS:
            raise UserError(
                f"{task.name} names the tool {name}; by default there is {', '.join(_MAKERS)}"
            )
        results += [tool for tool in _MAKERS[name](task) if tool.name == name]
    return tuple(results)
