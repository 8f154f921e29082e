"""Questions about dates, and a calendar whose today can be set, journalled and replayed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from harness.errors import UserError
from ptes.tools import calendar as module
from ptes.tools.calendar import Calendar
from ptes.tools.dates import DateSyntaxError, answer
from tests.tool_toys import said
from tests.toys import ToyBenchmark

TODAY = date(2024, 2, 10)
TASK = ToyBenchmark().task()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("", "Today is Saturday, February 10, 2024."),
        ("today", "Saturday, February 10, 2024"),
        ("What day is tomorrow?", "Sunday, February 11, 2024"),
        ("2024-02-29", "Thursday, February 29, 2024"),
        ("weekday of 29 February 2024", "Thursday, February 29, 2024"),
        ("day of the week 4th of July, 1776", "Thursday, July 4, 1776"),
        ("Sept. 11, 2001", "Tuesday, September 11, 2001"),
        ("days between 2024-02-10 and 2024-03-01", "20 days"),
        ("how many days from March 1, 2024 until Feb 10, 2024", "20 days"),
        ("2024-03-01 - 2024-02-10", "20 days"),
        ("2024-02-10 + 3 weeks", "Saturday, March 2, 2024"),
        ("31 January 2024 + 1 month", "Thursday, February 29, 2024"),
        ("2024-02-29 - 1 year", "Tuesday, February 28, 2023"),
        ("10 days after 2024-02-20", "Friday, March 1, 2024"),
        ("2 weeks before today", "Saturday, January 27, 2024"),
        ("in 3 days", "Tuesday, February 13, 2024"),
        ("3 months ago", "Friday, November 10, 2023"),
    ],
)
def test_questions_about_dates_are_answered(asked: str, told: str) -> None:
    assert answer(asked, TODAY) == told


@pytest.mark.parametrize(
    "asked", ["2023-02-29", "31 April 2024", "2024-02-10 + 999999 years", "today - 9999 years"]
)
def test_dates_that_are_not_in_the_calendar_are_told(asked: str) -> None:
    with pytest.raises(DateSyntaxError, match="no such date"):
        answer(asked, TODAY)


@pytest.mark.parametrize(
    "asked", ["soon", "when is Easter?", "2024", "__import__('os')", "1" * 999]
)
def test_what_is_no_question_about_dates_gets_examples(asked: str) -> None:
    with pytest.raises(DateSyntaxError, match="ask like"):
        answer(asked, TODAY)


def test_today_is_a_setting_and_nothing_need_be_asked(tmp_path: Path) -> None:
    tools = Calendar(today="2020-11-20").tools(TASK)
    seen = said(tmp_path, tools, "calendar", "", "in 1 week", "soon")
    assert seen[:2] == ["Today is Friday, November 20, 2020.", "Friday, November 27, 2020"]
    assert seen[2].startswith("The calendar cannot tell")


def test_the_clocks_date_is_journalled_and_another_day_sees_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later(date):
        @classmethod
        def today(cls) -> Later:
            return cls(2031, 5, 5)

    def ask(today: str | None) -> str:
        (message,) = said(tmp_path, Calendar(today=today).tools(TASK), "calendar", "today")
        return str(message)

    first = ask(None)
    monkeypatch.setattr(module, "date", Later)
    assert ask(None) == first
    assert ask("2020-11-20") == "Friday, November 20, 2020"


@pytest.mark.parametrize("today", ["yesterday", "2024-13-01"])
def test_a_today_that_is_no_date_is_refused(today: str) -> None:
    with pytest.raises(UserError, match=r"pte\.calendar\.today"):
        Calendar(today=today)
