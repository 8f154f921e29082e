"""Python code as syntax, read quietly: problems and models write doubtful escapes."""

from __future__ import annotations

import ast
import warnings


def tree(code: str) -> ast.Module:
    """The syntax tree of a module.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it cannot be parsed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code)
