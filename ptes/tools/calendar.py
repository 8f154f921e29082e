"""A calendar: today's date, and the arithmetic of dates (Schick et al. 2023, section 3.2).

Today is a setting, so that runs on different days compare; where it is left to the clock, each
call's date is journalled with what it came to, and a resumed run sees the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.pte import PTE, Slot
from harness.contracts.tool import Observation, Tool
from harness.errors import UserError
from ptes.tools.dates import DateSyntaxError, answer

TODAY = "2024-01-01"
"""The date that is taken for today where nobody says another."""


def calendar(today: str | None) -> Tool:
    """The tool, on a day given as `2024-01-01`, or on the day of each call."""

    async def call(argument: str, state: Any, draw: Draw) -> Observation:
        day = date.today() if today is None else date.fromisoformat(today)
        try:
            return Observation(answer(argument, day), state)
        except DateSyntaxError as error:
            return Observation(f"The calendar cannot tell: {error}.", state)

    return Tool(
        name="calendar",
        description="Tells today's date, a date's weekday, days between dates, or a date later on.",
        example="2024-02-10 + 3 weeks",
        call=call,
        schema={"type": "string"},
        identity=f"today={today}",
        local=True,
    )


@dataclass(frozen=True)
class Calendar(PTE):
    """Offers the calendar; `today` is a date, or None for the clock's."""

    today: str | None = TODAY

    name: ClassVar[str] = "calendar"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.TOOLS})
    signals: ClassVar[frozenset[str]] = frozenset({"tools"})

    def __post_init__(self) -> None:
        try:
            date.fromisoformat(self.today or TODAY)
        except (ValueError, TypeError) as error:
            raise UserError(
                f"pte.calendar.today is {self.today!r}: give a date such as '{TODAY}', or null"
            ) from error

    def tools(self, task: Task) -> tuple[Tool, ...]:
        return (calendar(self.today),)
