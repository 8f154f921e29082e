"""What was learnt from attempts that failed."""

from __future__ import annotations

from harness.contracts.program import fenced
from harness.contracts.prompt import Demonstration

ANSWERS = (
    Demonstration(
        (
            "Question: In which city was the author of the novel Dracula born?",
            "Attempt:\nThought: I need the author of Dracula.\nAction: search[Dracula]\n"
            "Observation: Dracula is a novel by Bram Stoker that was printed in London in 1897.\n"
            "Thought: It was printed in London.\nAction: finish[London]",
            "The answer was judged to be wrong.",
        ),
        "I gave the city in which the book was printed, and the question is about the "
        "birthplace of its author. The next attempt should look up Bram Stoker and read where he "
        "was born.",
    ),
    Demonstration(
        (
            "Question: Anna reads 14 pages a day from Monday to Friday and 20 on Saturday. How "
            "many pages does she read in the week?",
            "Attempt:\nOn six days she reads 14 pages, which is 6 * 14 = 84. With the 20 pages "
            "that makes 104. The answer is 104.",
            "The answer was judged to be wrong.",
        ),
        "I counted six days with 14 pages, though from Monday to Friday there are five and "
        "Saturday has its own number. The next attempt should multiply 14 by 5 before it adds 20.",
    ),
)
"""Answers in words or numbers."""

PROGRAMS = (
    Demonstration(
        (
            fenced(
                'def vowels(text):\n    """How many vowels a text has, of either case."""\n'
                "    return sum(each in 'aeiou' for each in text)"
            ),
            "Test results:\nassert vowels('Otto') == 2  # failed: vowels('Otto') gives 1",
        ),
        "The program knows vowels in lower case alone, so the O at the beginning was not counted. "
        "The next one should put the text into lower case before it counts.",
    ),
    Demonstration(
        (
            fenced(
                'def second(xs):\n    """The second largest of the different numbers in a list, or '
                'None."""\n    return sorted(xs)[-2]'
            ),
            "Test results:\nassert second([3, 3, 1]) == 1  # failed: second([3, 3, 1]) gives 3\n"
            "assert second([5]) == None  # failed: second([5]) gives IndexError",
        ),
        "Equal numbers were taken for different ones, and a list that is too short was not thought "
        "of. The next one should sort the set of the numbers and return None where it has fewer "
        "than two.",
    ),
)
"""Programs that failed their tests."""
