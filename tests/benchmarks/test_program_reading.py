"""Which part of what a model wrote is the program: whole kinds of tails, fences and layouts.

What must not be run would be seen: programs are run here as they were read, in this process, with
names that fail the test when they are called.
"""

from __future__ import annotations

from textwrap import dedent, indent
from typing import Any

import pytest

from benchmarks.program_reading import read_program
from benchmarks.programs import canonical_program, shown
from harness.contracts.program import FunctionStub

HEADER = '''from typing import List


def double_all(xs: List[int]) -> List[int]:
    """Twice each number.

    >>> double_all([1])
    [2]
    """'''
BODY = """
    result = []
    for x in xs:
        result.append(2 * x)
    return result"""
STUB = shown(HEADER, "double_all")
RIGHT = canonical_program(HEADER + BODY)
FUNCTION = HEADER.partition("\n\n\n")[2] + BODY

TAILS = {
    "assert": [
        "\n\n\nassert double_all(1) == 1\n",
        "\nassert False\n",
        "\n\nassert double_all([1]) == [3], 'wrong'\n",
        "\n\nassert (\n    double_all([1])\n    == [5]\n)\n",
    ],
    "prose": [
        "\n\nThis function walks over the string once.\n",
        "\n\nIt's done (see above.\n",
        "\n\nExplanation: for each x, we double it.\n",
        "\n\n1. First a list is made.\n2. Then it is returned.\n",
        "\n\nYou can \"call it like this: '''\n",
    ],
    "import": [
        "\n\nimport sys\nsys.exit(3)\n",
        "\n\nimport sys; sys.exit(3)\n",
        "\n\nfrom os import _exit\n_exit(1)\n",
        "\n\nimport there_is_no_such_module\n",
    ],
    "loop": [
        "\n\nfor i in range(10):\n    print(solve(i))\n",
        "\n\nfor x in double_all([1]): raise ValueError\n",
        "\n\nfor _ in iter(int, 1):\n    pass\nelse:\n    print(1)\n",
        "\n\nwhile True:\n    pass\n",
        "\n\nwhile 1: pass\n",
        "\n\nwhile double_all([1]):\n    x = 1\n",
    ],
    "input": [
        "\n\nx = int(input())\nprint(double_all(x))\n",
        "\n\nxs = list(map(int, input().split()))\n",
        "\n\nprint(double_all(eval(input('xs: '))))\n",
        "\nresult = input()\n",
    ],
    "call": [
        "\n\nprint(double_all([1]))\n",
        "\n\ndouble_all(None)\n",
        "\n\nif __name__ == '__main__':\n    raise SystemExit(1)\n",
        "\n\nif __name__ == '__main__':\n    import doctest\n    doctest.testmod()\n",
        "\n\ntry:\n    double_all(3)\nexcept TypeError:\n    raise\n",
        "\n\nwith open('/etc/passwd') as f:\n    print(f)\n",
        "\n\nraise ValueError\n",
        "\n\ndel double_all\n",
    ],
    "end token": [
        "<|endoftext|>",
        "<|im_end|>",
        "</s>",
        "\n<|eot_id|><|start_header_id|>user<|end_header_id|>\nAnd now?",
        "<fim_middle>",
        "<|fim_prefix|>import os",
        "\n<file_sep>\ndef double_all(xs):\n    return 1\n",
        "<end_of_turn>\n<start_of_turn>user",
        "<｜end▁of▁sentence｜>",
        "\n<EOT>",
    ],
    "fence": [
        "\n```",
        "\n    ```\n",
        "\n```\n\nThis works since it's (doubled.\n",
        "\n  ```\n```python\nprint(1)\n```\n",
        "\n~~~\n",
        "\n````\n",
    ],
    "definition": [
        "\n\ndef main():\n    print(double_all([1]))\n",
        "\n\nclass Tests:\n    def double_all(self):\n        return 1\n",
        "\n\ndef double_all(xs):\n    pass\n",
        "\n\ndef double_all(xs):\n    '''Twice each number.'''\n",
        "\n\n@there_is_no_decorator\ndef other():\n    pass\n",
    ],
    "cut": [
        "\n\ndef other(x",
        "\n\ndef other(x):\n    return (",
        "\n\ndef double_all(xs):\n    for x in",
        "\n\n'''\nIt is",
        "\n    print(",
        "\n\nassert double_all([",
    ],
}
EACH_TAIL = [
    pytest.param(tail, id=f"{k}-{n}") for k, v in TAILS.items() for n, tail in enumerate(v)
]


