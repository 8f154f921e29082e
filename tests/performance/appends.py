"""What a durable append costs: the journal, over encoding, checksumming and syncing alone."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.journal import Journal
from tests.performance.figure import figure
from tests.performance.journal import key, record
from tests.performance.reference import appended_plainly, cpu_seconds

APPENDS, TASKS = 50_000, 2_000


async def appended(folder: Path) -> None:
    """Durable appends from many tasks at once."""
    journal = Journal.open(folder)
    example = record(random.Random(0))

    async def task(first: int) -> None:
        for number in range(first, APPENDS, TASKS):
            await journal.append(key(number), example)

    await asyncio.gather(*map(task, range(TASKS)))
    journal.close()


def main() -> bool:
    """Print the figure; whether its bar is met."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        ours = cpu_seconds(lambda: asyncio.run(appended(folder / "journal")))
        examples = [record(random.Random(0))] * APPENDS
        plain = cpu_seconds(lambda: appended_plainly(folder, examples, TASKS))
    print(f"  (CPU us an append: {1e6 * ours / APPENDS:.1f}, bare {1e6 * plain / APPENDS:.1f})")
    return figure("journal_appends_over_plain", ours / plain, "x", "<= 2.5")


if __name__ == "__main__":
    raise SystemExit(not main())
