"""What runs programs for solvers, as the handle that they hold sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Executor(Protocol):
    """Runs programs for solvers; it holds nothing that solvers may not see (law 3)."""

    @property
    def identity(self) -> str:
        """What outcomes depend on besides the code: containment and limits."""
        ...

    async def asserts(self, code: str, asserts: Sequence[str]) -> list[bool]:
        """Whether each `assert` holds after the program."""
        ...

    async def values(self, code: str, expressions: Sequence[str]) -> list[str]:
        """What each expression gives after the program, as text."""
        ...

    async def printed(self, code: str) -> str:
        """What a script prints and what its last expression comes to; or how it failed."""
        ...
