"""Values that are not plain: both oracles say of them what CPython says in one process."""

from __future__ import annotations

import pytest

from harness.sandbox.contract import Limits, Oracle, RunAs
from tests.sandbox.conftest import Box

NEEDED = {
    "temporary files": (
        "import os, tempfile\ndef f(x):\n"
        "    with tempfile.TemporaryDirectory() as folder:\n"
        "        with open(os.path.join(folder, 'a'), 'w') as file:\n"
        "            file.write(x)\n"
        "        return open(f'{folder}/a').read(), os.listdir(folder)",
        "f('b') == ('b', ['a'])",
    ),
    "/tmp": (
        "def f(x):\n    open('/tmp/a', 'w').write(x)\n    return open('/tmp/a').read()",
        "f('b') == 'b'",
    ),
    "zones": (
        "import datetime as d\nfrom zoneinfo import ZoneInfo\n"
        "def f(x): return d.datetime(2020, 7, 1, tzinfo=ZoneInfo(x)).utcoffset()",
        "f('Europe/Berlin') == __import__('datetime').timedelta(hours=2)",
    ),
    "sympy": (
        "import sympy\ndef f(x): return sorted(map(int, sympy.factorint(x)))",
        "f(12) == [2, 3]",
    ),
    "sympy's own numbers": (
        "import sympy\ndef f(x): return str(sympy.sqrt(x))",
        "__import__('sympy').sympify(f(8)) == __import__('sympy').sqrt(8)",
    ),
    "a pool of threads": (
        "from multiprocessing.dummy import Pool\ndef f(x):\n"
        "    with Pool(2) as pool:\n        return pool.map(abs, x)",
        "f([-1, -2]) == [1, 2]",
    ),
    "locks of multiprocessing": (
        "import multiprocessing as m\ndef f():\n"
        "    lock, again, two = m.Lock(), m.RLock(), m.Semaphore(2)\n"
        "    with lock, again, again, two, two:\n"
        "        return lock.acquire(False), two.acquire(False), again.acquire(False)",
        "f() == (False, False, True)",
    ),
    "an event loop": (
        "import asyncio\nasync def g(x):\n    await asyncio.sleep(0)\n    return x\n"
        "def f(x): return asyncio.run(g(x))",
        "f(3) == 3",
    ),
    "a database in memory": (
        "import sqlite3\n"
        "def f(): return sqlite3.connect(':memory:').execute('select 1').fetchall()",
        "f() == [(1,)]",
    ),
}
"""What programs and tests may need of the machine."""
RIGHT = {
    "decimal": ("from decimal import Decimal\ndef f(x): return Decimal(x)", "f('1.5') == 1.5"),
    "decimal of many digits": (
        "from decimal import Decimal\ndef f(x): return [Decimal(x)]",
        "str(f('1.10')[0]) == '1.10'",
    ),
    "fraction in a set": (
        "from fractions import Fraction\ndef f(x): return {Fraction(x, 3)}",
        "f(1) == {__import__('fractions').Fraction(1, 3)}",
    ),
    "generator": ("def f(x):\n    yield x\n    yield 2", "list(f(1)) == [1, 2] != f(1)"),
    "generator that is told": (
        "def f():\n    got = yield 1\n    yield got",
        "[(g := f()), next(g), g.send(5)][1:] == [1, 5]",
    ),
    "endless iterator": (
        "import itertools\ndef f(): return itertools.count(3)",
        "[n for n, _ in zip(f(), range(2))] == [3, 4]",
    ),
    "map": ("def f(x): return map(str, x)", "list(f([1, 2])) == ['1', '2']"),
    "zip is not its list": ("def f(x): return zip(x, x)", "f([1]) != [(1, 1)]"),
    "an iterator is a map": ("def f(x): return map(str, x)", "isinstance(f([]), map)"),
    "keys": ("def f(x): return x.keys()", "f({1: 2}) == {1} and list(f({2: 1, 1: 1})) == [2, 1]"),
    "values": ("def f(x): return x.values()", "sorted(f({1: 2})) == [2] and f({}) != []"),
    "items": ("def f(x): return x.items()", "f({1: 2}) == {(1, 2)}"),
    "array": (
        "from array import array\ndef f(x): return array('i', x)",
        "f([1, 2]).tolist() == [1, 2] and f([1]) != [1]",
    ),
    "match": (
        "import re\ndef f(x): return re.match('(a)(?P<n>b)', x)",
        "f('ab').group(1) == 'a' and f('ab')['n'] == 'b' and f('ab') and f('c') is None",
    ),
    "numpy's truth is not True": (
        "import numpy as np\ndef f(x): return np.bool_(x)",
        "f(1) is not True and f(1) == True and not isinstance(f(1), bool)",
    ),
    "numpy array": (
        "import numpy as np\ndef f(x): return np.array(x) * 2.0",
        "(f([[1], [2]]) == [[2], [4]]).all() and f([[1]]).shape == (1, 1)",
    ),
    "array of objects": (
        "import numpy as np\ndef f(x): return np.array([x, None, 'a'], dtype=object)",
        "f([1]).tolist() == [[1], None, 'a']",
    ),
    "complex": ("def f(x): return complex(x, 1)", "f(2) == 2 + 1j"),
    "date": (
        "import datetime as d\ndef f(x): return d.date(x, 1, 2) + d.timedelta(1)",
        "f(2020).isoformat() == '2020-01-03'",
    ),
    "date with a zone": (
        "import datetime as d, zoneinfo\n"
        "def f(x): return d.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo(x))",
        "f('Europe/Berlin').utcoffset().seconds == 3600",
    ),
    "counter": (
        "from collections import Counter\ndef f(x): return Counter(x)",
        "f('aab')['z'] == 0 and f('aab').most_common(1) == [('a', 2)]",
    ),
    "default dict": (
        "from collections import defaultdict\ndef f(): return defaultdict(list, a=[1])",
        "f()['b'] == [] and f() == {'a': [1]}",
    ),
    "ordered dict": (
        "from collections import OrderedDict as D\ndef f(x): return D.fromkeys(x)",
        "f('ab') != f('ba') and f('ab') == {'b': None, 'a': None}",
    ),
    "deque": (
        "from collections import deque\ndef f(x): return deque(x, maxlen=2)",
        "f('abc').popleft() == 'b' and f('abc') != ['b', 'c']",
    ),
    "enum": (
        "from enum import Enum\nclass C(Enum):\n    R = 1\ndef f(): return C.R",
        "f().value == 1 and f().name == 'R' and f() is f() and str(f()) == 'C.R' and f() != 1",
    ),
    "int enum": (
        "from enum import IntEnum\nclass C(IntEnum):\n    R = 1\ndef f(): return C.R",
        "f() == 1 and f().name == 'R' and [0, 7][f()] == 7",
    ),
    "named tuple": (
        "from typing import NamedTuple\nclass P(NamedTuple):\n    a: int\n    b: int = 2\n"
        "def f(x): return P(x)",
        "f(1).a == 1 and f(1) == (1, 2) and type(f(1)) is not tuple and f(1)._asdict()['b'] == 2",
    ),
    "data class": (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    a: int\n"
        "def f(x): return P(x)",
        "f(1).a == 1 and repr(f(1)) == 'P(a=1)' and f(1) != 1 and f(1) not in [1, (1,)]",
    ),
    "subclass of list": (
        "class L(list):\n    def total(self): return sum(self)\ndef f(x): return L(x)",
        "f([1, 2]) == [1, 2] and f([3]).total() == 3 and type(f([])) is not list",
    ),
    "subclass of str": (
        "class S(str):\n    def __len__(self): return 7\ndef f(x): return S(x)",
        "f('a') == 'a' and len(f('a')) == 7 and f('a') + 'b' == 'ab'",
    ),
    "an object's own length and truth": (
        "class A:\n    def __len__(self): return 0\ndef f(): return A()",
        "len(f()) == 0 and not f()",
    ),
    "an object is itself alone": (
        "class A: pass\na = A()\ndef f(): return a\ndef g(x): return x is a",
        "f() is f() and f() == f() and f() != 1 and g(f())",
    ),
    "an object that is changed": (
        "class N:\n    def __init__(self, v): self.v, self.left = v, None\n"
        "def total(n): return 0 if n is None else n.v + total(n.left)\nf = N",
        "[(n := f(1)), setattr(n, 'left', f(2)), total(n)][2] == 3",
    ),
    "closure": (
        "def f(x):\n    def g(y): return x + y\n    return g",
        "f(1)(2) == 3 and callable(f(1))",
    ),
    "a class itself": ("def f(x): return type(x)", "f(1) is int and f([]) is not tuple"),
    "a slice and dots": ("def f(): return slice(1, 2), ...", "f() == (slice(1, 2), ...)"),
    "path": (
        "from pathlib import Path\ndef f(x): return Path(x).parent",
        "str(f('/a/b')) == '/a' and f('/a/b').name == 'a'",
    ),
    "the same list": (
        "def f(x):\n    x.append(x[0])\n    return x",
        "[(a := [[1]]), (b := f(a)), a is b and a[0] is a[1] and len(a) == 2][2]",
    ),
    "another list": ("def f(x): return list(x)", "[(a := [1]), f(a) is not a][1]"),
    "a list inside a list that is changed": (
        "def f(x): x['a'].append(2)",
        "[(a := {'a': [1]}), (b := a['a']), f(a), b == [1, 2]][3]",
    ),
    "a list twice": ("def f(): return [[0] * 2] * 2", "[(a := f()), a[0] is a[1]][1]"),
    "functions and iterators of the tests": (
        "def f(g, x): return [g(y) for y in x]",
        "f(lambda y: y + 1, iter([1, 2])) == [2, 3]",
    ),
    "exceptions of the tests' functions": (
        "def f(g):\n    try:\n        g()\n    except ZeroDivisionError:\n        return 'caught'",
        "f(lambda: 1 // 0) == 'caught'",
    ),
    "numbers of the library as arguments": (
        "def f(x): return x * 2",
        "f(__import__('decimal').Decimal('1.5')) == 3",
    ),
    "order of a set": (
        "def f(x): return set(x)",
        "list(f([9, 1, 8, 17])) == list({9, 1, 8, 17})",
    ),
}
WRONG = {
    "numpy's truth": ("import numpy as np\ndef f(x): return np.bool_(x)", "f(1) is True"),
    "a generator is no list": ("def f(x):\n    yield x", "f(1) == [1]"),
    "values are no list": ("def f(x): return x.values()", "f({1: 2}) == [2]"),
    "the same list where a copy is asked for": (
        "def f(x): return x",
        "[(a := [1]), f(a) is not a][1]",
    ),
    "a subclass where a list is asked for": (
        "class L(list): pass\ndef f(x): return L(x)",
        "type(f([])) is list",
    ),
    "an array compared as a whole": (
        "import numpy as np\ndef f(x): return np.array(x)",
        "f([1, 2]) == [1, 2]",
    ),
    "an object is no number": ("class A: pass\ndef f(): return A()", "f() == 1"),
}


