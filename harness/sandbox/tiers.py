"""Which tier a machine has: found by starting a worker in it and trying its jail."""

from __future__ import annotations

import asyncio
import os
import sys

from harness.errors import UserError
from harness.sandbox.contract import SandboxConfig, Tier
from harness.sandbox.process import UnavailableError, WorkerLostError, WorkerProcess

_SAFE = (Tier.NAMESPACES, Tier.LANDLOCK)
_MENDS = (
    "Namespaces need user namespaces (sysctl user.max_user_namespaces above 0, and "
    "kernel.unprivileged_userns_clone or kernel.apparmor_restrict_unprivileged_userns where a "
    "distribution has them); Landlock needs Linux 5.13 with `landlock` among its security modules. "
    "To run model-written code with resource limits alone, in a machine that may be lost, "
    "ask for it: sandbox tier `unsafe`."
)

ELSEWHERE = "model-written code is contained on Linux alone, and this is not Linux"


async def start_workers(config: SandboxConfig) -> tuple[Tier, list[WorkerProcess]]:
    """The workers of a sandbox, and the tier they are in.

    Raises:
        UserError: the tier asked for is not there, or no safe one is; says what is missing.
    """
    if sys.platform != "linux":
        raise UserError(f"{ELSEWHERE}: run this in a virtual machine or a container of Linux")
    count = config.workers or len(os.sched_getaffinity(0))
    reasons = []
    for tier in (config.tier,) if config.tier else _SAFE:
        try:
            first = await WorkerProcess.start(config, tier)
        except (UnavailableError, WorkerLostError) as error:
            reasons.append(f"{tier}: {error}")
            continue
        return tier, [first, *await _more(config, tier, count - 1, first)]
    wanted = f"the sandbox tier `{config.tier}`" if config.tier else "a safe sandbox tier"
    raise UserError(f"this machine does not have {wanted} ({'; '.join(reasons)}). {_MENDS}")


async def _more(
    config: SandboxConfig, tier: Tier, count: int, first: WorkerProcess
) -> list[WorkerProcess]:
    starts = (WorkerProcess.start(config, tier) for _ in range(count))
    started = await asyncio.gather(*starts, return_exceptions=True)
    workers = [worker for worker in started if isinstance(worker, WorkerProcess)]
    failed = [error for error in started if isinstance(error, BaseException)]
    if failed:
        await asyncio.gather(*(worker.stop() for worker in (first, *workers)))
        raise failed[0]
    return workers
