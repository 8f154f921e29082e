"""The journal: every completion that was paid for, on disk before anything is built on it."""

from harness.journal.errors import JournalDamage, JournalError
from harness.journal.journal import Journal
from harness.journal.report import JournalReport

__all__ = ["Journal", "JournalDamage", "JournalError", "JournalReport"]
