"""Which part of a reply is the program: one rule, for replies that go on with a header and for
whole replies.

The answer is the function that was asked for and what it needs: imports, functions, classes and
simple values of the module, before it or after it. Nothing else that stands at the module's level
is kept, so no test, example or remark that a model adds is ever run. Text is parsed, not cut by
line:

- Of several definitions the last that has a body counts, and of several blocks of code the last
  closed one that defines the function; what it needs may stand in another block. Classes that are
  defined before it stay too: its arguments may be made of them.
- A reply may go on with the header, at another indentation too, or write the function anew; what
  else the header holds (imports, helpers) stays.
- Fences and end-of-text tokens are no code, wherever they stand. What does not parse at a
  function's end is left out where it could not be reached; a function that is cut, or wrong, is
  kept as it is and fails.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from textwrap import dedent, indent

from benchmarks.asked_function import asked, beside, composed
from benchmarks.definitions import defines_only, ends
from benchmarks.fences import Block, blocks, first_end, first_fence
from benchmarks.statements import parsed, statements
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
        found = composed(written, header, name)
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
    if not _is_indented(body):
        return None
    end = len(header) + len(body.rstrip())
    kept = ProgramReading(text[:end], len(header), end, fence is None, fence is not None)
    return kept, False


def _continued(reply: str, header: str, name: str) -> Iterator[str]:
    """Header and reply as one text, in the ways in which a body may have been meant: as it stands,
    and where that gives no function, moved to the header's indentation."""
    if not reply.strip():
        return
    margin = " " * _margin(header)
    lines = reply.lstrip("\r\n").rstrip()
    inside = _inside(lines)
    if _anew(dedent(inside), name):
        yield f"{header}\n\n\n{dedent(inside)}\n{lines[len(inside) :]}\n"
    yield f"{header}{reply}" if reply[:1].isspace() else f"{header}\n{reply}"
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


def _anew(written: str, name: str) -> bool:
    """Whether a reply begins by writing the function anew, rather than with one inside of it."""
    if not written.startswith(("def ", "async def ", "@", "from ", "import ")):
        return False
    found = statements(written)
    return asked(found, name) is not None and not any(
        isinstance(each.node, ast.Return) for each in found
    )


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


def _is_indented(reply: str) -> bool:
    """Whether what follows a header is meant for a body."""
    first = next((line for line in reply.splitlines() if line.strip()), "")
    return first[:1].isspace()


def _in_blocks(text: str, header: str, name: str) -> tuple[ProgramReading, bool] | None:
    """The function in the last closed block that defines it, else in an open one."""
    found = blocks(text)
    whole = [statements(block.text) for block in found]
    for n in sorted(range(len(found)), key=lambda n: (found[n].closed, n), reverse=True):
        others = [
            each
            for m, those in enumerate(whole)
            for each in those
            if m != n and defines_only(each.node)
        ]
        result = composed(found[n].text, header, name, others)
        if result is not None:
            reading = _as_read(result.program, found[n])
            return replace(reading, open=result.open and reading.open), True
    defined = re.compile(rf"^(?:async )?def {re.escape(name)}\b", re.MULTILINE)
    for block in reversed(found):
        if defined.search(block.text):  # it does not parse, or was cut
            program = _joined(header, name, block.text.rstrip())
            return _as_read(program, block), False
    for block in reversed(found):
        if re.search(r"^\s*return\b", block.text, re.MULTILINE) and "def " not in block.text:
            for written in _continued(f"\n{block.text}", header, name):
                result = composed(written, header, name)
                if result is not None:
                    return _as_read(result.program, block), True
    return None


def _as_read(program: str, block: Block) -> ProgramReading:
    return ProgramReading(program, block.start, block.end, not block.closed, block.closed)


def _in_text(text: str, header: str, name: str) -> tuple[ProgramReading, bool] | None:
    """The function in a reply without any fence, indented as a whole or not."""
    for each in (text, dedent(text), *_indented(text, name)):
        found = composed(each, header, name)
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
    own = [each.text for each in beside(header, name)]
    return "\n\n".join([*own, code])
