"""What a function's statement shows: its own examples, and the statement without them.

Examples are read from a docstring in the ways in which they are usually written: `>>> f(1)` with
the value on the next line, or `f(1) == 2` with any of several signs on one line. An example whose
value is no literal of Python is left out rather than guessed at.
"""

from __future__ import annotations

import ast
import builtins
import doctest
import inspect
import re
from typing import TypeGuard

from harness.syntax import tree

_SIGN = re.compile(
    r"^\s*(?:#\s*)?(?:==>|==|=>|->|➞|→|should return|should be|returns|return|is)\s*(.+)$"
)
_WORDS = {"true": "True", "false": "False"}
_OPENS = re.compile(r"^\W*(?:(?:for|some)\s+)?(?:examples?|e\.g\.|i\.e\.)\b", re.IGNORECASE)


def examples(docstring: str, name: str) -> tuple[str, ...]:
    """The statement's examples as `assert` statements, each once, in order."""
    results = [*_sessions(docstring, name), *_lines(docstring, name)]
    return tuple(dict.fromkeys(results))


def without_examples(header: str, name: str) -> str:
    """A header whose docstring ends before its first example.

    What follows the examples goes with them: a remark there often speaks of them.
    """
    words = _docstring(header, name)
    if words is None:
        return header
    lines = header.splitlines()
    first, last = words.lineno - 1, (words.end_lineno or 0) - 1
    quote = '"""' if '"""' in lines[first] else "'''"
    for at in range(first, last + 1):
        if ">>>" in lines[at] or f"{name}(" in lines[at] or _OPENS.match(lines[at].strip(" \"'")):
            kept = "\n".join(lines[:at]).rstrip()
            return f"{kept}\n    {quote}" if at > first else kept
    return header


def docstring_of(header: str, name: str) -> str:
    """The docstring of the function of this name; empty where it has none."""
    words = _docstring(header, name)
    return inspect.cleandoc(str(words.value)) if words is not None else ""


def _docstring(header: str, name: str) -> ast.Constant | None:
    """The first words in the function's body; an import may stand before them."""
    for node in ast.walk(tree(f"{header}\n    pass")):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            values = (each.value for each in node.body if isinstance(each, ast.Expr))
            return next((each for each in values if _is_text(each)), None)
    return None


def _is_text(node: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _sessions(docstring: str, name: str) -> list[str]:
    """Examples written as a session of the interpreter."""
    try:
        parsed = doctest.DocTestParser().get_examples(docstring)
    except ValueError:  # a prompt that is not written as doctest wants it
        return []
    made = (_asserted(each.source.strip(), each.want, name) for each in parsed)
    return [line for line in made if line]


def _lines(docstring: str, name: str) -> list[str]:
    """Examples written as a call and its value on one line."""
    made = []
    for line in docstring.splitlines():
        call = _call(line.replace(">>>", ""), name)
        sign = call and _SIGN.match(line.replace(">>>", "")[call[1] :])
        if call and sign:
            made.append(_asserted(call[0], sign[1], name))
    return [line for line in made if line]


def _call(line: str, name: str) -> tuple[str, int] | None:
    """The first call of the function on a line, and where it ends."""
    start = re.search(rf"\b{re.escape(name)}\(", line)
    if start is None:
        return None
    for end in range(start.end(), len(line) + 1):
        if line[end - 1] == ")" and _parses(line[start.start() : end]):
            return line[start.start() : end], end
    return None


def _asserted(call: str, value: str, name: str) -> str | None:
    literal = _literal(value.strip())
    if literal is None or "\n" in call or not _closed(call, name):
        return None
    return f"assert {call} == {literal}"


def _literal(text: str) -> str | None:
    """The literal that a text opens with: whole, or up to a comment, a full stop or a remark."""
    text = text.partition("\n")[0].strip() if not _is_literal(text) else text
    text = _WORDS.get(text.strip(" ."), text)
    for cut in (text.rstrip(".,;"), text, re.split(r"\s+#|\s{2,}|\s+\(|\s+because|\.\s", text)[0]):
        if _is_literal(cut):
            return repr(ast.literal_eval(cut))
    return None


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True


def _closed(call: str, name: str) -> bool:
    """Whether an expression calls the function and names nothing else but builtins."""
    if not _parses(call):
        return False
    names = {node.id for node in ast.walk(tree(call)) if isinstance(node, ast.Name)}
    return name in names and all(each == name or hasattr(builtins, each) for each in names)


def _parses(expression: str) -> bool:
    try:
        body = tree(expression).body
    except (SyntaxError, ValueError):
        return False
    return len(body) == 1 and isinstance(body[0], ast.Expr)
