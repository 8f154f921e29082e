"""In-process checking, for tests that need more than plain data of a program.

The tests come into the process after the program's text has run, and the built-in functions are put
back as they were. Still, they call functions of the program in one memory with it: a program that
is out to deceive them can.
"""

from __future__ import annotations

import builtins
import json

from harness.sandbox.contract import Verdict
from harness.sandbox.inside.calling import load
from harness.sandbox.inside.oracle import BROKEN
from harness.sandbox.inside.saying import Found, failed, raised
from harness.sandbox.wire import read_hidden

_TESTS = "<tests>"


def check(code: str, tests_file: int) -> Found:
    """Run a program and then its tests in this process."""
    pristine, held = dict(vars(builtins)), vars(builtins)
    say, describe, read, parse = raised, failed, read_hidden, json.loads
    try:
        names = load(code)
    except BaseException as error:
        held.update(pristine)
        return say(type(error).__name__, _text(error))
    held.update(pristine)
    tests = parse(read(tests_file))
    entry = tests.get("entry")
    if entry and entry not in names:
        return say("NameError", f"name '{entry}' is not defined")
    candidate = names.get(entry)
    try:
        compiled = compile(tests["code"], _TESTS, "exec")
        exec(compile(tests["setup"], "<setup>", "exec"), names)
    except BaseException as error:
        return BROKEN, f"{type(error).__name__}: {_text(error)}"
    if entry:
        names["candidate"] = names[entry] = candidate
    try:
        exec(compiled, names)
    except AssertionError as error:
        return describe(error, tests["code"], _TESTS)
    except BaseException as error:
        return say(type(error).__name__, _text(error))
    return Verdict.PASSED, ""


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:
        return ""
