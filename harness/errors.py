"""Errors that a user can mend, and the one way to ask for an optional package."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any


class UserError(Exception):
    """Something the user asked for cannot be done; the message names the thing and the mend.

    The command line prints the message alone, without a traceback, and exits with code 2.
    """


class OverflowedError(Exception):
    """A prompt and its answer do not fit the sweep's common context window.

    Recorded as the attempt's status; a prompt is never cut to fit.
    """

    def __init__(self, needed: int, window: int) -> None:
        super().__init__(
            f"prompt and answer need {needed} tokens, the sweep's context window is {window}"
        )
        self.needed = needed
        self.window = window


class NotGradedError(Exception):
    """An answer has no grade, through no fault of its own: what graded it was ended by something
    else, time and again (memory that ran out on the machine, or an administrator), or is broken."""


class UnreadableError(Exception):
    """Reading an answer raised, or computed for too long; the message says which.

    The attempt goes on with what was found: see `found`.
    """

    def __init__(self, reason: str, found: Any) -> None:
        super().__init__(reason)
        self.found = found
        """What the reader returns all the same: the answer as it is written, or none."""


class EngineError(Exception):
    """An engine could not answer one request; the attempt that asked is recorded as failed."""


class EngineLostError(Exception):
    """The engine itself is gone: the run stops, keeps every finished draw and can be resumed."""


def require(module: str, extra: str) -> ModuleType:
    """Import an optional `module`, or name the extra of this project that brings it.

    Raises:
        UserError: the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise UserError(
            f"this needs the package '{module.split('.')[0]}', which is not installed: "
            f"pip install -e '.[{extra}]'"
        ) from error
