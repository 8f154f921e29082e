"""What an analysis is doing, told while it does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.console import Console


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Tells each step on stderr: in one line of a terminal, else in a line each."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda step: console.print(step, markup=False, soft_wrap=True)
        return
    from rich.markup import escape

    with console.status("") as status:
        yield lambda step: status.update(escape(step))
