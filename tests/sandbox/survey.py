"""Every attack in one tier, in a process of its own: prints what came of each, as JSON.

python -m tests.sandbox.survey TIER
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from harness.sandbox.contract import CheckCode, Limits, Program, SandboxConfig, Tier
from harness.sandbox.pool import Sandbox
from tests.sandbox.attacks import ATTACKS, SUITE

LIMITS = Limits(cpu_seconds=1.5, wall_seconds=60.0, memory_bytes=256 << 20)
RIGHT = Program("def f(): return True", "f")


async def survey(tier: Tier) -> dict[str, list[str]]:
    """Verdict and detail of every attack; a right program has to pass after each."""
    suite, result = CheckCode.asserts([SUITE]), {}
    async with Sandbox.open(SandboxConfig(tier, workers=2, packages=())) as box:
        for attack in ATTACKS:
            outcome = await box.check(Program(attack.code, "f"), suite, LIMITS)
            after = await box.check(RIGHT, suite, LIMITS)
            result[attack.name] = [outcome.verdict, outcome.detail, after.verdict]
    return result


if __name__ == "__main__":
    outcomes = asyncio.run(survey(Tier(sys.argv[1])))
    print(json.dumps({"user": os.getuid(), "outcomes": outcomes}))
