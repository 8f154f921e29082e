"""What the balancer makes of more servers: throughput of eight over eight times that of one.

Each server is a process that works on so many requests at once and takes a fixed time for each, so
nothing but how requests are handed out decides how many a second get through.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from array import array
from contextlib import ExitStack
from pathlib import Path

from harness.contracts.address import Address
from harness.engines.protocol import CompletionRequest, LoadRequest, Sampling, Tag
from harness.engines.server.config import ServerConfig
from harness.models.resolve import pin
from harness.models.spec import ModelSpec
from tests.fake_server import FakeServer, byte_checkpoint
from tests.performance.figure import figure
from tests.toys import toy_model

SERVERS = 8
CAPACITY = 8
SECONDS = 1.0
"""That each request takes: 64 requests a second in all, which two busy cores have time for."""
ROUNDS = 12
"""Requests, in multiples of what all servers work on at once."""
DRAWS = 5
"""Of each prompt, as votes are: those that share one should meet at one server."""
TAG = Tag("p", "solve", Address(), 0, "")


def start(name: str, stack: ExitStack) -> str:
    """A server in a process of its own; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.performance.servers", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    assert process.stdout is not None
    return process.stdout.readline().strip()


def serve(name: str) -> None:
    """Be a server until told to end."""
    with FakeServer(name, capacity=CAPACITY, seconds=SECONDS) as server:
        print(server.url, flush=True)
        sys.stdin.read()


async def throughput(model: ModelSpec, urls: list[str]) -> float:
    """Requests a second through these servers."""
    config = ServerConfig(urls=tuple(urls), concurrency=CAPACITY)
    engine = await config.load(LoadRequest(model, (), 1000))
    count = ROUNDS * CAPACITY * len(urls)
    asked = [
        CompletionRequest(
            ids=array("I", [n // DRAWS % 256] * 200),
            sampling=Sampling(),
            max_tokens=8,
            stop=(),
            tag=TAG,
            seed=n,
        )
        for n in range(count)
    ]
    warm = [engine.complete(request) for request in asked[: CAPACITY * len(urls)]]
    await asyncio.gather(*warm)
    begin = time.perf_counter()
    await asyncio.gather(*map(engine.complete, asked))
    seconds = time.perf_counter() - begin
    await engine.close()
    return count / seconds


def main() -> bool:
    """Print every figure; whether all bars are met."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        model = toy_model(byte_checkpoint(Path(folder)))
        urls = [start(f"{pin(model)}+bfloat16", stack) for _ in range(SERVERS)]
        one = asyncio.run(throughput(model, urls[:1]))
        all_of_them = asyncio.run(throughput(model, urls))
        print(f"  (requests a second: {one:.1f} from one server, {all_of_them:.1f} from all)")
        ratio = all_of_them / one / SERVERS
        return figure("server_scaling_8", ratio, "of linear", ">= 0.9")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1])
    else:
        raise SystemExit(not main())
