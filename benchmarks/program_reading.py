"""Which part of a reply is the program: one rule, for replies that go on with a header and for
whole replies.

The answer is the function that was asked for and what it needs: imports, functions, classes and
simple values of the module, before it or after it. Nothing else that stands at the module's level
is kept, so no test, example or remark that a model adds is ever run. Text is parsed, not cut by
line:

- Of several definitions the last that has a body counts, and of several blocks of code the last
  closed one that defines the function; what it needs may stand in another block.
- A reply may go on with the header, at another indentation too, or write the function anew; what
  else the header holds (imports, helpers) stays.
- Fences and end-of-text tokens are no code, wherever they stand. What does not parse at a
  function's end is left out where it could not be reached; a function that is cut, or wrong, is
  kept as it is and fails.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import dedent, indent

from benchmarks.program_text import (
    Statement,
    blocks,
    defines_only,
    ends,
    first_end,
    first_fence,
    is_empty,
    needed,
    parsed,
    statements,
)
from harness.contracts.program import FENCE, FunctionStub, ProgramReading


def read_program(text: str, stub: FunctionStub) -> ProgramReading | None:
    """The program in a text.

    Args:
        text: the header and what the model wrote after it, or the whole of its reply.
        stub: the function that was asked for.

    Returns:
        What was read; None where the text holds nothing of the function.
    """
    header = stub.header.rstrip()
    cut = first_end(text, len(header) if text.startswith(header) else 0)
    result = _read(text[:cut], header, stub)
    if cut is None:
        return result[0] if result else None
    if result is None or not result[1]:  # such a token may stand in a string of the program
        beyond = _read(text, header, stub)
        if beyond is not None and beyond[1]:
            return beyond[0]
    return replace(result[0], open=False) if result else None


def _read(text: str, header: str, stub: FunctionStub) -> tuple[ProgramReading, bool] | None:
    """What a text holds, and whether the function is whole."""
    name = stub.entry_point
    if not text.startswith(header):
        return _in_blocks(text, header, name) or _in_text(text, header, name)
    reply = text[len(header) :]
    fence = first_fence(reply)
    for written in _continued(reply if fence is None else reply[:fence], header, name):
        found = _composed(written, header, name, ())
        if found is not None:
            return ProgramReading(
                found.program,
                len(header),
                min(len(text), found.end),
                found.open and fence is None,
                fence is not None,
            ), True
    again = _in_blocks(reply, header, name) if fence is not None else None
    if again is not None:
        held = again[0]
        start, end = held.start + len(header), held.end + len(header)
        return ProgramReading(held.program, start, end, held.open, held.block), again[1]
    body = reply if fence is None else reply[:fence]
    if not _is_body(body):
        return None
    end = len(header) + len(body.rstrip())
    kept = ProgramReading(text[:end], len(header), end, fence is None, fence is not None)
    return kept, False


@dataclass(frozen=True)
class _Found:
    program: str
    start: int
    end: int
    open: bool


def _composed(text: str, header: str, name: str, others: Sequence[Statement]) -> _Found | None:
    """The function in a text, with what it needs; None where it has no whole one."""
    found = statements(text)
    function = _asked(found, name)
    if function is None:
        return None
    own = _before(header, name)
    bound = frozenset(each for statement in found for each in statement.binds)
    rest = [each for each in found if name not in each.binds]
    above = [each for each in others if name not in each.binds and not each.binds & bound]
    pool = [*(each for each in own), *above, *rest]
    kept = needed(function.needs, function.everything, pool)
    written = {each.node.name for each in kept if isinstance(each.node, _NAMED) and each not in own}
    first = [each for each in own if not each.binds & written or not isinstance(each.node, _NAMED)]
    first = [each for each in first if not _again(each, own, kept)]
    kept = [each for each in kept if each not in own]
    before = [each for each in kept if each in above or each.start < function.start]
    after = [each for each in kept if each not in before]
    parts = _ordered([*first, *before, function, *after])
    last = max([function.end, *(each.end for each in kept if each not in above)])
    tail = text[last:]
    # A remark may stand in the middle of a function, so it does not show that one is over.
    more = any(_shows_end(line) for line in tail.splitlines()[1:])
    over = isinstance(function.node, _FUNCTION) and ends(function.node.body) and "\n" in tail
    return _Found("\n\n\n".join(parts), function.start, last, not (more or over or tail.strip()))


_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_NAMED = (*_FUNCTION, ast.ClassDef)


def _shows_end(line: str) -> bool:
    return bool(line.strip()) and not line[0].isspace()


def _again(each: Statement, own: Sequence[Statement], kept: Sequence[Statement]) -> bool:
    """Whether the model has written a header's import anew."""
    return any(one not in own and ast.dump(one.node) == ast.dump(each.node) for one in kept)


def _ordered(parts: Sequence[Statement]) -> list[str]:
    """Imports in one paragraph, those of the future first."""
    imports, rest = list[str](), list[str]()
    for each in parts:
        if isinstance(each.node, ast.ImportFrom) and each.node.module == "__future__":
            imports.insert(0, each.text)
        elif not rest and isinstance(each.node, ast.Import | ast.ImportFrom):
            imports.append(each.text)
        else:
            rest.append(each.text)
    return ["\n".join(dict.fromkeys(imports)), *rest] if imports else rest


