"""What a name means when tests ask for it, and what is true: each as CPython itself says.

The full differential test found a deleted function that passed, and members of enumerations whose
truth was another: their kinds, with verdicts by `exec` in this process beside them.
"""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from harness.sandbox.contract import Oracle, RunAs
from tests.sandbox.conftest import Box

NAMES = {
    "deleted": "def f(): return 1\ndel f",
    "deleted by a dictionary": "def f(): return 1\ndel globals()['f']",
    "taken out": "def f(): return 1\nglobals().pop('f')",
    "deleted in the end": "try:\n    def f(): return 1\nfinally:\n    del f",
    "deleted as an exception's name": (
        "def f(): return 1\ntry:\n    1 / 0\nexcept ZeroDivisionError as f:\n    pass"
    ),
    "deleted by another": "def f(): return 1\ndef g():\n    global f\n    del f\ng()",
    "deleted by itself": "def f():\n    global f\n    del f\n    return 1",
    "deleted and made again": "def f(): return 2\ndel f\ndef f(): return 1",
    "bound again to itself": "def f(): return 1\nf = f",
    "another's name": "def g(): return 1\nf = g\ndel g",
    "made twice": "def f(): return 2\ndef f(): return 1",
    "a number": "def f(): return 1\nf = 3",
    "nothing": "def f(): return 1\nf = None",
    "a module": "def f(): return 1\nimport math as f",
    "a class": "class f:\n    def __new__(cls): return 1",
    "an instance that is called": "class C:\n    def __call__(self): return 1\nf = C()",
    "a class that is called": "class f: pass",
    "a loop's": "for f in [lambda: 2, lambda: 1]: pass",
    "a comprehension's": "[f for f in [lambda: 1]]",
    "bound in passing": "[(f := g) for g in [lambda: 1]]",
    "rebound by itself": "def f():\n    global f\n    f = None\n    return 1",
    "rebound to what is right": "def f():\n    global f\n    f = lambda: 1\n    return 2",
    "partial": "from functools import partial\nf = partial(int, '1')",
    "never bound": "if 0:\n    def f(): return 1",
    "bound in a class": "class C:\n    def f(): return 1",
}
ONCE, TWICE = "assert f() == 1", "assert f() == 1\nassert f() == 1"

TRUTH = {
    "a member of value 0": "from enum import Enum\nclass C(Enum):\n    A = 0\nv = C.A",
    "a member": "from enum import Enum\nclass C(Enum):\n    A = 1\nv = C.A",
    "a number's member": "from enum import IntEnum\nclass C(IntEnum):\n    A = 0\nv = C.A",
    "a text's member": "from enum import StrEnum\nclass C(StrEnum):\n    A = ''\nv = C.A",
    "no flag": "from enum import Flag\nclass C(Flag):\n    A = 1\nv = C.A & C(0)",
    "a flag": "from enum import Flag\nclass C(Flag):\n    A = 1\nv = C.A",
    "no flag of numbers": "from enum import IntFlag\nclass C(IntFlag):\n    A = 1\nv = C(0)",
    "a member that decides": (
        "from enum import Enum\nclass C(Enum):\n    A = 1\n    def __bool__(self): return False\n"
        "v = C.A"
    ),
    "a member of no length": (
        "from enum import Enum\nclass C(Enum):\n    A = 1\n    def __len__(self): return 0\nv = C.A"
    ),
    "an enumeration": "from enum import Enum\nclass v(Enum):\n    A = 0",
    "an enumeration of nothing": "from enum import Enum\nclass v(Enum): pass",
    "an object": "class C: pass\nv = C()",
    "a false object": "class C:\n    def __bool__(self): return False\nv = C()",
    "a true object of no length": (
        "class C:\n    def __bool__(self): return True\n    def __len__(self): return 0\nv = C()"
    ),
    "an object of no length": "class C:\n    def __len__(self): return 0\nv = C()",
    "an object of some length": "class C:\n    def __len__(self): return 3\nv = C()",
    "a truth that is a number": "class C:\n    def __bool__(self): return 1\nv = C()",
    "a truth that raises": "class C:\n    def __bool__(self): raise ValueError\nv = C()",
    "a length below nothing": "class C:\n    def __len__(self): return -1\nv = C()",
    "a false class": (
        "class M(type):\n    def __bool__(self): return False\nclass v(metaclass=M): pass"
    ),
    "a false list": "class C(list):\n    def __bool__(self): return False\nv = C([1])",
    "a true list": "class C(list):\n    def __bool__(self): return True\nv = C()",
    "a list of no length": "class C(list):\n    def __len__(self): return 0\nv = C([1])",
    "a subclass of a number": "class C(int): pass\nv = C(0)",
    "a true zero": "class C(int):\n    def __bool__(self): return True\nv = C(0)",
    "a false data class": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int = 0\n"
        "    def __bool__(self): return bool(self.a)\nv = C()"
    ),
    "an empty named tuple": "from collections import namedtuple\nv = namedtuple('P', '')()",
    "an empty counter": "from collections import Counter\nv = Counter()",
    "a counter of zeros": "from collections import Counter\nv = Counter(a=0)",
    "an empty range": "v = range(0)",
    "a generator of nothing": "v = (x for x in ())",
    "an empty view": "v = {}.keys()",
    "a decimal zero": "from decimal import Decimal\nv = Decimal('0.00')",
    "a fraction": "from fractions import Fraction\nv = Fraction(0, 3)",
    "no time": "import datetime\nv = datetime.timedelta(0)",
    "midnight": "import datetime\nv = datetime.time(0)",
    "no number": "v = float('nan')",
    "minus zero": "v = -0.0",
    "a false bit": "import numpy as np\nv = np.bool_(False)",
    "a zero of the library": "import numpy as np\nv = np.float64(0)",
    "an array of one zero": "import numpy as np\nv = np.zeros(1)",
    "an array of several": "import numpy as np\nv = np.zeros(2)",
    "a function": "def v(): return 0",
    "dots": "v = ...",
}
ASKED = (
    "assert f()",
    "assert not f()",
    "assert (f() or 7) is not 7",
    "assert (7 if f() else 8) == 8",
)


def cpython(code: str, tests: str) -> bool:
    """Whether the tests hold where both are executed in one module."""
    module = sys.modules["candidate"] = ModuleType("candidate")
    try:
        exec(code, vars(module))
        exec(tests, vars(module))
    except Exception:
        return False
    finally:
        del sys.modules["candidate"]
    return True


@pytest.mark.parametrize("oracle", Oracle)
@pytest.mark.parametrize("run_as", [RunAs.MODULE, RunAs.EXEC])
def test_a_name_is_what_it_is_when_it_is_asked_for(box: Box, oracle: Oracle, run_as: RunAs) -> None:
    wrong = {
        (case, tests): outcome
        for case, code in NAMES.items()
        for tests in (ONCE, TWICE)
        for outcome in [box.check(code, *tests.splitlines(), oracle=oracle, run_as=run_as)]
        if outcome.passed != cpython(code, tests)
    }
    assert not wrong


@pytest.mark.filterwarnings('ignore:"is not" with')
@pytest.mark.parametrize("oracle", Oracle)
def test_what_is_true_is_what_cpython_takes_for_true(box: Box, oracle: Oracle) -> None:
    wrong = {
        (case, tests): outcome
        for case, made in TRUTH.items()
        for code in [f"{made}\ndef f(): return v"]
        for tests in ASKED
        for outcome in [box.check(code, tests, oracle=oracle)]
        if outcome.passed != cpython(code, tests)
    }
    assert not wrong
