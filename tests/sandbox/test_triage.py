"""Only what certainly leaves everything as it was may share a process."""

from __future__ import annotations

import pytest

from harness.sandbox.in_worker.triage import assertion, expression, plain_program


@pytest.mark.parametrize(
    "code",
    [
        "def f(x): return x + 1",
        "from typing import *\nimport math\nN = 10 ** 3\ndef f(x: int) -> int:\n    return N",
        "def f(x):\n    def g(y):\n        nonlocal x\n        x += y\n    g(1)\n    return x",
        "def f(x, y=(1, 2), *, z=-1):\n    x.sort(key=lambda v: v[0])\n    return x",
        "def f(x): return x\nif __name__ == '__main__':\n    import os\n    os._exit(0)",
        "def f(x):\n    import collections\n    return collections.Counter(x).most_common(1)",
        "import datetime\ndef f(): return datetime.datetime(2000, 1, 1).day",
        "def f(x): return x\nprint(f(3))\nassert f(1) == 1",
    ],
)
def test_plain_programs(code: str) -> None:
    assert plain_program(code)


@pytest.mark.parametrize(
    "code",
    [
        "def f(x) return",
        "def f(x, seen=[]): return seen",
        "seen = []\ndef f(x): return seen",
        "def f(x):\n    global n\n    n = 1",
        "def f(x):\n    f.calls = 1",
        "import random\ndef f(): return random.random()",
        "import os\ndef f(): os._exit(0)",
        "from os import _exit\ndef f(): _exit(0)",
        "import builtins\nbuiltins.len = None",
        "def f(): __import__('os')._exit(0)",
        "def f(): eval('1')",
        "def f(): exec('import os')",
        "def f(): return f.__globals__",
        "def f(): return [x for x in [1]].__class__",
        "def f(): return (x for x in [1]).gi_frame.f_globals",
        "def f():\n    try: 1 / 0\n    except Exception as e: return e.__traceback__.tb_frame",
        "import statistics\ndef f(): statistics.random.seed(1)",
        "from statistics import random\ndef f(): random.seed(1)",
        "from typing import *\ndef f(): return get_type_hints(f)",
        "import functools\ndef f(g): functools.update_wrapper(f, g)",
        "from functools import lru_cache\n@lru_cache\ndef f(x): return [x]",
        "class A:\n    n = []\ndef f(x): return A().n",
        "def f(x):\n    import sys\n    sys.setrecursionlimit(99)",
        "import string\ndef f(): return string.Formatter()",
        "def f(x, g=lambda y=[]: y): return g()",
        "async def f(): pass",
        "def f(x):\n    del f.x",
        "for i in range(3):\n    x = []",
        "def f(x): setattr(f, 'x', x)",
        "def f(x): return globals()",
        "def f(x): return type(x)('A', (), {})",
    ],
)
def test_programs_that_are_not_plain(code: str) -> None:
    assert not plain_program(code)


@pytest.mark.parametrize(
    "text",
    [
        "assert f(1) == 2",
        "assert f([1, (2, 'x')], key=None)[0][1:] != {'a': {1, 2}}, 'no'",
        "  assert abs(f(1.5) - 2) < 1e-6  ",
        "assert sorted(f(x) for x in range(3)) == [0, 1, 2]",
        "assert f('a').upper() == 'A' and not f(1) is None",
        "assert math.isclose(f(2), 1.41)",
    ],
)
def test_harmless_assertions(text: str) -> None:
    assert assertion(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "assert f(1",
        "f(1) == 2",
        "assert f(1); import os",
        "assert (f := len)",
        "assert exec('x')",
        "assert __import__('os')",
        "assert f.__code__",
        "assert f(1) == open('x')",
        "import builtins",
        "assert " + "[" * 200 + "]" * 200,
        "assert f(" + "1," * 5000 + ")",
    ],
)
def test_assertions_that_run_alone(text: str) -> None:
    assert assertion(text) is None


def test_expressions() -> None:
    assert expression("f([1, 2], 'x')") is not None
    assert expression("f(1) + g") is not None
    assert expression("f(") is None
    assert expression("(x := 1)") is None
    assert expression("x = 1") is None