def _asked(found: Sequence[Statement], name: str) -> Statement | None:
    """The definition of the function that counts: the last one with a body."""
    named = [
        each
        for each in found
        if name in each.binds and defines_only(each.node) and not is_empty(each.node)
    ]
    functions = [each for each in named if isinstance(each.node, _FUNCTION)]
    assigned = [each for each in named if isinstance(each.node, ast.Assign)]
    return next(reversed(functions or assigned or named), None)


def _before(header: str, name: str) -> list[Statement]:
    """What a header holds beside the function that is asked for."""
    return [
        each
        for each in statements(f"{header}\n    pass")
        if name not in each.binds and defines_only(each.node)
    ]


def _continued(reply: str, header: str, name: str) -> Iterator[str]:
    """Header and reply as one text, in the ways in which a body may have been meant: as it stands,
    and where that gives no function, moved to the header's indentation."""
    if not reply.strip():
        return
    margin = " " * _margin(header)
    lines = reply.lstrip("\r\n").rstrip()
    yield f"{header}{reply}" if reply[:1].isspace() else f"{header}\n{reply}"
    if lines.lstrip().startswith(("def ", "async def ", "@", "from ", "import ")) and (
        _asked(statements(dedent(lines)), name) is not None
    ):
        yield f"{header}\n\n\n{dedent(lines)}\n"
    for body in dict.fromkeys((lines, lines.expandtabs(4))):
        kept = body.splitlines(keepends=True)
        for end in range(1, len(kept) + 1):
            module = parsed("".join(kept[:end]))
            if module is not None and ends(module.body):
                rest = "".join(kept[end:])
                yield f"{header}\n{indent(''.join(kept[:end]), margin)}\n{rest}"
                break
        yield f"{header}\n{margin}{body.lstrip()}\n"
        inside = _inside(body)
        yield f"{header}\n{indent(dedent(inside), margin)}\n{body[len(inside) :]}"


def _inside(body: str) -> str:
    """The lines before the first that is not indented; all of them where the first is not."""
    place = 0
    for line in body.splitlines(keepends=True):
        if line.strip() and not line[0].isspace():
            break
        place += len(line)
    return body[:place] if place else body


def _margin(header: str) -> int:
    last = next(line for line in reversed(header.splitlines()) if line.strip())
    inside = len(last) - len(last.lstrip())
    return inside or 4


def _is_body(reply: str) -> bool:
    """Whether what follows a header is meant for a body: it is indented, or it is code."""
    first = next((line for line in reply.splitlines() if line.strip()), "")
    return first[:1].isspace()


def _in_blocks(text: str, header: str, name: str) -> tuple[ProgramReading, bool] | None:
    """The function in the last closed block that defines it, else in an open one."""
    found = blocks(text)
    for closed in (True, False):
        for n in reversed(range(len(found))):
            block = found[n]
            if block.closed is not closed:
                continue
            others = [
                each
                for m, one in enumerate(found)
                if m != n
                for each in statements(one.text)
                if defines_only(each.node)
            ]
            result = _composed(block.text, header, name, others)
            if result is not None:
                start, end = block.start, block.end
                opened = result.open and not closed
                return ProgramReading(result.program, start, end, opened, closed), True
    for block in reversed(found):
        if f"def {name}" in block.text:  # it does not parse, or was cut
            program = _joined(header, name, block.text.rstrip())
            cut = not block.closed
            return ProgramReading(program, block.start, block.end, cut, block.closed), False
    for block in reversed(found):
        for written in _continued(f"\n{block.text}", header, name):
            result = _composed(written, header, name, ())
            if result is not None and "def " not in block.text.partition("\n")[0]:
                cut = not block.closed
                return ProgramReading(
                    result.program, block.start, block.end, cut, block.closed
                ), True
    return None


def _in_text(text: str, header: str, name: str) -> tuple[ProgramReading, bool] | None:
    """The function in a reply without any fence, indented as a whole or not."""
    for each in (text, dedent(text), *_indented(text, name)):
        found = _composed(each, header, name, ())
        if found is not None:
            place = max(0, text.find(f"def {name}"))
            end = found.end if each is text else len(text.rstrip())
            return ProgramReading(
                found.program, found.start if each is text else place, end, found.open, False
            ), True
    start = text.find(f"def {name}(")
    if start < 0 or FENCE in text[start:]:
        return None
    end = len(text.rstrip())
    program = _joined(header, name, text[start:end])
    return ProgramReading(program, start, end, True, False), False


def _indented(text: str, name: str) -> Iterator[str]:
    """What begins where the function does, moved to the margin."""
    lines = text.splitlines(keepends=True)
    for n, line in enumerate(lines):
        if line.lstrip().startswith((f"def {name}", f"async def {name}")) and line[0].isspace():
            width = len(line) - len(line.lstrip())
            if any(one.lstrip().startswith("class ") for one in lines[:n]):
                continue  # a method
            inside = [one for one in lines[n:] if one.strip()]
            if all(len(one) - len(one.lstrip()) >= width for one in inside):
                yield dedent("".join(lines[n:]))


def _joined(header: str, name: str, code: str) -> str:
    own = [each.text for each in _before(header, name)]
    return "\n\n".join([*own, code])
