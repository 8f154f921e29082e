"""A bug of a PTE, found while its stack is rehearsed: whose it is, and where."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterator
from pathlib import Path

from harness.contracts.pte import PTE
from harness.errors import UserError
from harness.stack import Stack


def fault(error: BaseException, stack: Stack, benchmark: str) -> UserError:
    """The error as one message that names the PTE, the stack, the file and the line."""
    frames = list(traceback.extract_tb(error.__traceback__))
    where, pte = frames[-1], None
    for frame in reversed(frames):
        pte = next((each for each in stack.ptes if frame.filename in _files(each)), None)
        if pte is not None:
            where = frame
            break
    whose = f"the PTE {pte.name} fails" if pte else "it fails"
    said = f"{type(error).__name__}: {error}".rstrip(": ")
    return UserError(
        f"rehearsing {stack.label} on {benchmark}, {whose} in {where.name} "
        f"({Path(where.filename).name}, line {where.lineno}): {said}. Models say anything, and so "
        "does a rehearsal: mend it, or say what a model would say there (PTE.rehearsal_reply). "
        "What a tool says is made up too, unless it is local (Tool.local)"
    )


def _files(pte: PTE) -> Iterator[str]:
    """Where the PTE's class and those that it is made of are written, the contract left out."""
    for each in type(pte).__mro__:
        if issubclass(each, PTE) and each is not PTE:
            try:
                result = inspect.getsourcefile(each)
            except TypeError:
                continue
            if result:
                yield result
