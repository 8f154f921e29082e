"""What a reader must know about a number, or about one that is not there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding changes."""

    NOTE = "note"
    """Good to know."""
    WARNING = "warning"
    """Numbers are there, and weaker than they look."""
    REFUSED = "refused"
    """Something asked for is not there, with the reason."""


@dataclass(frozen=True)
class Finding:
    """One sentence that names the thing and the mend."""

    severity: Severity
    subject: str
    """What it is about: an experiment, an arm, a pair."""
    message: str
