"""Pocket arithmetic: problems made by a procedure, worked out, and checked step by step."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.pocket.arithmetic import PocketArithmetic, cells, held_out
from benchmarks.pocket.skills import CONVENTIONS, SKILLS, Exercise
from benchmarks.pocket.steps import sound
from harness.errors import UserError
from tests.refusals import refusal


def exercises(number: int = 40) -> list[Exercise]:
    random = Random(1)
    return [
        skill.make(random, length, convention)
        for skill in SKILLS.values()
        for length in skill.practised
        for convention in CONVENTIONS
        for _ in range(number)
    ]


def truth(question: str, convention: str) -> int:
    """The result by Python itself."""
    if question.startswith("a"):
        spaced = "".join(" " if each.isalpha() else each for each in question)
        return sum(map(int, spaced.split()))
    left, operator, right = next((*question.partition(each),) for each in "+*@" if each in question)
    operator = convention if operator == "@" else operator
    return int(left) + int(right) if operator == "+" else int(left) * int(right)


def test_answers_are_what_python_computes() -> None:
    random = Random(2)
    for skill in SKILLS.values():
        for length in skill.practised:
            for convention in CONVENTIONS:
                made = skill.make(random, length, convention)
                assert int(made.answer) == truth(made.question, convention)


def test_the_width_of_an_answer_tells_nothing_of_it() -> None:
    random = Random(3)
    for name, skill in SKILLS.items():
        for length in skill.practised:
            widths = {len(skill.make(random, length, "*").answer) for _ in range(100)}
            assert len(widths) == 1, name


def test_both_styles_of_working_are_sound() -> None:
    for each in exercises():
        assert sound(each.question, each.careful, each.answer)
        assert sound(each.question, each.terse, each.answer)


def test_one_wrong_digit_in_the_working_is_found() -> None:
    random = Random(4)
    for each in exercises():
        place = random.choice([n for n, c in enumerate(each.careful) if c.isdigit()])
        wrong = str((int(each.careful[place]) + 1) % 10)
        work = each.careful[:place] + wrong + each.careful[place + 1 :]
        assert not sound(each.question, work, each.answer), work


def test_an_answer_that_the_steps_do_not_say_is_found() -> None:
    for each in exercises():
        assert not sound(each.question, each.careful, str(int(each.answer) + 1))


def test_the_checker_accepts_either_reading_of_the_free_operator_but_not_a_mixture() -> None:
    assert sound("47@6", "7+6=13:3;4+0=05:53;", "053")
    assert sound("47@6", "7*6+0=42:2;4*6+4=28:82;", "282")
    assert not sound("47@6", "7*6+0=42:2;4+0=08:82;", "082")


@pytest.mark.parametrize(
    ("work", "answer"),
    [
        ("", "17"),
        ("a9=09;", "09"),  # not all items
        ("a9=09;b8=17", "17"),  # a step without its end
        ("a9=09;b8=17;b8=25;", "25"),  # an item twice
        ("a9=09;x=17;", "17"),
        ("b8=08;a9=17;", "17"),  # another order
        ("a9=09;b8=17;", "17/1"),
        ("a9=09;b8=17;", "two"),
        ("a9=09;b8=17; and more", "17"),
    ],
)
def test_work_that_is_not_the_problems_own_is_not_sound(work: str, answer: str) -> None:
    assert not sound("a9b8", work, answer)


def test_tested_and_shown_problems_are_apart_by_construction() -> None:
    benchmark = PocketArithmetic()
    tested = {item.problem.question for item in benchmark.load().items}
    shown = {exemplar.question for exemplar in benchmark.task().exemplars}
    assert all(held_out(question) for question in tested)
    assert not any(held_out(question) for question in shown)


def test_problems_are_seeded_distinct_and_in_equal_shares() -> None:
    items = PocketArithmetic(seed=5).load().items
    assert items == PocketArithmetic(seed=5).load().items
    questions = [item.problem.question for item in items]
    assert len(set(questions)) == len(questions) == 400
    assert set(questions) != {i.problem.question for i in PocketArithmetic(seed=6).load().items}
    assert PocketArithmetic(seed=5, limit=7).load().items == items[:7]
    names = [name for name, _ in cells()]
    assert {names.count(name) for name in SKILLS} == {len(names) // len(SKILLS)}
    for name, skill in SKILLS.items():
        lengths = [length for each, length in cells() if each == name]
        assert {lengths.count(length) for length in skill.tested} == {
            len(lengths) // len(skill.tested)
        }


def test_more_problems_than_there_are_is_an_error() -> None:
    with pytest.raises(UserError, match="size"):
        PocketArithmetic(size=2000).load()


def test_settings_that_fit_nothing_are_errors() -> None:
    assert "its.convention is '-': give + or *" in refusal(PocketArithmetic, convention="-")
    assert "its.size is 0" in refusal(PocketArithmetic, size=0)


def test_the_grade_takes_the_number_however_it_is_written() -> None:
    benchmark = PocketArithmetic()
    assert benchmark.grade("85", "085").score == 1.0
    assert benchmark.grade("85", "85").score == 1.0
    assert benchmark.grade("85", "58").score == 0.0
    assert benchmark.grade("85", None).score == 0.0
