"""The function that was asked for, composed with what it needs to a module of its own."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.definitions import Definition, Function, defines_only, ends, is_empty
from benchmarks.statements import Statement, needed, statements


@dataclass(frozen=True)
class Composed:
    """A function with what it needs."""

    program: str
    start: int
    """Where the function begins in the text that it was found in."""
    end: int
    """Where it, or what it needs, ends."""
    open: bool
    """Whether more text could have belonged to it."""


def composed(
    text: str, header: str, name: str, others: Sequence[Statement] = ()
) -> Composed | None:
    """The function of a text, with what it needs; None where the text has no whole one.

    Args:
        text: what holds the function.
        header: the header that was asked about, of which imports and helpers stay.
        name: the function's name.
        others: definitions that stand elsewhere in the reply.
    """
    found = statements(text)
    function = asked(found, name)
    if function is None:
        return None
    own = beside(header, name)
    rest = [each for each in found if name not in each.binds]
    bound = frozenset(each for statement in found for each in statement.binds)
    above = [each for each in others if not each.binds & (bound | {name})]
    pool = [*own, *above, *rest]
    wanted = function.needs | _classes(rest, function.start, pool)
    kept = [each for each in needed(wanted, function.everything, pool) if each not in own]
    before = [each for each in kept if each in above or each.start < function.start]
    after = [each for each in kept if each not in before]
    last = max([function.end, *(each.end for each in kept if each not in above)])
    first = [each for each in own if not _anew(each, kept)]
    program = "\n\n\n".join(_texts([*first, *before, function, *after]))
    tail = text[last:]
    over = isinstance(function.node, Function) and ends(function.node.body) and "\n" in tail
    return Composed(program, function.start, last, not over and not tail.strip())


def asked(found: Sequence[Statement], name: str) -> Statement | None:
    """The definition of the function that counts: the last one with a body."""
    named = [
        each
        for each in found
        if name in each.binds and defines_only(each.node) and not is_empty(each.node)
    ]
    functions = [each for each in named if isinstance(each.node, Function)]
    assigned = [each for each in named if isinstance(each.node, ast.Assign)]
    return next(reversed(functions or assigned or named), None)


def beside(header: str, name: str) -> list[Statement]:
    """What a header holds beside the function that is asked for."""
    return [
        each
        for each in statements(f"{header}\n    pass")
        if name not in each.binds and defines_only(each.node)
    ]


def _classes(found: Sequence[Statement], before: int, pool: Sequence[Statement]) -> frozenset[str]:
    """Classes that are defined before the function: what it is given may be made of them. Not those
    that cannot be defined."""
    known = {name for each in pool for name in each.binds} | set(vars(builtins))
    return frozenset(
        each.node.name
        for each in found
        if isinstance(each.node, ast.ClassDef) and each.start < before and each.needs <= known
    )


def _anew(each: Statement, kept: Sequence[Statement]) -> bool:
    """Whether the model has written what the header holds anew: the same import, or a function or
    class of the same name."""
    if isinstance(each.node, Definition):
        names = {one.node.name for one in kept if isinstance(one.node, Definition)}
        return each.node.name in names
    return any(ast.dump(one.node) == ast.dump(each.node) for one in kept)


def _texts(parts: Sequence[Statement]) -> list[str]:
    """The texts of statements: imports in one paragraph, those of the future first."""
    imports, rest = list[str](), list[str]()
    for each in parts:
        if isinstance(each.node, ast.ImportFrom) and each.node.module == "__future__":
            imports.insert(0, each.text)
        elif not rest and isinstance(each.node, ast.Import | ast.ImportFrom):
            imports.append(each.text)
        else:
            rest.append(each.text)
    return ["\n".join(dict.fromkeys(imports)), *rest] if imports else rest
