"""The terminal: what goes there has its control characters written out, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

from harness.visible import visible


class Console(RichConsole):
    """Rich's console; text of models, servers and files cannot move its cursor or colour it.

    Text is still read for rich's markup unless a call says `markup=False`.
    """

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does."""
        # Rich drops some controls where it makes Text of a string: they are to be seen.
        super().print(*(visible(o) if isinstance(o, str) else o for o in objects), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments of what is printed; rich's own controls are left alone."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)