@pytest.mark.parametrize("oracle", Oracle)
@pytest.mark.parametrize("case", RIGHT)
def test_what_cpython_passes_passes(box: Box, case: str, oracle: Oracle) -> None:
    code, test = RIGHT[case]
    outcome = box.check(code, f"assert {test}", oracle=oracle)
    assert outcome.passed, outcome


@pytest.mark.parametrize("run_as", [RunAs.EXEC, RunAs.SCRIPT])
def test_so_it_does_however_a_program_is_run(box: Box, run_as: RunAs) -> None:
    for code, test in RIGHT.values():
        outcome = box.check(code, f"assert {test}", run_as=run_as)
        assert outcome.passed, (test, outcome)


@pytest.mark.parametrize("oracle", Oracle)
@pytest.mark.parametrize("case", NEEDED)
def test_what_tests_may_need_is_there(box: Box, case: str, oracle: Oracle) -> None:
    code, test = NEEDED[case]
    outcome = box.check(code, f"assert {test}", oracle=oracle, limits=Limits())
    assert outcome.passed, outcome


@pytest.mark.parametrize("oracle", Oracle)
@pytest.mark.parametrize("case", WRONG)
def test_what_cpython_fails_fails(box: Box, case: str, oracle: Oracle) -> None:
    code, test = WRONG[case]
    assert box.check(code, f"assert {test}", oracle=oracle).verdict in ("failed", "error")


