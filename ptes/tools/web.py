"""A plug for the live web: a function of the user's own fetches, and everything is journalled.

There is no fetcher here. What one returned is in the journal by query and address, so that a run
can be resumed, or replayed where there is no network, without asking it again.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, TypeVar

from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.pte import PTE, Slot
from harness.contracts.tool import Observation, Tool
from harness.errors import UserError
from harness.identity.code_origin import is_python
from harness.ranges import Code, Seconds

T = TypeVar("T")
Fetch = Callable[[str], str | bytes | Awaitable[str | bytes]]
"""The user's own fetcher: from what the model asked for, an address or a query, to text. A plain
function may block, as it gets a thread of its own; an asynchronous one must not."""


async def in_thread(work: Callable[[], T]) -> T:
    """What blocking work comes to. Its thread is its own, so that one that hangs holds up neither
    other work nor the end of the process."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():  # given up meanwhile
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        try:
            outcome: tuple[T | None, BaseException | None] = (work(), None)
        except SystemExit as error:
            outcome = (None, RuntimeError(f"it wanted to end the program: {error}"))
        except BaseException as error:
            outcome = (None, error)
        with suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, daemon=True).start()
    return await future


def located(path: str) -> Fetch:
    """The function at a dotted path.

    Raises:
        UserError: there is none.
    """
    module, _, name = path.rpartition(".")
    try:
        result = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(
            f"pte.web.fetch is {path!r}, which cannot be found ({error}): give the dotted path of "
            "a function, its module on PYTHONPATH"
        ) from error
    if not callable(result):
        raise UserError(f"pte.web.fetch is {path!r}, which is no function")
    file = getattr(sys.modules[module], "__file__", None)
    if file is None or is_python(file):  # what is built in lies in no file
        raise UserError(
            f"pte.web.fetch is {path!r}, which is Python's and may do anything with what a "
            "model writes: give a function of yours"
        )
    fetch: Fetch = result
    return fetch


def web_tool(path: str, timeout: float) -> Tool:
    """The tool that asks the function at a dotted path."""
    fetch = located(path)
    by_itself = inspect.iscoroutinefunction(fetch)

    async def call(argument: str, state: Any, draw: Draw) -> Observation:
        asked = argument.strip()
        result = fetch(asked) if by_itself else await in_thread(lambda: fetch(asked))
        said = await result if inspect.isawaitable(result) else result
        return Observation(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)

    return Tool(
        name="web",
        description="Shows what the web says to a query or at an address.",
        example="height of the Eiffel Tower",
        call=call,
        identity=path,
        timeout=timeout,
    )


@dataclass(frozen=True)
class Web(PTE):
    """Offers what the function at the dotted path `fetch` returns; off unless it is named."""

    fetch: Code
    timeout: Seconds = 20.0

    name: ClassVar[str] = "web"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.TOOLS})
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})

    def __post_init__(self) -> None:
        located(self.fetch)

    def tools(self, task: Task) -> tuple[Tool, ...]:
        return (web_tool(self.fetch, self.timeout),)
