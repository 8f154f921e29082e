"""In-process checking, for tests that need more than plain data of a program.

The tests come into the process after the program's text has run, and the built-in functions are put
back as they were. Still, they call functions of the program in one memory with it: a program that
is out to deceive them can.
"""

from __future__ import annotations

import builtins
import json

from harness.sandbox.contract import RunAs, Verdict
from harness.sandbox.in_worker.module import load
from harness.sandbox.in_worker.oracle import TESTS, Suite, prepare
from harness.sandbox.in_worker.verdicts import VerdictAndDetail, failed, raised
from harness.sandbox.wire import read_hidden


def check(code: str, run_as: RunAs, tests_file: int) -> VerdictAndDetail:
    """Run a program and then its tests in this process."""
    pristine, held = dict(vars(builtins)), vars(builtins)
    say, describe, read, parse, make = raised, failed, read_hidden, json.loads, prepare
    passed: VerdictAndDetail = (Verdict.PASSED, "")
    try:
        names = load(code, run_as)
    except BaseException as error:
        held.update(pristine)
        return say(type(error).__name__, _text(error))
    held.update(pristine)
    suite = make(**parse(read(tests_file)))
    if not isinstance(suite, Suite):
        return suite
    if suite.entry and suite.entry not in names:
        return say("NameError", f"name '{suite.entry}' is not defined")
    candidate = names.get(suite.entry or "")
    try:
        exec(suite.setup, names)
        if suite.entry:
            names["candidate"] = names[suite.entry] = candidate
        exec(suite.tests, names)
    except AssertionError as error:
        return describe(error, suite.code, TESTS)
    except BaseException as error:
        return say(type(error).__name__, _text(error))
    return passed


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:
        return ""
