"""Opens a sandbox on a machine that lacks some tiers, and prints what it got.

python -m tests.sandbox.without LACKING[,LACKING] [WANTED]
"""

from __future__ import annotations

import asyncio
import sys

from harness.errors import UserError
from harness.sandbox.contract import CheckCode, Program, SandboxConfig, Tier
from harness.sandbox.pool import Sandbox
from harness.sandbox.process import UnavailableError, WorkerProcess

start = WorkerProcess.start


async def lacking(config: SandboxConfig, tier: Tier) -> WorkerProcess:
    """As on such a machine."""
    if tier in sys.argv[1].split(","):
        raise UnavailableError("switched off")
    return await start(config, tier)


async def main() -> None:
    """Run one program."""
    tier = Tier(sys.argv[2]) if len(sys.argv) > 2 else None
    async with Sandbox.open(SandboxConfig(tier, workers=1, packages=())) as box:
        program = Program("def f(): return 1", "f")
        outcome = await box.check(program, CheckCode.asserts(["assert f() == 1"]))
        print(box.tier, outcome.tier, outcome.verdict)


if __name__ == "__main__":
    WorkerProcess.start = lacking  # type: ignore[method-assign]
    try:
        asyncio.run(main())
    except UserError as error:
        print("refused:", error)