def read(text: str, stub: FunctionStub = STUB) -> str | None:
    found = read_program(text, stub)
    return found.program if found else None


def same(text: str) -> bool:
    program = read(text)
    return program is not None and canonical_program(program) == RIGHT


def run(program: str, name: str = "double_all") -> Any:
    names: dict[str, Any] = {"__name__": "candidate"}
    exec(program, names)
    return names[name]


@pytest.mark.parametrize("tail", EACH_TAIL)
class TestTails:
    def test_after_a_body_are_left_out(self, tail: str) -> None:
        assert same(HEADER + BODY + tail)

    def test_after_a_whole_function_are_left_out(self, tail: str) -> None:
        assert same(f"{HEADER}{BODY}{tail}")
        assert same(f"Here it is:\n\n{FUNCTION}{tail}")

    def test_within_a_block_are_left_out(self, tail: str) -> None:
        assert same(f"Sure! It's easy:\n```python\n{FUNCTION}{tail}\n```\nThat is all.")

    def test_after_a_block_are_left_out(self, tail: str) -> None:
        assert same(f"```python\n{FUNCTION}\n```{tail}")


LAYOUTS = {
    "deeper": indent(BODY, "    "),
    "shallower": "\n" + indent(dedent(BODY).strip(), "  "),
    "at the margin": "\n" + dedent(BODY).strip(),
    "first line at the margin": "\n" + BODY.strip(),
    "no new line": BODY.strip(),
    "no new line, indented": BODY.lstrip("\n"),
    "tabs": BODY.replace("    ", "\t"),
    "blank lines": "\n\n" + BODY,
    "carriage returns": BODY.replace("\n", "\r\n"),
    "anew": f"\n\n\n{FUNCTION}",
    "anew with its imports": f"\n\n\n{HEADER}{BODY}",
    "anew, indented": "\n" + indent(FUNCTION, "    "),
    "anew in a block": f"\n```\nHere it is:\n```python\n{FUNCTION}\n```\n",
    "anew in a block after the body's": f"{BODY}\n```\nOnce more:\n```python\n{FUNCTION}\n```\n",
    "pass, then anew": f"\n    pass\n\n\n{FUNCTION}",
}


@pytest.mark.parametrize("reply", LAYOUTS.values(), ids=LAYOUTS)
def test_a_reply_to_a_header_may_be_laid_out_otherwise(reply: str) -> None:
    assert same(HEADER + reply)
    assert same(f"{HEADER}{reply}\n\nassert False\n")


def block(code: str, language: str = "python") -> str:
    return f"```{language}\n{code}\n```"


