"""Workers die, tasks are cancelled, users press Ctrl-C: nothing hangs and nothing is left."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import psutil
import pytest

from harness.errors import NotGradedError
from harness.sandbox.contract import CheckCode, ExecutionResult, Limits, Program, SandboxConfig
from harness.sandbox.pool import Sandbox
from tests.sandbox.attacks import ATTACKS, SUITE

RIGHT = Program("def f(): return 1", "f")
ONE = CheckCode.asserts(["assert f() == 1"])
SLEEPER = Program("import time\ndef f():\n    time.sleep(1.5)\n    return 1", "f")
LOOP = Program("def f():\n    while True: pass", "f")


def descendants() -> list[psutil.Process]:
    result: list[psutil.Process] = psutil.Process().children(recursive=True)
    return result


def opened_at() -> set[int]:
    """What is there before a sandbox is opened."""
    return {process.pid for process in descendants()}


async def kill_workers(before: set[int], which: Callable[[list[int]], int]) -> None:
    """Kill one process of each worker: the one that waits (first) or the one that works."""
    for process in psutil.Process().children():
        if process.pid not in before:
            inside = [process.pid, *(p.pid for p in process.children(recursive=True))]
            os.kill(which(inside), signal.SIGKILL)


@pytest.mark.parametrize("which", [lambda pids: pids[0], lambda pids: pids[1]])
def test_a_program_whose_worker_died_runs_again(which: Callable[[list[int]], int]) -> None:
    async def main() -> ExecutionResult:
        before = opened_at()
        async with Sandbox.open(SandboxConfig(workers=1)) as box:
            task = asyncio.create_task(box.check(SLEEPER, ONE))
            await asyncio.sleep(0.5)
            await kill_workers(before, which)
            outcome = await task
            assert (await box.check(RIGHT, ONE)).passed
        assert opened_at() == before
        return outcome

    assert asyncio.run(main()).passed


def test_a_program_whose_workers_are_killed_again_and_again_is_not_graded() -> None:
    async def main() -> None:
        before = opened_at()
        async with Sandbox.open(SandboxConfig(workers=1)) as box:
            task = asyncio.create_task(box.check(LOOP, ONE, Limits(cpu_seconds=60)))
            while not task.done():
                await asyncio.sleep(1.0)
                await kill_workers(before, lambda pids: pids[0])
            assert (await box.check(RIGHT, ONE)).passed
            with pytest.raises(NotGradedError, match="worker was lost 3 times"):
                await task

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["check", "asserts", "values"])
@pytest.mark.parametrize("kills", [1, 9])
def test_a_program_that_is_killed_from_outside_runs_again_and_then_is_not_graded(
    kind: str, kills: int
) -> None:
    """The program's own process, as the kernel does where a job's memory is used up."""
    code = "import os, time\ndef f():\n    time.sleep(1.0)\n    return os.getpid() and 1"

    async def main() -> None:
        before = opened_at()
        async with Sandbox.open(SandboxConfig(workers=1)) as box:
            asked: dict[str, Callable[[], Awaitable[Any]]] = {
                "check": partial(box.check, Program(code, "f"), ONE),
                "asserts": partial(box.asserts, code, ["assert f() == 1"]),
                "values": partial(box.values, code, ["f()"]),
            }
            task, left = asyncio.create_task(_one_of(asked[kind]())), kills
            while not task.done() and left:
                await asyncio.sleep(0.4)
                left -= kill_program(before)
            if kills > 3:
                with pytest.raises(NotGradedError, match="worker was lost 3 times"):
                    await task
            else:
                assert (await task).verdict == "passed"

    asyncio.run(main())


async def _one_of(asked: Awaitable[Any]) -> Any:
    """The outcome, also where it comes in a list of one."""
    result = await asked
    return result[0] if isinstance(result, list) else result


def kill_program(before: set[int]) -> int:
    """Kill the newest process that a worker has forked; how many that were."""
    for process in psutil.Process().children():
        below = [] if process.pid in before else process.children(recursive=True)
        programs = [p for p in below if len(p.parents()) > len(below[0].parents())]
        if programs:
            max(programs, key=lambda p: p.create_time()).send_signal(signal.SIGKILL)
            return 1
    return 0


def test_a_program_that_is_stopped_for_a_while_has_not_slept() -> None:
    """As all of a job is where it is suspended for another."""

    async def main() -> ExecutionResult:
        before = opened_at()
        async with Sandbox.open(SandboxConfig(workers=1)) as box:
            limits = Limits(cpu_seconds=5.0, wall_seconds=2.0)
            task = asyncio.create_task(box.check(SLEEPER, ONE, limits))
            await asyncio.sleep(0.5)
            stopped = [p for p in descendants() if p.pid not in before]
            for process in stopped:
                process.suspend()
            await asyncio.sleep(4.0)
            for process in stopped:
                process.resume()
            return await task

    assert asyncio.run(main()).passed


def test_on_a_busy_machine_a_program_has_its_cpu_time() -> None:
    """Its wall time passes while others have the processor."""
    code = "def f():\n    return sum(range(3 * 10 ** 7)) and 1"

    async def main() -> ExecutionResult:
        cpu = min(os.sched_getaffinity(0))
        busy = f"import os\nos.sched_setaffinity(0, [{cpu}])\nwhile True: pass"
        others = [subprocess.Popen([sys.executable, "-c", busy]) for _ in range(8)]
        try:
            async with Sandbox.open(SandboxConfig(workers=1)) as box:
                for process in descendants():
                    process.cpu_affinity([cpu])
                limits = Limits(cpu_seconds=30.0, wall_seconds=1.0)
                return await box.check(Program(code, "f"), ONE, limits)
        finally:
            for each in others:
                each.kill()
                each.wait()

    assert asyncio.run(main()).passed


def test_a_cancelled_check_frees_its_worker() -> None:
    async def main() -> None:
        before = opened_at()
        async with Sandbox.open(SandboxConfig(workers=1)) as box:
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(box.check(LOOP, ONE, Limits(cpu_seconds=60)), 0.2)
            assert (await box.check(RIGHT, ONE)).passed
            many = [asyncio.create_task(box.check(LOOP, ONE)) for _ in range(5)]
            await asyncio.sleep(0.2)
            for task in many:
                task.cancel()
            await asyncio.gather(*many, return_exceptions=True)
            assert (await box.check(RIGHT, ONE)).passed
        assert opened_at() == before

    asyncio.run(main())


def test_closing_in_the_middle_of_work_ends_it() -> None:
    async def main() -> None:
        before = opened_at()
        async with Sandbox.open(SandboxConfig(workers=2)) as box:
            tasks = [
                asyncio.create_task(box.check(LOOP, ONE, Limits(cpu_seconds=60))) for _ in range(3)
            ]
            await asyncio.sleep(0.3)
        done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)
        assert [str(outcome) for outcome in done] == ["the sandbox is closed"] * 3
        with pytest.raises(RuntimeError, match="closed"):
            await box.check(RIGHT, ONE)
        assert opened_at() == before

    asyncio.run(main())


ENDLESS = """
import asyncio, signal
from harness.sandbox.contract import *
from harness.sandbox.pool import Sandbox

