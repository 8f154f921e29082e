"""Statements of a module within what a model writes: which parse, and which a function needs."""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.definitions import Definition, Function, defines_only, ends, is_empty
from benchmarks.fences import is_fence
from harness.syntax import tree

_GOES_ON = re.compile(r"(?:else|elif|except|finally)\b")
_LONGEST_STATEMENT = 400
"""Places at which the end of one statement is looked for."""
_REFLECTS = frozenset({"globals", "eval", "exec", "locals", "vars"})


@dataclass(frozen=True)
class Statement:
    """A statement of a module, as it was written."""

    node: ast.stmt
    text: str
    start: int
    """Where it begins in the text that it was found in."""
    end: int

    @property
    def binds(self) -> frozenset[str]:
        """The names of the module that it binds."""
        return frozenset(_bound(self.node))

    @property
    def needs(self) -> frozenset[str]:
        """The names of the module that it reads, now or when what it defines is called."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                table = symtable.symtable(self.text, "<program>", "exec")
        except (SyntaxError, ValueError, RecursionError):
            return frozenset(each.id for each in ast.walk(self.node) if isinstance(each, ast.Name))
        return frozenset(_read(table))

    @property
    def everything(self) -> bool:
        """Whether it may read any name, by asking for it as text."""
        return bool(self.needs & _REFLECTS)


def statements(text: str) -> list[Statement]:
    """The statements of a module that parse, whatever stands between them, in order."""
    lines = text.splitlines(keepends=True)
    places = [0]
    for line in lines:
        places.append(places[-1] + len(line))
    tops = [n for n, line in enumerate(lines) if _begins(line)]
    result: list[Statement] = []
    at = 0
    while at < len(tops):
        first = tops[at]
        found = _statement(lines, tops, at)
        if found is None:
            at += 1
            continue
        module, last = found
        source = "".join(lines[first:last])
        result += _split(module, source, places[first])
        at = next((n for n in range(at + 1, len(tops)) if tops[n] >= last), len(tops))
    return result


def parsed(text: str) -> ast.Module | None:
    """The syntax tree; None where a text does not parse."""
    try:
        return tree(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def needed(wanted: frozenset[str], everything: bool, found: Sequence[Statement]) -> list[Statement]:
    """Those of the statements that names need, directly or through one another, in order.

    Of several functions of one name the last with a body is the one that counts.
    """
    usable = [each for each in found if defines_only(each.node)]
    counts: dict[str, Statement] = {}
    for each in usable:
        name = _defined(each)
        if name and (name not in counts or not is_empty(each.node)):
            counts[name] = each
    kept: set[int] = set()
    todo, seen = set(wanted), set[str]()
    while todo:
        name = todo.pop()
        seen.add(name)
        for n, each in enumerate(usable):
            given = everything or name in each.binds or "*" in each.binds
            if n in kept or not given or counts.get(_defined(each), each) is not each:
                continue
            kept.add(n)
            everything = everything or each.everything
            todo |= each.needs - seen
    return [usable[n] for n in sorted(kept)]


def _defined(statement: Statement) -> str:
    """The name that a function or class is defined by; empty of other statements."""
    return statement.node.name if isinstance(statement.node, Definition) else ""


def _begins(line: str) -> bool:
    """Whether a statement of the module may begin here; a remark never does, as it may stand in the
    middle of a function."""
    return bool(line.strip()) and not line[0].isspace() and not line.startswith("#")


def _statement(lines: list[str], tops: list[int], at: int) -> tuple[ast.Module, int] | None:
    """The first whole statement from a line on, and the line after it."""
    places = [*tops[at + 1 : at + _LONGEST_STATEMENT], len(lines)]
    for nth, last in enumerate(places):
        code = "".join(lines[tops[at] : last])
        module = parsed(code)
        if module is None and not _incomplete(code):
            return _shortened(lines, tops[at], last)
        if module is None or not module.body:
            continue
        for further in places[nth + 1 :]:  # else, except and the like belong to it
            if not _GOES_ON.match(lines[last]):
                break
            longer = parsed("".join(lines[tops[at] : further]))
            if longer is None and not _incomplete("".join(lines[tops[at] : further])):
                break
            if longer is not None:
                module, last = longer, further
        return module, last
    return _shortened(lines, tops[at], places[0])


def _incomplete(code: str) -> bool:
    """Whether a text that does not parse might, if more came after it."""
    try:
        tree(code)
    except SyntaxError as error:
        says = str(error)
        if "never closed" in says or "triple-quoted" in says:
            return True
        return (error.lineno or 0) >= len(code.rstrip().splitlines())
    except (ValueError, RecursionError, MemoryError):
        return False
    return False


def _shortened(lines: list[str], first: int, last: int) -> tuple[ast.Module, int] | None:
    """A function without what does not parse at its end, where that could not be reached; or up to
    a fence, which is no code."""
    if not lines[first].startswith(("def ", "async def ", "@")):
        return None
    for end in range(last - 1, first + 1, -1):
        module = parsed("".join(lines[first:end]))
        if module is None or len(module.body) != 1:
            continue
        body = module.body[0]
        if isinstance(body, Function) and (ends(body.body) or is_fence(lines[end])):
            return module, last
    return None


def _split(module: ast.Module, source: str, start: int) -> Iterator[Statement]:
    lines = source.splitlines(keepends=True)
    places = [0]
    for line in lines:
        places.append(places[-1] + len(line))

    def place(line: int, column: int) -> int:
        """Columns are bytes of UTF-8."""
        return places[line - 1] + len(lines[line - 1].encode()[:column].decode(errors="ignore"))

    for node in module.body:
        decorators = getattr(node, "decorator_list", [])
        line = min([node.lineno, *(each.lineno for each in decorators)])
        first = place(node.lineno, node.col_offset) if line == node.lineno else places[line - 1]
        last = place(node.end_lineno or node.lineno, node.end_col_offset or 0)
        yield Statement(node, source[first:last], start + first, start + last)


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, Definition):
        yield node.name
    elif isinstance(node, ast.Import):
        yield from (each.asname or each.name.partition(".")[0] for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (each.asname or each.name for each in node.names)
    elif isinstance(node, ast.Try):
        parts = [*node.body, *node.orelse, *node.finalbody]
        parts += [each for handler in node.handlers for each in handler.body]
        for each in parts:
            yield from _bound(each)
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        for one in ast.walk(node):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                yield one.id


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    inner = table.get_type() != "module"
    for symbol in table.get_symbols():
        if symbol.is_global() if inner else symbol.is_referenced():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _read(child)
