"""Programs by the hundred that are wrong, or nearly: small changes to right ones."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.In: ast.NotIn,
}


def mutants(code: str) -> Iterator[str]:
    """Programs that differ from this one in one operator, constant or return value."""
    tree = ast.parse(code)
    for position, node in enumerate(ast.walk(tree)):
        if _change(copy.deepcopy(node)):
            changed = copy.deepcopy(tree)
            _change(list(ast.walk(changed))[position])
            yield ast.unparse(changed)


def _change(node: ast.AST) -> bool:
    """Change a node in place, if it is one of those that can be changed."""
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in _SWAPS:
        node.op = _SWAPS[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPS:
        node.ops[0] = _SWAPS[type(node.ops[0])]()  # type: ignore[call-overload]
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        node.value += 1
    elif isinstance(node, ast.Return) and node.value is not None:
        node.value = ast.Constant(None)
    else:
        return False
    return True


_ADDED = (
    "from __future__ import annotations\n{}",
    "import sys\nfrom __future__ import annotations\n{}",
    "{}\nassert sys.modules[__name__]",
    "import sys\n{}\nassert sys.modules[__name__].{name}",
    "{}\nassert globals()['{name}'] is {name}",
    "{}\nassert __name__ == '__main__'",
    "{}\nassert __name__ != 'builtins'",
    "{}\nif __name__ == '__main__':\n    del {name}",
    "{}\ndel {name}",
    "{}\nkept = {name}\ndef {name}(*a):\n    global kept\n    return kept(*a)",
    "{}\nkept = {name}\ndef {name}(*a):\n    kept = kept\n    return kept(*a)",
    "from dataclasses import dataclass\n@dataclass\nclass Held:\n    f: 'Held'\n{}\n"
    "kept = Held({name})\ndef {name}(*a): return kept.f(*a)",
    "from typing import NamedTuple\nclass Held(NamedTuple):\n    f: int\n{}\n"
    "kept = Held({name})\ndef {name}(*a): return kept.f(*a)",
    "import typing\n{}\ntyping.get_type_hints({name})",
    "import pickle\n{}\npickle.dumps({name})",
)
_DECORATED = ("undefined", "functools.lru_cache(None)", "staticmethod", "property", "lambda f: f")
_ANNOTATED = ("Undefined", "List[int]", "'Undefined'", "1 // 0", "int")


def surroundings(code: str, name: str) -> Iterator[str]:
    """Programs that differ from this one in what stands around its function: an import is gone, the
    function is annotated or decorated, or goes by its module."""
    tree = ast.parse(code)
    for position, node in enumerate(tree.body):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield ast.unparse(ast.Module([*tree.body[:position], *tree.body[position + 1 :]], []))
    for text in _ANNOTATED:
        yield _with(tree, name, annotation=text)
        yield _with(tree, name, returns=text)
    yield _with(tree, name, bare=True)
    for text in _DECORATED:
        yield _with(tree, name, decorator=text)
    for text in _ADDED:
        yield text.replace("{name}", name).replace("{}", code, 1)


def _with(
    tree: ast.Module,
    name: str,
    annotation: str = "",
    returns: str = "",
    decorator: str = "",
    bare: bool = False,
) -> str:
    changed = copy.deepcopy(tree)
    (*_, function) = (
        node for node in changed.body if isinstance(node, ast.FunctionDef) and node.name == name
    )
    arguments = function.args.args
    if annotation and arguments:
        arguments[0].annotation = ast.parse(annotation, mode="eval").body
    if returns:
        function.returns = ast.parse(returns, mode="eval").body
    if decorator:
        function.decorator_list = [ast.parse(decorator, mode="eval").body]
    if bare:
        function.returns = None
        for argument in arguments:
            argument.annotation = None
    return ast.unparse(changed)
