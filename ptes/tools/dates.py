"""Dates in words and the arithmetic of them: days between, so long after, which weekday."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if name}
_BY_START = {name[:3]: number for name, number in MONTHS.items()}
_MONTH = rf"(?:{'|'.join(MONTHS)}|sept|{'|'.join(_BY_START)})\.?"
_DATE = (
    r"(?:today|now|tomorrow|yesterday|\d{4}-\d{1,2}-\d{1,2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+\d{{1,4}}"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{1,4}})"
)
_SPAN = r"\d{1,6}\s+(?:day|week|month|year)s?"
_ASKED = r"(?:what\s+(?:is|was|day\s+(?:is|was))\s+|(?:week)?day\s+(?:of\s+(?:the\s+week\s+)?)?)?"


class DateSyntaxError(ValueError):
    """What is wrong with a question about dates, in words for the model."""


def answer(text: str, today: date) -> str:
    """The answer to a question about dates; the date of today where nothing is asked.

    Raises:
        DateSyntaxError: it is no such question, or leads out of the calendar.
    """
    asked = " ".join(text.lower().split()).rstrip("?. ")
    if not asked:
        return f"Today is {written(today)}."
    for pattern, reply in _FORMS:
        if result := pattern.fullmatch(asked):
            try:
                return reply([read for read in result.groups() if read], today)
            except (ValueError, OverflowError) as error:
                raise DateSyntaxError(f"there is no such date ({error})") from error
    raise DateSyntaxError(
        "ask like '2024-02-10', 'days between 2024-02-10 and 2024-03-01', '2024-02-10 + 3 weeks'"
    )


def written(day: date) -> str:
    """A date with its weekday: `Friday, November 20, 2020`."""
    return f"{calendar.day_name[day.weekday()]}, {calendar.month_name[day.month]} {day.day}, " + (
        f"{day.year}"
    )


def read_date(text: str, today: date) -> date:
    """A date written in one of the usual ways.

    Raises:
        ValueError: the day is not in the calendar.
    """
    near = {"today": 0, "now": 0, "tomorrow": 1, "yesterday": -1}
    if text in near:
        return today + timedelta(days=near[text])
    if re.fullmatch(r"[\d-]+", text):
        year, month, day = map(int, text.split("-"))
        return date(year, month, day)
    word = re.search(_MONTH, text)
    day, year = (int(number) for number in re.findall(r"\d+", text))
    return date(year, _BY_START[word[0][:3]] if word else 0, day)


def moved(day: date, span: str, sign: int) -> date:
    """The date so long after (or before); of months and years, the last day there is at most.

    Raises:
        ValueError, OverflowError: out of the calendar.
    """
    number, unit = span.split()
    count = sign * int(number)
    if unit.startswith(("day", "week")):
        return day + timedelta(days=count * (7 if unit.startswith("week") else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit.startswith("year") else 1)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise ValueError(f"year {year}")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _between(parts: list[str], today: date) -> str:
    first, last = (read_date(part, today) for part in parts)
    return f"{abs((last - first).days)} days"


def _plus(parts: list[str], today: date) -> str:
    return written(moved(read_date(parts[0], today), parts[1], 1))


def _minus(parts: list[str], today: date) -> str:
    return written(moved(read_date(parts[0], today), parts[1], -1))


def _after(parts: list[str], today: date) -> str:
    return written(moved(read_date(parts[1], today) if parts[1:] else today, parts[0], 1))


def _before(parts: list[str], today: date) -> str:
    return written(moved(read_date(parts[1], today) if parts[1:] else today, parts[0], -1))


def _only(parts: list[str], today: date) -> str:
    return written(read_date(parts[0], today))


_FORMS: list[tuple[re.Pattern[str], Callable[[list[str], date], str]]] = [
    (re.compile(pattern), reply)
    for pattern, reply in (
        (rf"{_ASKED}({_DATE})", _only),
        (
            rf"(?:how many )?days (?:between|from|since) ({_DATE}) (?:and|to|until) ({_DATE})",
            _between,
        ),
        (rf"({_DATE}) (?:-|to|until) ({_DATE})", _between),
        (rf"({_DATE}) ?\+ ?({_SPAN})", _plus),
        (rf"({_DATE}) ?- ?({_SPAN})", _minus),
        (rf"{_ASKED}({_SPAN}) (?:after|from) ({_DATE})", _after),
        (rf"{_ASKED}({_SPAN}) before ({_DATE})", _before),
        (rf"in ({_SPAN})", _after),
        (rf"({_SPAN}) ago", _before),
    )
]