REPLIES = {
    "block": block(FUNCTION),
    "other names of the language": block(FUNCTION, "py"),
    "none": block(FUNCTION, ""),
    "open": f"```python\n{FUNCTION}\n",
    "prose around": f"Well (it's easy:\n\n{block(FUNCTION)}\n\nIt doubles 'em.",
    "in a list": f"1. Do this:\n   {indent(block(FUNCTION), '   ').strip()}\n2. Done.",
    "indented": indent(block(FUNCTION), "    "),
    "after words on the line": f"Here: {block(FUNCTION)}",
    "code on the fence's line": f"```{FUNCTION}\n```",
    "tildes": f"~~~python\n{FUNCTION}\n~~~",
    "four ticks": f"````python\n{FUNCTION}\n````",
    "a wrong one first": f"{block(FUNCTION.replace('2 * x', '3 * x'))}\nNo:\n{block(FUNCTION)}",
    "a call in a later one": f"{block(FUNCTION)}\n{block('print(double_all([1]))')}",
    "an open one later": f"{block(FUNCTION)}\nOr:\n```python\ndef double_all(xs):\n    return",
    "output in a later one": f"{block(FUNCTION)}\n{block('[2, 4]', '')}",
    "the body alone": block(BODY.strip("\n")),
    "no fence": f"The function:\n\n{FUNCTION}\n\nIt works.",
    "no fence, indented": indent(FUNCTION, "    "),
    "with its imports": block(HEADER + BODY),
    "a stub first": block(f"{HEADER}\n    pass\n\n\n{FUNCTION}"),
    "begin token": f"<s>{block(FUNCTION)}",
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_a_whole_reply_is_read(reply: str) -> None:
    assert same(reply)


NEEDED = {
    "helper before": "def twice(x):\n    return 2 * x\n\n\n{}",
    "helper after": "{}\n\n\ndef twice(x):\n    return 2 * x\n",
    "helper's own helper": "{}\n\ndef twice(x):\n    return add(x, x)\n\n"
    "def add(a, b):\n    return a + b",
    "constant": "TWO = 2\n\n{}\n\ndef twice(x):\n    return TWO * x",
    "made by a call": "TWO = max([1, 2])\ntwice = lambda x: TWO * x\n{}",
    "import": "from operator import mul\n{}\ndef twice(x):\n    return mul(2, x)",
    "import after": "{}\nimport operator as op\ndef twice(x):\n    return op.mul(2, x)",
    "class": "class Two:\n    def twice(self, x):\n        return 2 * x\n\n"
    "twice = Two().twice\n\n{}",
    "tried import": "try:\n    from math import prod\nexcept ImportError:\n    prod = None\n\n{}\n"
    "def twice(x):\n    return prod([2, x])",
    "twice defined": "def twice(x):\n    return 3 * x\n\ndef twice(x):\n    return 2 * x\n\n{}",
    "future": "from __future__ import annotations\n\ndef twice(x) -> Any:\n    return 2 * x\n{}",
    "decorated": "import functools\n\n@functools.cache\ndef twice(x):\n    return 2 * x\n\n{}",
}
USES = "def double_all(xs: List[int]) -> List[int]:\n    return [twice(x) for x in xs]\n"


@pytest.mark.parametrize("code", NEEDED.values(), ids=NEEDED)
def test_what_a_function_needs_comes_with_it(code: str) -> None:
    noisy = code.format(f"{USES}\nprint(double_all(None))\n")
    for text in (block(noisy), noisy, f"{HEADER}\n    pass\n\n\n{noisy}"):
        program = read(text)
        assert program is not None
        assert run(program)([1, 2]) == [2, 4]


def test_a_class_that_stands_before_stays_since_arguments_may_be_made_of_it() -> None:
    node = "class Node:\n    def __init__(self, x):\n        self.x = x\n"
    function = "def double_all(xs):\n    return [2 * node.x for node in xs]\n"
    program = read(block(f"{node}\nclass Other(Unknown):\n    pass\n\n{function}"))
    assert program is not None
    made = run(program, "Node")
    assert run(program)([made(1), made(2)]) == [2, 4]


def test_what_stands_in_another_block_comes_too() -> None:
    helper = block("def twice(x):\n    return 2 * x\n\nprint(twice(None) + 1)")
    for text in (f"{helper}\nThen:\n{block(USES)}", f"{block(USES)}\nwith\n{helper}"):
        program = read(text)
        assert program is not None
        assert run(program)([3]) == [6]


WITH_HELPER = shown(
    "import math\n\n\ndef poly(cs, x):\n"
    "    return sum(c * math.pow(x, n) for n, c in enumerate(cs))"
    '\n\n\ndef at_two(cs):\n    """The value at two."""',
    "at_two",
)


def test_what_else_the_header_holds_stays() -> None:
    written = "def at_two(cs):\n    return poly(cs, 2)"
    for text in (f"{WITH_HELPER.header}\n    return poly(cs, 2)", written, block(written)):
        program = read(text, WITH_HELPER)
        assert program is not None
        assert run(program, "at_two")([1, 1]) == 3
        assert run(program, "poly")([1, 1], 3) == 4
    unused = read(block("def at_two(cs):\n    return 3"), WITH_HELPER)
    assert unused is not None
    assert run(unused, "poly")([1, 1], 3) == 4  # hidden tests may call it


def test_a_helper_that_was_written_anew_is_the_model_s() -> None:
    code = "def poly(cs, x):\n    return 7\n\ndef at_two(cs):\n    return poly(cs, 2)"
    program = read(block(code), WITH_HELPER)
    assert program is not None
    assert run(program, "at_two")([1]) == 7


def test_the_last_definition_with_a_body_counts() -> None:
    one, two = (f"def double_all(xs):\n    return {n}\n" for n in (1, 2))
    for text in (f"{one}\n{two}", f"{HEADER}\n    return 1\n\n\n{two}", block(one + two)):
        program = read(text)
        assert program is not None
        assert run(program)([]) == 2
    program = read(f"{one}\n\nclass Other:\n    def double_all(self):\n        return 3\n")
    assert program is not None
    assert run(program)([]) == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("def double_all(xs):\n    a = 1\n# why\n    return a", 1),
        ("def double_all(xs):\n    a = '''\nprint(1)\ndef f(\n'''\n    return len(a)", 17),
        ("def double_all(xs):\n    return len('</s>')", 4),
        ("def double_all(xs):\n    return len('''<|im_end|>''')", 10),
        ("def double_all(\n  xs,\n):\n    return max(\n1,\n2,\n)", 2),
        ("double_all = lambda xs: 5", 5),
        (
            "def double_all(xs):\n    if xs:\n        return 1\n    else:\n        return 0\n x",
            0,
        ),
        ("def double_all(xs):\n    é = 'é'; return len('é' + é)", 2),
    ],
)
def test_code_is_read_as_python_reads_it(text: str, value: int) -> None:
    program = read(text)
    assert program is not None
    assert run(program)([]) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot do that.",
        block("print(1)"),
        block("class A:\n    def double_all(self, xs):\n        return xs"),
        HEADER,
        f"{HEADER}\n",
        f"{HEADER}\n\nIt doubles numbers.",
        f"{HEADER}\n```\n",
        f"{HEADER}<|endoftext|>",
    ],
)
def test_where_nothing_was_written_there_is_no_program(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("written", "opened"),
    [
        ("\n    for x in xs:\n        resu", True),
        ("\n    for x in xs:\n        if x >", True),
        ("\n    return xs", True),
        ("\n    return xs\n", False),
        ("\n    if xs:\n        return xs\n", True),
        ("\n    if xs:\n        return xs\n    raise ValueError\n", False),
        ("\n    xs.sort()\n\nprint(", False),
        ("\n    xs.sort()\n```", False),
        ("\n    xs.sort()<|endoftext|>", False),
        ("\n    return twice(xs)\n\n\ndef twice(xs):\n    xs = [", False),
        ("\n    return twice(xs)\n\n\ndef twice(xs):\n    xs = 1", True),
    ],
)
def test_a_text_that_might_go_on_says_so(written: str, opened: bool) -> None:
    found = read_program(HEADER + written, STUB)
    assert found is not None
    assert found.open is opened


