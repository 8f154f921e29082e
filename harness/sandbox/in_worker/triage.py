"""Which programs and expressions are harmless to one another, by their text alone.

Many assertions may run in one process, one after another, only if none can change what the next
one sees. That is certain, not likely, for a *plain* program: it imports nothing with a state, its
names are functions and constants, and it stores nothing but local variables. Likewise for an
expression of literals, operators and calls. Everything else runs in a process of its own.
"""

from __future__ import annotations

import ast
import builtins
import sys

# fmt: off
_MODULES = frozenset((
    "bisect", "cmath", "collections", "copy", "datetime", "fractions", "functools", "hashlib",
    "heapq", "itertools", "math", "numbers", "re", "statistics", "string", "textwrap",
    "typing",
))
# fmt: on
"""Modules without a state that a call could change."""
# fmt: off
_REACHING = frozenset((
    "eval", "exec", "compile", "open", "input", "globals", "locals", "vars", "dir", "getattr",
    "setattr", "delattr", "breakpoint", "exit", "quit", "help", "memoryview", "super", "type",
    "copyright", "credits", "license",
))
# fmt: on
"""Built-in functions that reach beyond their arguments."""
# fmt: off
_REFLECTING = frozenset((
    "get_type_hints", "ForwardRef", "Formatter", "update_wrapper", "wraps", "cached_property",
    "total_ordering", "singledispatch", "singledispatchmethod", "register", "algorithms_available",
))
# fmt: on
"""What those modules hold that evaluates text, or changes what others see."""
_BENEATH = ("_", "gi_", "f_", "tb_", "cr_", "ag_", "co_")
"""How attributes begin that lead to frames, code and whatever is not public."""
_ITEM_NODES = (
    ast.Compare,
    ast.BoolOp,
    ast.UnaryOp,
    ast.BinOp,
    ast.Call,
    ast.Constant,
    ast.List,
    ast.Tuple,
    ast.Set,
    ast.Dict,
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Slice,
    ast.IfExp,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.comprehension,
    ast.Starred,
    ast.keyword,
    ast.expr_context,
    ast.operator,
    ast.unaryop,
    ast.boolop,
    ast.cmpop,
)
_NEVER = (
    ast.Global,
    ast.ClassDef,
    ast.AsyncFunctionDef,
    ast.AsyncFor,
    ast.AsyncWith,
    ast.Await,
    ast.NamedExpr,
)
_LONGEST, _DEEPEST = 4000, 40


def expression(text: str) -> ast.Expression | None:
    """The parsed expression, if it is harmless; None if it is not, or does not parse."""
    tree = _parse(text, "eval")
    return tree if isinstance(tree, ast.Expression) and _harmless(tree.body) else None


def assertion(text: str) -> ast.Module | None:
    """The parsed assertion, if it is one, and harmless."""
    tree = _parse(text, "exec")
    if not isinstance(tree, ast.Module) or len(tree.body) != 1:
        return None
    (statement,) = tree.body
    if not isinstance(statement, ast.Assert):
        return None
    parts = [part for part in (statement.test, statement.msg) if part is not None]
    return tree if all(map(_harmless, parts)) else None


def plain_program(code: str) -> bool:
    """Whether a program is plain; parses it, so call this inside the jail."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    body = [statement for statement in tree.body if not _never_runs(statement)]
    return all(map(_plain_statement, body)) and all(
        _stores_nothing(node) for statement in body for node in ast.walk(statement)
    )


def traceless(code: str) -> bool:
    """Whether a trusted suite leaves nothing behind but what is in its own names.

    It may use chance, which is set anew before every suite.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return all(_is_chance(node) or _stores_nothing(node) for node in ast.walk(tree))


def _is_chance(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return all(alias.name == "random" for alias in node.names)
    return isinstance(node, ast.ImportFrom) and node.module == "random"


def _parse(text: str, mode: str) -> ast.AST | None:
    """Parse what is short and flat enough for a parser not to be hurt by it."""
    if len(text) > _LONGEST or sum(map(text.count, "([{")) > _DEEPEST * 10:
        return None
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth > _DEEPEST:
            return None
    try:
        return ast.parse(text.strip(), mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _harmless(tree: ast.expr) -> bool:
    return all(isinstance(n, _ITEM_NODES) and _stores_nothing(n) for n in ast.walk(tree))


def _never_runs(statement: ast.stmt) -> bool:
    """Whether this is `if __name__ == "__main__":` without an else; a program is not main here."""
    if not isinstance(statement, ast.If) or statement.orelse:
        return False
    return ast.unparse(statement.test) == "__name__ == '__main__'"


def _plain_statement(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import):
        return all(alias.name in _MODULES for alias in statement.names)
    if isinstance(statement, ast.ImportFrom):
        return statement.module in _MODULES and all(_public(a.name) for a in statement.names)
    if isinstance(statement, ast.FunctionDef):
        return True
    if isinstance(statement, ast.Assign):
        return _constant(statement.value)
    return isinstance(statement, ast.Expr | ast.Assert)


def _stores_nothing(node: ast.AST) -> bool:
    """Whether this node by itself leaves everything outside a call as it was."""
    if isinstance(node, _NEVER):
        return False
    if isinstance(node, ast.Attribute):
        return isinstance(node.ctx, ast.Load) and _public(node.attr)
    if isinstance(node, ast.Name):
        return node.id not in _REACHING | _REFLECTING and not node.id.startswith("__")
    if isinstance(node, ast.FunctionDef):
        return not node.decorator_list and _constant_defaults(node.args)
    if isinstance(node, ast.Lambda):
        return _constant_defaults(node.args)
    if isinstance(node, ast.Import | ast.ImportFrom):
        return isinstance(node, ast.stmt) and _plain_statement(node)
    return True


def _public(name: str) -> bool:
    """Whether an attribute leads to no other module, no frame and no private part."""
    if name.startswith(_BENEATH) or name in _REFLECTING:
        return False
    return name in _MODULES or name not in sys.stdlib_module_names


def _constant_defaults(arguments: ast.arguments) -> bool:
    """No default is an object that calls share and could change."""
    return all(d is None or _constant(d) for d in (*arguments.defaults, *arguments.kw_defaults))


def _constant(value: ast.expr) -> bool:
    if isinstance(value, ast.Tuple):
        return all(map(_constant, value.elts))
    if isinstance(value, ast.UnaryOp | ast.BinOp):
        return all(map(_constant, _operands(value)))
    if isinstance(value, ast.Name):
        return hasattr(builtins, value.id) and value.id not in _REACHING
    return isinstance(value, ast.Constant)


def _operands(value: ast.UnaryOp | ast.BinOp) -> list[ast.expr]:
    if isinstance(value, ast.UnaryOp):
        return [value.operand]
    return [value.left, value.right]
