"""Pocket arithmetic: made-up operators, worked out, and checked step by step."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from benchmarks.pocket.arithmetic import TESTED, PocketArithmetic, held_out
from benchmarks.pocket.operators import (
    BASIC,
    COMPOSITE,
    CONVENTIONS,
    FREE,
    NUMBERS,
    Exercise,
    exercise,
    parts,
    practised,
    table,
)
from benchmarks.pocket.steps import sound
from harness.errors import UserError
from tests.refusals import refusal


def exercises() -> list[Exercise]:
    """Every problem there is, the free operator in both readings."""
    return [
        exercise(operator, number, convention)
        for operator in BASIC + COMPOSITE + FREE
        for convention in CONVENTIONS
        for number in range(NUMBERS)
    ]


def test_answers_are_what_the_tables_give_one_part_after_the_other() -> None:
    for each in exercises():
        *_, last = each.careful.removesuffix(";").split(";")
        number = int(each.question[1:])
        for step in each.careful.removesuffix(";").split(";"):
            assert int(step[1:3]) == number
            number = table(step[0])[number]
        assert last.endswith(f"={number:02d}")
        assert int(each.answer) == number


def test_composites_have_two_or_three_parts_and_no_two_are_alike() -> None:
    assert {len(parts(each)) for each in COMPOSITE} == {2, 3}
    assert len({parts(each) for each in COMPOSITE}) == len(COMPOSITE)
    assert all(parts(each) == each for each in BASIC)


def test_no_number_is_a_good_guess_at_all_answers() -> None:
    most = Counter(each.answer for each in exercises()).most_common(1)[0][1]
    assert most / len(exercises()) < 0.08


def test_a_guess_is_right_once_in_as_many_as_there_are_numbers() -> None:
    items = (*PocketArithmetic().load().items, *PocketArithmetic().train().items)
    assert {item.chance for item in items} == {1 / NUMBERS}


def test_what_is_trained_on_is_neither_tested_nor_shown() -> None:
    benchmark = PocketArithmetic()
    train = {item.problem.question for item in benchmark.train().items}
    assert not train & {item.problem.question for item in PocketArithmetic(size=540).load().items}
    assert not train & {exemplar.question for exemplar in benchmark.task().exemplars}
    assert len(train) == (NUMBERS - TESTED) * (len(COMPOSITE) + 1) - 20
    tested = {item.problem.id for item in benchmark.load().items}
    assert not tested & {item.problem.id for item in benchmark.train().items}


def test_operators_are_practised_the_more_the_earlier_they_stand() -> None:
    random = Random(1)
    asked = Counter(practised(random, "+").question[0] for _ in range(20_000))
    for operators in (BASIC, COMPOSITE):
        assert asked[operators[0]] > asked[operators[3]] > asked[operators[12]] > 0


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


def test_the_checker_accepts_either_reading_of_the_free_operator_but_no_third() -> None:
    for convention in CONVENTIONS:
        read = exercise(FREE, 7, convention)
        assert sound(read.question, read.careful, read.answer)
    other = exercise("A", 7, "+")
    assert not sound(f"{FREE}07", other.careful, other.answer)


@pytest.mark.parametrize(
    "change",
    [
        lambda work: "",
        lambda work: work.removesuffix(";"),  # a step without its end
        lambda work: work.partition(";")[0] + ";",  # not all steps
        lambda work: work + work,  # all twice
        lambda work: work.partition(";")[2],  # from the middle on
        lambda work: work + " and more",
        lambda work: work.upper(),
    ],
)
def test_work_that_is_not_the_problems_own_is_not_sound(change: object) -> None:
    each = exercise("A", 8, "+")
    work = change(each.careful)  # type: ignore[operator]
    answer = work.rstrip("; andmore")[-2:] or each.answer
    assert not sound(each.question, work, answer), work
    assert not sound(each.question, work, each.answer), work


@pytest.mark.parametrize("answer", ["two", "", "-1", "3/1"])
def test_an_answer_that_is_no_number_is_not_sound(answer: str) -> None:
    each = exercise("A", 8, "+")
    assert not sound(each.question, each.careful, answer)


def test_tested_and_shown_problems_are_apart_by_construction() -> None:
    benchmark = PocketArithmetic(size=540)
    tested = {item.problem.question for item in benchmark.load().items}
    shown = {exemplar.question for exemplar in benchmark.task().exemplars}
    assert all(held_out(question) for question in tested)
    assert not any(held_out(question) for question in shown)
    assert len(tested) == TESTED * (len(COMPOSITE) + 1)


def test_problems_are_seeded_and_distinct_and_any_limit_is_a_mixture() -> None:
    items = PocketArithmetic(seed=5).load().items
    assert items == PocketArithmetic(seed=5).load().items
    questions = [item.problem.question for item in items]
    assert len(set(questions)) == len(questions) == 400
    assert set(questions) != {i.problem.question for i in PocketArithmetic(seed=6).load().items}
    assert PocketArithmetic(seed=5, limit=7).load().items == items[:7]
    asked = Counter(question[0] for question in questions)
    assert {asked[each] for each in COMPOSITE} <= {14, 15, 16}
    assert asked[FREE] == TESTED
    for limit in (10, 20):
        places = [COMPOSITE.index(q[0]) for q in questions[:limit] if q[0] != FREE]
        assert min(places) < 6
        assert max(places) > 19


def test_exemplars_tell_what_the_free_operator_stands_for() -> None:
    shown = [each for each in PocketArithmetic().task().exemplars if each.question[0] == FREE]
    assert len(shown) >= 5


def test_more_problems_than_there_are_is_an_error() -> None:
    with pytest.raises(UserError, match="size is 2000, and there are 540"):
        PocketArithmetic(size=2000).load()


def test_settings_that_fit_nothing_are_errors() -> None:
    assert "its.convention is '-': give + or *" in refusal(PocketArithmetic, convention="-")
    assert "its.size is 0" in refusal(PocketArithmetic, size=0)


def test_the_grade_takes_the_number_however_it_is_written() -> None:
    benchmark = PocketArithmetic()
    assert benchmark.grade("5", "05").score == 1.0
    assert benchmark.grade("5", "5").score == 1.0
    assert benchmark.grade("5", "50").score == 0.0
    assert benchmark.grade("5", None).score == 0.0
