"""What can go wrong with a journal, each with its mend."""

from __future__ import annotations

from harness.errors import UserError


class JournalError(UserError):
    """The journal cannot be written or read any further; every finished append is kept."""


class JournalDamage(JournalError):  # noqa: N818 - the damage is what is raised, and it has an address
    """A line that was whole when the journal was opened no longer is; it is never served."""
