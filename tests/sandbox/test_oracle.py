"""Trusted suites: what passes, what fails and how that is told, in both kinds of oracle."""

from __future__ import annotations

import pytest

from harness.errors import UserError
from harness.sandbox.contract import CheckCode, Limits, Oracle, Program
from tests.sandbox.conftest import SHORT, Box

BOTH = pytest.mark.parametrize("oracle", Oracle)


@BOTH
def test_a_right_program_passes(box: Box, oracle: Oracle) -> None:
    outcome = box.check("def f(x): return x + 1", "assert f(1) == 2", oracle=oracle)
    assert (outcome.passed, outcome.detail) == (True, "")
    assert outcome.tier == box.sandbox.tier
    assert 0 < outcome.seconds < 1


@BOTH
def test_a_failure_names_the_assertion(box: Box, oracle: Oracle) -> None:
    suite = ("assert f(1) == 1", "assert f(\n    2\n) == 3, 'three'", "assert f(3) == 3")
    outcome = box.check("def f(x): return x", *suite, oracle=oracle)
    assert outcome.verdict == "failed"
    assert outcome.detail == "assert f(\n    2\n) == 3, 'three'  # three"


@BOTH
def test_an_exception_is_an_error_with_its_type(box: Box, oracle: Oracle) -> None:
    outcome = box.check("def f(x): return x['a']", "assert f({}) == 3", oracle=oracle)
    assert (outcome.verdict, outcome.detail) == ("error", "KeyError: 'a'")


@BOTH
def test_an_assertion_of_the_program_is_not_one_of_the_tests(box: Box, oracle: Oracle) -> None:
    code = "def f(x):\n    assert x > 1, 'too small'\n    return x"
    outcome = box.check(code, "assert f(1) == 1", oracle=oracle)
    assert (outcome.verdict, outcome.detail) == ("error", "AssertionError: too small")


@BOTH
def test_tests_may_expect_exceptions(box: Box, oracle: Oracle) -> None:
    suite = (
        "try:\n    f(1)\nexcept ValueError as e:\n    assert str(e) == 'no'\nelse:\n    assert 0"
    )
    assert box.check("def f(x): raise ValueError('no')", suite, oracle=oracle).passed
    assert box.check("def f(x): raise KeyError('no')", suite, oracle=oracle).verdict == "error"
    assert box.check("def f(x): return x", suite, oracle=oracle).verdict == "failed"


@BOTH
def test_a_program_that_does_not_load_is_an_error(box: Box, oracle: Oracle) -> None:
    assert box.check("def f(x) return x", "assert f(1)", oracle=oracle).verdict == "error"
    outcome = box.check("import no_such_module", "assert f(1)", oracle=oracle)
    assert outcome.verdict == "error"
    assert outcome.detail.startswith("ModuleNotFoundError")


@BOTH
def test_a_program_without_the_function_is_an_error(box: Box, oracle: Oracle) -> None:
    outcome = box.check("def g(x): return x", "assert f(1)", oracle=oracle)
    assert outcome.verdict == "error"
    assert "f" in outcome.detail


@BOTH
def test_helpers_of_the_program_can_be_called_and_the_setup_hides_them(
    box: Box, oracle: Oracle
) -> None:
    code = "def helper(x): return x\ndef f(x): return 2 * x"
    assert box.check(code, "assert f(helper(1)) == 2", oracle=oracle).passed
    setup = "def helper(x): return 10 * x\ndef f(x): return 0"
    assert box.check(code, "assert f(helper(1)) == 20", setup=setup, oracle=oracle).passed


@BOTH
def test_a_suite_in_human_evals_form(box: Box, oracle: Oracle) -> None:
    suite = CheckCode.function("def check(candidate):\n    assert candidate(2) == 4", oracle=oracle)
    right, wrong = Program("def f(x): return x * x", "f"), Program("def f(x): return x", "f")
    assert box.run(box.sandbox.check(right, suite, SHORT)).passed
    outcome = box.run(box.sandbox.check(wrong, suite, SHORT))
    assert outcome.detail == "assert candidate(2) == 4"


@BOTH
def test_a_change_in_place_is_seen(box: Box, oracle: Oracle) -> None:
    code = "def f(x): x.append(1)"
    assert box.check(code, "x = [0]\nf(x)\nassert x == [0, 1]", oracle=oracle).passed


@BOTH
def test_a_broken_suite_is_the_users_to_mend(box: Box, oracle: Oracle) -> None:
    with pytest.raises(UserError, match="tests themselves are broken"):
        box.check("def f(x): return x", "assert f(", oracle=oracle)


def test_a_broken_setup_is_too_unless_the_program_may_have_broken_it(box: Box) -> None:
    with pytest.raises(UserError, match="NameError"):
        box.check("def f(x): return x", "assert f(1)", setup="nothing")
    code = "import sys\nsys.modules['math'] = None\ndef f(): return 1"
    result = box.check(code, "assert f()", setup="import math", oracle=Oracle.IN_PROCESS)
    assert result.verdict == "error"


def test_a_program_cannot_put_its_own_in_place_of_built_in_functions(box: Box) -> None:
    code = "def abs(x): return 0\ndef f(x): return 100.0"
    assert box.check(code, "assert abs(f(1) - 1) < 1e-6").verdict == "failed"


def test_a_suite_that_changes_what_others_see_is_alone_with_it(box: Box) -> None:
    change = "import math\nmath.pi = 3\nassert f() == math.pi"
    for _ in range(4):
        assert box.check("def f(): return 3", change).passed
        assert box.check("def f(): return 3.14", "import math\nassert f() < math.pi").passed


@BOTH
def test_chance_is_the_same_every_time(box: Box, oracle: Oracle) -> None:
    code = "import random\ndef f(): return [random.random(), hash('x')]"
    details = {box.check(code, "assert 0, f()", oracle=oracle).detail for _ in range(6)}
    assert len(details) == 1


def test_tests_that_loop_are_out_of_time(box: Box) -> None:
    limits = Limits(cpu_seconds=0.3)
    outcome = box.check("def f(): return 1", "while f(): pass", limits=limits)
    assert outcome.verdict == "timeout"


def test_a_program_that_ends_is_not_forgiven_by_tests_that_catch_all(box: Box) -> None:
    suite = "try:\n    f()\nexcept BaseException:\n    pass"
    assert box.check("import os\ndef f(): os._exit(0)", suite).verdict == "killed"


def test_no_text_of_the_tests_is_in_the_memory_of_a_program(box: Box) -> None:
    marker = "a-word-that-is-nowhere-else"
    code = f"""
import ctypes, gc
def f():
    word = {marker[::-1]!r}[::-1]
    return [type(o).__name__ for o in gc.get_objects() if type(o) is not type(gc)
            and o is not f.__code__.co_consts and word in repr(o)[:10000]]
"""
    for _ in range(4):
        outcome = box.check(code, f"assert f() == [], {marker!r}")
        assert outcome.passed, outcome


def test_a_program_that_is_too_large_is_refused(box: Box) -> None:
    assert box.check("#" * 2_000_000, "assert f()").verdict == "refused"


def test_numpy_is_there_and_its_numbers_are_plain(box: Box) -> None:
    code = "import numpy as np\ndef f(): return np.float64(1.5), np.int64(2), np.bool_(True)"
    assert box.check(code, "assert f() == (1.5, 2, True)").passed