def test_a_function_that_is_cut_or_wrong_is_kept_and_fails() -> None:
    for body in (
        "\n    for x in xs:\n        if x >",
        "\n    return xs[",
        "\n    a = = 1\n    return a",
    ):
        program = read(HEADER + body)
        assert program == HEADER + body
        with pytest.raises(SyntaxError):
            compile(program, "program", "exec")
    cut = read(f"```python\n{HEADER}\n    return xs[")
    assert cut is not None
    with pytest.raises(SyntaxError):
        compile(cut, "program", "exec")


def test_a_reading_says_where_the_answer_stands() -> None:
    text = f"Sure.\n{block(FUNCTION)}\nDone."
    found = read_program(text, STUB)
    assert found is not None
    assert text[found.start : found.end] == f"{block(FUNCTION)}\n"
    assert found.block
    bare = read_program(f"{FUNCTION}\n\nDone.", STUB)
    assert bare is not None
    assert (f"{FUNCTION}\n\nDone."[bare.start : bare.end], bare.block) == (FUNCTION, False)


@pytest.mark.parametrize("text", ["(" * 5000, "def double_all(" * 300, "'''\n" * 501, "\x00\ud800"])
def test_hopeless_texts_are_read_quickly(text: str) -> None:
    read(text)
    read(HEADER + "\n" + text)
    read("\n".join(["```", text] * 3))
