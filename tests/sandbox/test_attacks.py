"""Nothing gets out, and nothing passes without being right; every attack in the strongest tier."""

from __future__ import annotations

import os
import platform
import socket
import threading
from pathlib import Path

import pytest

from harness.sandbox.contract import Limits
from tests.sandbox.attacks import ATTACKS, SUITE, Attack
from tests.sandbox.conftest import Box

X86 = platform.machine() == "x86_64"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_does_not_come_off(box: Box, attack: Attack) -> None:
    if attack.name.startswith("syscall") and not X86:
        pytest.skip("the numbers are those of x86-64")
    outcome = box.check(attack.code, SUITE)
    assert outcome.verdict in attack.verdicts, outcome
    assert box.check("def f(): return True", SUITE).passed, "the sandbox has taken harm"


def test_a_secret_file_cannot_be_read(box: Box, tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("secret")
    os.chmod(secret, 0o644)
    outcome = box.check(f"def f(): return open({str(secret)!r}).read()", "assert f() == 'secret'")
    assert outcome.verdict == "error"
    assert "FileNotFoundError" in outcome.detail


def test_the_environment_holds_nothing_of_the_users(box: Box) -> None:
    os.environ.setdefault("HOME", "/home/somebody")
    outcome = box.check("import os\ndef f(): return sorted(os.environ)", "assert not f(), f()")
    assert "HOME" not in outcome.detail
    assert "PATH" not in outcome.detail


def test_a_service_on_loopback_is_out_of_reach(box: Box) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        reached = threading.Event()
        server.settimeout(0.5)

        def accept() -> None:
            try:
                server.accept()
                reached.set()
            except TimeoutError:
                pass

        thread = threading.Thread(target=accept)
        thread.start()
        code = (
            f"import socket\ndef f(): return bool(socket.create_connection(('127.0.0.1', {port})))"
        )
        assert box.check(code, "assert f()").verdict in ("refused", "error")
        thread.join()
        assert not reached.is_set()


def test_nothing_is_written_outside(box: Box) -> None:
    write = "def f():\n    return open('/tmp/sandbox-was-here', 'x').write('x')"
    for _ in range(4):  # more than there are workers: it is gone for the next
        assert box.check(write, "assert f() == 1").passed
    assert not Path("/tmp/sandbox-was-here").exists()
    assert not Path("/sandbox-was-here").exists()


def test_what_a_program_writes_is_gone_for_the_next(box: Box) -> None:
    write = "import os\ndef f():\n    open('x', 'w').write('x')\n    return os.listdir('.')"
    look = "import os\ndef f(): return os.listdir('.')"
    for _ in range(4):  # more than there are workers
        assert box.check(write, "assert f() == ['x']").passed
        assert box.check(look, "assert f() == []").passed


def test_an_emptied_box_with_another_mode_is_new_for_the_next(box: Box) -> None:
    spoil = "import os\ndef f():\n    os.chmod('.', 0)\n    return True"
    write = "def f():\n    return open('x', 'w').write('x')"
    for _ in range(4):
        assert box.check(spoil, "assert f()").passed
        assert box.check(write, "assert f() == 1").passed


def test_printing_without_end_harms_nobody(box: Box) -> None:
    code = "def f():\n    for _ in range(10 ** 5): print('x' * 1000)\n    return 1"
    assert box.check(code, "assert f() == 1").passed


def test_a_program_that_sleeps_is_out_of_wall_time(box: Box) -> None:
    limits = Limits(cpu_seconds=1.0, wall_seconds=0.5)
    outcome = box.check("import time\ndef f(): time.sleep(60)", "assert f()", limits=limits)
    assert (outcome.verdict, outcome.detail) == ("timeout", "out of wall time")


def test_a_few_threads_are_allowed(box: Box) -> None:
    code = """
from concurrent.futures import ThreadPoolExecutor
def f():
    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(abs, range(-50, 50)))
"""
    assert box.check(code, "assert f() == 2500", limits=Limits()).passed