async def main():
    async with Sandbox.open(SandboxConfig(workers=2)) as box:
        print("open", flush=True)
        program = Program("def f():\\n    while True: pass", "f")
        await asyncio.gather(*(box.check(program, CheckCode.asserts(["f()"]),
            Limits(cpu_seconds=60, wall_seconds=600)) for _ in range(4)))

# What a shell starts in the background ignores Ctrl-C, and so would this.
signal.signal(signal.SIGINT, signal.default_int_handler)
asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_workers_end_with_the_harness(number: int) -> None:
    harness = subprocess.Popen(
        [sys.executable, "-c", ENDLESS],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert harness.stdout is not None
    assert harness.stdout.readline() == b"open\n"
    time.sleep(0.5)
    workers = psutil.Process(harness.pid).children(recursive=True)
    assert len(workers) >= 4
    os.killpg(harness.pid, number)
    assert harness.wait(20) != 0
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive


PROGRAMS = int(os.environ.get("SANDBOX_PROGRAMS", "1500"))
"""The bar is 10,000; fewer show the same leaks, if there are any."""
NASTY = [a for a in ATTACKS if "loop" not in a.name and "20 GiB" not in a.name][:60]


async def settled(box: Sandbox) -> dict[str, float]:
    """What a leak would add to, once nothing that was running is still on its way out."""
    for _ in range(50):
        try:
            return state(box)
        except (OSError, psutil.Error):  # a process ended while it was looked at
            await asyncio.sleep(0.1)
    return state(box)


def state(box: Sandbox) -> dict[str, float]:
    processes = descendants()
    return {
        "processes": len(processes),
        "descriptors here": len(os.listdir("/proc/self/fd")),
        "descriptors there": sum(p.num_fds() for p in processes),
        "files": len(os.listdir("/tmp")),
        "mounts": sum(1 for p in processes for _ in open(f"/proc/{p.pid}/mounts")),
        "megabytes": sum(p.memory_full_info().uss for p in processes) / 2**20,
    }


def test_thousands_of_programs_leave_nothing() -> None:
    suite = CheckCode.asserts([SUITE])

    async def load(box: Sandbox, count: int) -> None:
        limits = Limits(cpu_seconds=0.5, memory_bytes=256 << 20)
        for start in range(0, count, 200):
            nasty = [Program(NASTY[(start // 10 + n) % len(NASTY)].code, "f") for n in range(10)]
            await asyncio.gather(
                *(box.check(program, suite, limits) for program in nasty),
                *(box.check(Program(f"def f(): return {n}", "f"), ONE) for n in range(170)),
                *(box.asserts("import os\ndef f(): return 1", ["assert f()"]) for _ in range(10)),
                *(box.values("def f(x): return x", ["f(1)", "f([2])"]) for _ in range(10)),
            )

    async def main() -> None:
        async with Sandbox.open() as box:
            await load(box, 400)
            before = await settled(box)
            await load(box, PROGRAMS)
            after = await settled(box)
        assert after.pop("megabytes") - before.pop("megabytes") < 3, (before, after)
        assert after == before

    asyncio.run(main())
