"""Programs that parse, tests and outlines of functions, read off the header that stands open."""

from __future__ import annotations

import re
from random import Random

_HEADER = re.compile(
    r"def (?P<name>\w+)\((?P<arguments>[^()]*(?:\([^()]*\)[^()]*)*)\)[^\n:]*:"
    r"(?:\s*(?P<quote>\"\"\"|''')(?:(?!(?P=quote)).)*(?P=quote))?\s*\Z",
    re.DOTALL,
)
"""A function's header with its docstring, at the end of a prompt."""
_ASSERT = re.compile(r"# check the correctness of (?P<name>\w+)\nassert \Z")
_ASKED = re.compile(
    r"Write assert statements .*# check the correctness of (?P<name>\w+)", re.DOTALL
)
_OUTLINE = re.compile(r"^(?P<name>\w+)\((?P<arguments>[^()\n]*)\):\Z", re.MULTILINE)
_BROKEN_DOWN = "Write a line for each function"
_DEFINED = r"def {}\(([^()]*(?:\([^()]*\)[^()]*)*)\)"
_ARGUMENT = re.compile(r"(?:^|,)\s*\*{0,2}(\w+)")
VALUES = ("0", "1", "2", "[3, 1, 2]", "'ab'", "[]", "True")


def body(prompt: str, random: Random) -> str | None:
    """The rest of the function whose header ends the prompt; a few do not parse, or raise."""
    header = _HEADER.search(prompt)
    if header is None:
        return None
    names = _ARGUMENT.findall(header["arguments"]) or ["None"]
    first, last = names[0], names[-1]
    lines = (
        f"return {first}",
        f"return {last}",
        f"return sorted({first})",
        f"return len({first})",
        f"result = {first}\n    return result",
        f"return {random.choice(VALUES)}",
        f"return {first}[0",
        f"return {first} + {last}",
    )
    return f"\n    {random.choice(lines)}\n"


def assertion(prompt: str, random: Random) -> str | None:
    """The rest of an assertion on a function of the prompt, and one more; both in a block where
    they are asked for in a turn."""
    opened = _ASSERT.search(prompt)
    asked = opened or _ASKED.search(prompt)
    if asked is None:
        return None
    name = asked["name"]
    result = re.findall(_DEFINED.format(re.escape(name)), prompt)
    number = len(_ARGUMENT.findall(result[-1])) if result else 1

    def claim() -> str:
        given = ", ".join(random.choice(VALUES) for _ in range(number))
        return f"({given}) == {random.choice(VALUES)}"

    claims = f"{name}{claim()}\nassert {name}{claim()}\n"
    return claims if opened else f"```python\nassert {claims}```"


def outline(prompt: str, random: Random) -> str | None:
    """What a function comes to, and a smaller one that it calls."""
    opened = _OUTLINE.search(prompt)
    if opened is None and _BROKEN_DOWN in prompt:  # in a turn of its own
        header = re.search(_DEFINED.format(r"(\w+)"), prompt[prompt.rfind("```python") :])
        begun = header and f"{header[1]}({header[2]}):"
        opened = _OUTLINE.search(begun) if begun else None
    if not opened:
        return None
    arguments = opened["arguments"] or "x"
    first = arguments.split(",")[0].strip()
    message = random.choice(("the result for", "the sum over", "the largest of"))
    return f" {message} {arguments}\n    part_of_{opened['name']}({first}): {message} {first}\n"
