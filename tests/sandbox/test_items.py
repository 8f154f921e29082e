"""Many untrusted assertions or expressions on one program: each is judged by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.sandbox.contract import PER_ITEM, Oracle
from tests.sandbox.conftest import Box

PLAIN = "def f(x):\n    while x == 'loop': pass\n    return x + 1"
STATEFUL = "calls = []\ndef f(x):\n    calls.append(x)\n    return len(calls)"


def test_each_assertion_has_its_own_verdict(box: Box) -> None:
    asserts = ["assert f(1) == 2", "assert f(1) == 3", "assert f('a') == 1", "assert f(2) == 3"]
    assert box.asserts(PLAIN, asserts) == ["passed", "failed", "error", "passed"]


@pytest.mark.parametrize(
    ("bad", "verdict"),
    [
        ("assert f('loop') == 1", "timeout"),
        ("assert f(bytearray(10 ** 9)) == 1", "memory"),
        ("import os; os._exit(0)", "killed"),
        ("import os; os.kill(os.getppid(), 9)", "refused"),
        ("import ctypes; ctypes.string_at(0)", "killed"),
        ("assert (lambda: [x for x in iter(int, 1)])()", "timeout"),
        (
            "import builtins; builtins.len = builtins.AssertionError = None; assert f(1) == 2",
            "error",
        ),
        ("f = lambda x: 2; assert f(7) == 2", "passed"),
        ("import sys; sys.modules.clear(); assert f(1) == 3", "failed"),
        ("assert f(1) ==", "error"),
        ("raise SystemExit(0)", "error"),
        ("assert f(1) == 2; import threading; threading.Thread(target=print).start()", "passed"),
    ],
)
def test_a_bad_assertion_costs_itself_alone(box: Box, bad: str, verdict: str) -> None:
    asserts = [
        "assert f(1) == 2",
        bad,
        "assert f(2) == 3",
        "assert f(7) == 2",
        "assert len('a') == 1",
    ]
    limits = replace(PER_ITEM, memory_bytes=256 << 20)
    result = box.asserts(PLAIN, asserts, limits=limits)
    assert result == ["passed", verdict, "passed", "failed", "passed"]


def test_a_program_with_a_state_begins_anew_for_each(box: Box) -> None:
    asserts = ["assert f(5) == 1", "assert f(6) == 1", "assert f(7) == 2"]
    for oracle in Oracle:
        assert box.asserts(STATEFUL, asserts, oracle=oracle) == ["passed", "passed", "failed"]


def test_the_order_decides_nothing(box: Box) -> None:
    code = "import random\ndef f(): return random.randrange(10 ** 6)"
    one = box.asserts(code, ["assert f() % 2", "assert f() % 3", "assert f() % 5"])
    two = box.asserts(code, ["assert f() % 5", "assert f() % 3", "assert f() % 2"])
    assert one == two[::-1]


def test_a_program_cannot_forge_a_verdict(box: Box) -> None:
    code = "class A:\n    def __eq__(self, other): return True\ndef f(x): return A()"
    assert box.asserts(code, ["assert f(1) == 2"] * 2) == ["error", "error"]
    code = "import os\nos.write(1, b'passed')\ndef f(x): os._exit(0)"
    assert box.asserts(code, ["assert f(1) == 2"]) == ["killed"]
    code = (
        "import ctypes, gc, mmap\nfor o in gc.get_objects():\n"
        "    if isinstance(o, mmap.mmap): o[:] = bytes(len(o))\ndef f(x): return 1"
    )
    assert box.asserts(code, ["assert f(1) == 2", "assert f(1) == 1"]) == ["failed", "passed"]


WRITES_NOTES = """
import sys
frame = sys._getframe()
while frame:
    slate = frame.f_locals.get("slate")
    if slate is not None:
        for number in range(-1, 3):
            slate.write(number, ("passed", ""))
    frame = frame.f_back
def f(x): return 0
"""


def test_a_program_that_writes_verdicts_is_not_believed(box: Box) -> None:
    asserts = ["assert f(1) == 2", "import os; assert f(2)", "assert f(3) == 0"]
    assert box.asserts(WRITES_NOTES, asserts) == ["failed", "failed", "passed"]


def test_an_expression_decides_on_itself_alone(box: Box) -> None:
    scribble = f"exec({WRITES_NOTES!r})"
    result = box.values(STATEFUL, ["f(1)", scribble, "f([", "[f(1), f(2)]"])
    assert [v.text for v in (result[0], result[3])] == ["1", "[1, 2]"]
    assert result[2].text == "SyntaxError"


def test_a_program_that_does_not_load_is_an_error_throughout(box: Box) -> None:
    for code in ("def f(x) return x", "import os\nraise ValueError", "1 / 0"):
        assert box.asserts(code, ["assert f(1)", "import os; assert f(2)"]) == ["error", "error"]
    assert box.asserts("import os\nos._exit(0)", ["assert True"]) == ["killed"]


def test_after_some_timeouts_the_rest_is_not_run(box: Box) -> None:
    code = "def f(x):\n    while x: pass\n    return 0"
    asserts = [f"assert f({n}) == 0" for n in (1, 0, 2, 3, 4)]
    limits = replace(PER_ITEM, cpu_seconds=0.1)
    some = box.run(box.sandbox.asserts(code, asserts, replace(limits, timeouts=2)))
    assert [str(o.verdict) for o in some] == ["timeout", "passed", "timeout", "timeout", "timeout"]
    assert some[2].detail == "out of CPU time"
    assert some[3].detail.startswith("not run")
    every = box.run(box.sandbox.asserts(code, asserts, replace(limits, timeouts=None)))
    assert {o.detail for o in every} == {"", "out of CPU time"}


def test_equal_assertions_get_equal_verdicts(box: Box) -> None:
    assert (
        box.asserts(PLAIN, ["assert f(1) == 2", "assert f(1) == 3"] * 3) == ["passed", "failed"] * 3
    )
    assert box.asserts(PLAIN, []) == []


def test_values_are_canonical(box: Box) -> None:
    code = "def f(x): return {x: {3, 1, 2}, 0: (1.5, None)}"
    first, second, third = box.values(code, ["f('a')", "f([])", "f('a')['b']"])
    assert (first.verdict, first.text) == (
        "passed",
        "{'a': set(1, 2, 3), 0: (1.5, None,)}",
    )
    assert (second.verdict, second.text) == ("error", "TypeError")
    assert (third.verdict, third.text) == ("error", "KeyError")


def test_values_of_what_is_not_plain_and_of_what_does_not_end(box: Box) -> None:
    result = box.values(PLAIN, ["f", "f('loop')", "f(", "f(1)", "__import__('os')._exit(0)"])
    assert [(str(v.verdict), v.text) for v in result] == [
        ("error", "NotPlainError"),
        ("timeout", "out of CPU time"),
        ("error", "SyntaxError"),
        ("passed", "2"),
        ("killed", "the program ended itself before it had answered"),
    ]


def test_values_of_a_program_with_a_state(box: Box) -> None:
    assert [v.text for v in box.values(STATEFUL, ["f(1)", "f(2)", "[f(1), f(2)]"])] == [
        "1",
        "1",
        "[1, 2]",
    ]


def test_a_value_that_is_too_large_is_refused(box: Box) -> None:
    result = box.values("def f(n): return 'x' * n", ["f(10 ** 7)", "f(3)"])
    assert [str(v.verdict) for v in result] == ["refused", "passed"]
