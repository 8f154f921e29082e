"""Assertions and expressions, compiled once for all the programs that they are run on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from types import CodeType

from harness.sandbox.in_worker import triage

CompiledItem = CodeType | str
"""An assertion or expression, compiled, or as text if that is left to a process in the jail."""
_REMEMBER = 3000
"""Items kept compiled, of a few problems: their programs come one after another, and whatever the
worker holds makes every fork of it slower."""


class Items:
    """Compiles what is harmless by its text; a fork of the worker finds it ready."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, bool], CodeType | None] = OrderedDict()

    def compiled(self, texts: Sequence[str], values: bool) -> list[CodeType | None]:
        """Code of each; None for one that has to run in a process of its own."""
        results = [self._one(text, values) for text in texts]
        while len(self._known) > _REMEMBER:
            self._known.popitem(last=False)
        return results

    def _one(self, text: str, values: bool) -> CodeType | None:
        key = (text, values)
        if key not in self._known:
            tree = triage.expression(text) if values else triage.assertion(text)
            try:
                code = None
                if tree is not None:
                    mode = "eval" if values else "exec"
                    code = compile(tree, "<item>", mode, dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                code = None
            self._known[key] = code
        return self._known[key]
