"""The least that does the same work without the harness, measured beside it in the same run.

A rate by itself says more of the machine, and of who else was on it, than of the code: figures are
ratios to these. Each of them is as plain as the work allows, and none uses the harness. Most are
counted in CPU seconds, which others on the machine change little.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

import pandas as pd


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds that the work takes: of this process with its threads, and of those processes
    that it started and that have ended."""
    begun = sum(os.times()[:4])
    work()
    return sum(os.times()[:4]) - begun


async def asked_plainly(folder: Path, requests: int, flights: int) -> None:
    """Requests answered at once, so many in flight, each on disk before its answer counts.

    A line is encoded, checksummed, written and synced in groups; at the end a table of rows.
    """
    waiting: list[tuple[bytes, asyncio.Future[None]]] = []
    limit = asyncio.Semaphore(flights)
    rows: list[Mapping[str, Any]] = []

    async def answer(number: int) -> str:
        return f" {number % 10}."

    async def one(number: int) -> None:
        async with limit:
            said = await answer(number)
            body = json.dumps({"text": said, "finish": "stop", "ids": [ord(c) for c in said]})
            line = f"{crc32(body.encode()):08x} {sha256(body.encode()).hexdigest()[:32]} {body}\n"
            durable = asyncio.get_running_loop().create_future()
            waiting.append((line.encode(), durable))
            await durable
            rows.append({"problem": number, "answer": said, "score": float(number % 2)})

    async def keep(file: int) -> None:
        while len(rows) < requests:
            batch = waiting[:]
            waiting.clear()
            if batch:
                os.write(file, b"".join(line for line, _ in batch))
                await asyncio.to_thread(os.fsync, file)
            for _, durable in batch:
                durable.set_result(None)
            await asyncio.sleep(0)

    file = os.open(folder / "plain.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        await asyncio.gather(keep(file), *(one(number) for number in range(requests)))
    finally:
        os.close(file)
    pd.DataFrame(rows).to_parquet(folder / "plain.parquet")


def described_plainly(things: int) -> None:
    """Descriptions of so many cells as canonical JSON, each hashed: what an id takes at least."""
    for number in range(things):
        description = {
            "model": f"model_{number % 98}",
            "benchmark": {"name": "toy", "rows": 2, "sha256": "0" * 64},
            "stack": [{"name": f"idle_{n}", "number": n} for n in range(10) if number >> n & 1],
            "sampling": {"solve": {"temperature": 0.7, "top_p": 1.0, "top_k": 0}},
            "window": 2048,
            "replicate": 0,
        }
        text = json.dumps(description, sort_keys=True, separators=(",", ":"))
        sha256(text.encode()).hexdigest()


def appended_plainly(folder: Path, records: Sequence[Mapping[str, Any]], group: int) -> None:
    """Records encoded, checksummed, written and synced in groups of so many, one after another."""
    file = os.open(folder / "plain.jsonl", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        for first in range(0, len(records), group):
            bodies = [json.dumps(each).encode() for each in records[first : first + group]]
            keys = [sha256(body).hexdigest()[:32].encode() for body in bodies]
            pairs = zip(bodies, keys, strict=True)
            os.write(file, b"".join(b"%08x %s %s\n" % (crc32(b), key, b) for b, key in pairs))
            os.fsync(file)
    finally:
        os.close(file)