FORGED = {
    "equals everything": ("__eq__", "f() == 5"),
    "differs from nothing": ("__ne__", "not f() != 5"),
    "contains everything": ("__contains__", "5 in f()"),
    "is less than everything": ("__lt__", "f() < 5"),
    "is greater, seen from the other side": ("__gt__", "5 < f()"),
    "leaves no difference": ("__sub__", "f() - 5 == 0"),
    "leaves none from the other side": ("__rsub__", "5 - f() == 0"),
    "has everything in common": ("__and__", "f() & {5}"),
}


@pytest.mark.parametrize("case", FORGED)
@pytest.mark.parametrize("caught", [False, True])
def test_no_object_of_a_program_judges(box: Box, case: str, caught: bool) -> None:
    """Whatever its methods say of a value of the tests, and whatever tests catch."""
    method, test = FORGED[case]
    says = "False" if method == "__ne__" else "0" if "sub" in method else "True"
    own = f"    def {method}(self, other): return {says}\n    __hash__ = None\n"
    code = f"class A:\n{own}def f(): return A()"
    suite = f"assert {test}"
    if caught:
        suite = f"try:\n    {suite}\nexcept BaseException:\n    pass"
    outcome = box.check(code, suite)
    assert (outcome.verdict, "A is not plain data" in outcome.detail) == ("error", True), outcome


@pytest.mark.parametrize(
    "base", ["int", "str", "list", "tuple", "dict", "set", "frozenset", "float"]
)
def test_a_subclass_compares_as_what_it_holds(box: Box, base: str) -> None:
    methods = "".join(
        f"    def {name}(self, *a): return True\n" for name in ("__eq__", "__contains__", "__lt__")
    )
    code = f"class A({base}):\n{methods}    __hash__ = None\ndef f(): return A()"
    for test in ("f() == 5", "f() == [5]", "f() in (5, [5])", "f() == {5}", "[f()] == [5]"):
        assert box.check(code, f"assert {test}").verdict == "failed"


def test_a_program_cannot_reach_into_what_it_was_lent(box: Box) -> None:
    code = """
def f(g):
    try:
        return g.__globals__['ANSWER']
    except (AttributeError, KeyError):
        return None
"""
    tests = "ANSWER = 41\ndef g(): return 0\nassert f(g) == 41"
    assert box.check(code, tests).verdict == "failed"
