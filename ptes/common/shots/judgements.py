"""Judged work: as many times right as wrong."""

from __future__ import annotations

from harness.contracts.program import fenced
from harness.contracts.prompt import Demonstration

YES, NO = "yes", "no"
_ROLLS = "Problem: A baker fills 4 baskets with 12 rolls each and sells 9. How many rolls are left?"
_TOWER = "Problem: Which was finished first, the Eiffel Tower or the Statue of Liberty?"
_HOURS = "Problem: How many minutes are there in two and a half hours?"
_RIVER = "Problem: Does the Danube flow into the Black Sea?"
_SAID = {
    "rolls": "There are 4 * 12 = 48 rolls. Of these 9 are sold, so 48 - 9 = 39 are left. The "
    "answer is 39.",
    "tower": "The Eiffel Tower was finished in 1889 and the Statue of Liberty in 1886. The answer "
    "is the Eiffel Tower.",
    "hours": "Two hours have 120 minutes and half an hour has 50. The answer is 170.",
    "river": "The Danube rises in Germany and ends in a delta at the Black Sea. The answer is yes.",
}

PROPOSED = (
    Demonstration((_ROLLS, f"Proposed answer: {_SAID['rolls']}"), YES),
    Demonstration((_TOWER, f"Proposed answer: {_SAID['tower']}"), NO),
    Demonstration((_HOURS, f"Proposed answer: {_SAID['hours']}"), NO),
    Demonstration((_RIVER, f"Proposed answer: {_SAID['river']}"), YES),
)
"""Answers that somebody proposed."""

FINISHED = (
    Demonstration((_ROLLS, f"Work:\n{_SAID['rolls']}"), YES),
    Demonstration((_TOWER, f"Work:\n{_SAID['tower']}"), NO),
    Demonstration((_HOURS, f"Work:\n{_SAID['hours']}"), NO),
    Demonstration((_RIVER, f"Work:\n{_SAID['river']}"), YES),
)
"""Work that has come to its answer."""

OPEN = (
    Demonstration(
        (
            "Problem: In which country was the painter of The Starry Night born?",
            "Work:\nThought: I need the painter, then the country of birth.\n"
            "Action: search[The Starry Night]\n"
            "Observation: The Starry Night is a painting by Vincent van Gogh from 1889.",
        ),
        YES,
    ),
    Demonstration(
        (
            "Problem: How much do 3 notebooks at 4 dollars and a pen at 2 dollars cost together?",
            "Work:\nThese are 3 + 1 = 4 things, and each of them costs 4 dollars.",
        ),
        NO,
    ),
    Demonstration(
        (
            "Problem: How old was Marie Curie when she died?",
            "Work:\nThought: I need to know when Marie Curie was married.\n"
            "Action: search[Pierre Curie]\n"
            "Observation: Pierre Curie was a physicist who was born in Paris in 1859.",
        ),
        NO,
    ),
    Demonstration(
        (
            "Problem: A train leaves at 9:40 and arrives at 12:05. How many minutes does it take?",
            "Work:\nFrom 9:40 to 12:00 are 2 hours and 20 minutes, which is 140 minutes.",
        ),
        YES,
    ),
)
"""Work under way."""

_LARGEST = 'Problem: def largest(xs):\n    """The largest number of a list."""'
_VOWELS = 'Problem: def vowels(text):\n    """How many vowels a text has, of either case."""'
_EVEN = 'Problem: def evens(xs):\n    """The even numbers of a list, in their order."""'
_MIDDLE = 'Problem: def middle(a, b):\n    """The number halfway between two numbers."""'

_TOO_FEW = "assert vowels('Otto') == 2  # failed: vowels('Otto') gives 1"
_WRONG_TEST = "assert middle(1, 2) == 2  # failed: middle(1, 2) gives 1.5"


def _program(problem: str, code: str, verdict: str, results: str = "") -> Demonstration:
    tested = (f"Test results:\n{results}",) if results else ()
    return Demonstration((problem, f"Work:\n{fenced(code)}", *tested), verdict)


PROGRAMS = (
    _program(_LARGEST, "def largest(xs):\n    return max(xs)", YES),
    _program(
        _VOWELS,
        "def vowels(text):\n    return sum(each in 'aeiou' for each in text)",
        NO,
        _TOO_FEW,
    ),
    _program(_EVEN, "def evens(xs):\n    return [x for x in xs if x % 2]", NO),
    _program(_MIDDLE, "def middle(a, b):\n    return (a + b) / 2", YES, _WRONG_TEST),
)
"""Programs; of the last one a test is wrong, and not the program."""
