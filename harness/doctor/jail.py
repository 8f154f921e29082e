"""The sandbox's tiers, each tried with a real program."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping

from harness.doctor.contract import Asked, Check, Finding, fail, ok, skip, warn
from harness.errors import UserError
from harness.sandbox.contract import CheckCode, Program, SandboxConfig, Tier, Verdict
from harness.sandbox.pool import Sandbox

SAFE = (Tier.NAMESPACES, Tier.LANDLOCK)
RIGHT = Program("def double(x):\n    return x + x\n", "double")
WRONG = Program("def double(x):\n    return x * x\n", "double")
LOOKING = Program(
    "def double(x):\n    return len(open('/etc/passwd').read()) * 0 + 2 * x\n", "double"
)
TESTS = CheckCode.function("def check(candidate):\n    assert candidate(3) == 6\n")


def sandbox(_: Asked) -> Finding:
    """Which tiers run a right program, fail a wrong one, and keep one from reading files."""
    if sys.platform != "linux":
        return skip("programs that models write are run on Linux alone", "use a virtual machine")
    tried = {tier: asyncio.run(_tried(tier)) for tier in Tier}
    holds = [tier for tier in SAFE if not tried[tier]]
    lacking = [tier for tier in Tier if tried[tier]]
    figures: Mapping[str, str | float | bool | None] = {
        str(tier): reason or "holds" for tier, reason in tried.items()
    }
    if not holds:
        why = "; ".join(f"{tier}: {tried[tier]}" for tier in SAFE)
        return fail(
            f"no safe tier, so coding benchmarks and the PTEs that run programs are refused: {why}",
            "namespaces need user namespaces (sysctl user.max_user_namespaces above 0, "
            "kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu; in Docker "
            "--security-opt seccomp=unconfined), landlock needs Linux 5.13",
            **figures,
        )
    if holds == [Tier.LANDLOCK]:
        return warn(
            f"landlock holds; namespaces do not ({tried[Tier.NAMESPACES]})",
            "nothing has to be done: landlock is safe too; namespaces contain more",
            **figures,
        )
    rest = f"; {' and '.join(lacking)} not to be had" if lacking else ""
    return ok(f"{' and '.join(holds)}: programs ran, and read no file{rest}", **figures)


async def _tried(tier: Tier) -> str:
    """Why a tier is of no use; empty where it did what it should."""
    try:
        async with Sandbox.open(SandboxConfig(tier=tier, workers=1)) as box:
            right, wrong = await box.check(RIGHT, TESTS), await box.check(WRONG, TESTS)
            looking = await box.check(LOOKING, TESTS)
    except UserError as error:
        return _reason(str(error), tier)
    if not right.passed:
        return f"a right program came to {right.verdict} ({right.detail})"
    if wrong.verdict is not Verdict.FAILED:
        return f"a wrong program came to {wrong.verdict} ({wrong.detail})"
    if looking.passed and tier is not Tier.UNSAFE:
        return "a program could read /etc/passwd"
    return ""


def _reason(said: str, tier: Tier) -> str:
    """What is particular to the tier in the sandbox's message."""
    _, opened, rest = said.partition(f"({tier}: ")
    return rest.partition("). ")[0] if opened else said


CHECKS = (Check("sandbox", sandbox, seconds=180),)
