"""Python within what a model writes: statements that parse, fences, and tokens that end a text."""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import dedent

from harness.syntax import tree

Function = ast.FunctionDef | ast.AsyncFunctionDef

_END = re.compile(
    r"<\|[A-Za-z0-9_ ]{1,40}\|>|<｜[^｜\n]{1,40}｜>|</?s>|\[/?INST\]"
    r"|<(?:fim_\w+|file_sep|repo_name|filename|reponame|gh_stars|jupyter_\w+|endoftext|commit_\w+"
    r"|eos|bos|pad|unk|EOT|PRE|SUF|MID|eot|eod|eop|(?:start|end)_of_turn)>"
)
"""Tokens that end a text, or a turn, written out as text."""
_FENCE = re.compile(r"^[ \t]*(?:[-*>]|\d+[.)])?[ \t]*(```+|~~~+)[ \t]*(.*?)[ \t\r]*$")
_OPENS_LATE = re.compile(r"^[^`]*?(```+)[ \t]*(\w*)[ \t\r]*$")
_LANGUAGE = re.compile(r"^(?:python|py|python3|Python)\b[ \t]*")
_GOES_ON = re.compile(r"(?:else|elif|except|finally)\b")
_LONGEST_STATEMENT = 400
"""Places at which the end of one statement is looked for."""
_REFLECTS = frozenset({"globals", "eval", "exec", "locals", "vars", "getattr"})


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
        return bool(self.needs & (_REFLECTS - {"getattr"}))


@dataclass(frozen=True)
class Block:
    """Code between fences, or a text without any."""

    text: str
    start: int
    end: int
    """Where it ends in the whole text, its last fence included."""
    closed: bool


def first_end(text: str, start: int = 0) -> int | None:
    """Where the first token stands that ends a text; None where none does."""
    found = _END.search(text, start)
    return found.start() if found else None


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


def blocks(text: str) -> list[Block]:
    """Code between fences, in order; the last may be open."""
    result: list[Block] = []
    place, opened = 0, ""
    start, held = 0, list[str]()
    for line in text.splitlines(keepends=True):
        fence = _FENCE.match(line.rstrip("\n"))
        late = None if opened or fence else _OPENS_LATE.match(line.rstrip("\n"))
        if opened and fence and fence[1].startswith(opened) and not fence[2]:
            result.append(Block(dedent("".join(held)), start, place + len(line), True))
            opened, held = "", []
        elif opened:
            held.append(line)
        elif fence and not fence[2].endswith("```"):
            opened, start = fence[1], place
            code = _LANGUAGE.sub("", fence[2])
            held = [f"{code}\n"] if re.search(r"\W", code) else []
        elif late:
            opened, start, held = late[1], place, []
        place += len(line)
    if opened:
        result.append(Block(dedent("".join(held)), start, len(text), False))
    return result


def first_fence(text: str) -> int | None:
    """Where the first line begins that is a fence, however far indented."""
    place = 0
    for line in text.splitlines(keepends=True):
        if _FENCE.match(line.rstrip("\n")):
            return place
        place += len(line)
    return None


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


def needed(wanted: frozenset[str], everything: bool, found: Sequence[Statement]) -> list[Statement]:
    """Those of the statements that names need, directly or through one another, in order.

    Of several functions of one name the last with a body is the one that counts.
    """
    usable = [each for each in found if defines_only(each.node)]
    last = {each.node.name: each for each in usable if _is_definition(each.node)}
    last |= {
        each.node.name: each
        for each in usable
        if _is_definition(each.node) and not is_empty(each.node)
    }
    kept: set[int] = set()
    todo = set(wanted)
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        seen.add(name)
        for n, each in enumerate(usable):
            if n in kept or (name not in each.binds and "*" not in each.binds and not everything):
                continue
            if _is_definition(each.node) and last[each.node.name] is not each:
                continue
            kept.add(n)
            everything = everything or each.everything
            todo |= each.needs - seen
    return [usable[n] for n in sorted(kept)]


def _is_definition(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


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
        body = module.body[0] if module and len(module.body) == 1 else None
        if isinstance(body, Function) and (ends(body.body) or _FENCE.match(lines[end].rstrip())):
            return module, last  # type: ignore[return-value]
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
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import):
        yield from (each.asname or each.name.partition(".")[0] for each in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (each.asname or each.name for each in node.names)
    elif isinstance(node, ast.Try):
        parts = [*node.body, *node.orelse, *node.finalbody]
        for each in [*parts, *(one for handler in node.handlers for one in handler.body)]:
            yield from _bound(each)
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                yield each.id


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    inner = table.get_type() != "module"
    for symbol in table.get_symbols():
        if symbol.is_global() if inner else symbol.is_referenced():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _read(child)


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
