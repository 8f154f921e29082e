"""What statements are: definitions, functions without a body, bodies that end."""

from __future__ import annotations

import ast
from collections.abc import Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def defines_only(node: ast.stmt) -> bool:
    """Whether a statement only defines, imports or names something, so that it may be run."""
    if isinstance(node, ast.Try):
        parts: list[ast.stmt] = [*node.body, *node.orelse, *node.finalbody]
        parts += [each for handler in node.handlers for each in handler.body]
        return all(isinstance(each, ast.Pass) or defines_only(each) for each in parts)
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return node.value is not None and not _acts(node.value)
    return isinstance(
        node,
        ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
    )


def is_empty(node: ast.stmt) -> bool:
    """Whether a function has no body of its own: words, `pass` and the like alone."""
    if not isinstance(node, Function):
        return False
    return all(
        isinstance(each, ast.Pass)
        or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        or (isinstance(each, ast.Raise) and "NotImplemented" in ast.unparse(each))
        for each in node.body
    )


def ends(body: Sequence[ast.stmt]) -> bool:
    """Whether nothing that follows these statements can be reached."""
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return bool(last.orelse) and ends(last.body) and ends(last.orelse)
    if isinstance(last, ast.With):
        return ends(last.body)
    if isinstance(last, ast.Try):
        whole = ends(last.body) or ends(last.orelse)
        return ends(last.finalbody) or (whole and all(ends(each.body) for each in last.handlers))
    return isinstance(last, ast.Return | ast.Raise)


def _acts(value: ast.expr) -> bool:
    """Whether an expression may do more than make a value."""
    return any(
        (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Name)
            and each.func.id
            in {
                "input",
                "open",
                "print",
                "exit",
                "quit",
                "eval",
                "exec",
                "__import__",
                "breakpoint",
            }
        )
        or isinstance(each, ast.Await | ast.Yield | ast.YieldFrom)
        for each in ast.walk(value)
    )
