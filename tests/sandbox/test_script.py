"""A script in the sandbox: what it prints, what its last expression is, and how it fails."""

from __future__ import annotations

import asyncio

import pytest

from harness.run.programs import SolversSandbox
from harness.sandbox.contract import SandboxConfig
from harness.sandbox.pool import Sandbox


def printed(*codes: str) -> list[str]:
    async def run() -> list[str]:
        async with Sandbox.open(SandboxConfig(workers=1)) as box:
            return [await SolversSandbox(box).printed(code) for code in codes]

    return asyncio.run(run())


@pytest.mark.parametrize("quote", ["'", '"""'])
def test_what_is_printed_and_the_last_value_are_said(quote: str) -> None:
    shown = printed(
        "x = 3\nprint('x is', x)\nx * 4",
        f"{quote}a{quote}",
        "None",
        "",
        "def f(n):\n    return n and n + f(n - 1)\nf(10)",
        "print('{braces}')",
    )
    assert shown == ["x is 3\n12\n", "'a'\n", "", "", "55\n", "{braces}\n"]


def test_what_goes_wrong_is_said_and_costs_no_worker() -> None:
    shown = printed(
        "print('before')\n1 / 0",
        "this is no python",
        "import sys; sys.exit(3)",
        "open('/etc/passwd').read()",
        "while True: pass",
        "while True: print('x' * 1000)",
        "import os; os._exit(0)",
        "'x' * 10**11",
        "print('x' * 10**7)",
        "6 * 7",
    )
    assert shown[0] == "before\nZeroDivisionError: division by zero\n"
    assert shown[1].startswith("SyntaxError: ")
    assert shown[2] == "SystemExit: 3\n"
    assert "Error" in shown[3]
    assert "root" not in shown[3]
    assert shown[4].startswith("<timeout")
    assert shown[5].startswith("<timeout")
    assert shown[6].startswith("<killed")
    assert shown[7].startswith("<memory")
    assert shown[8] == "x" * 10_000
    assert shown[9] == "42\n"
