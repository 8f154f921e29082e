"""The game of 24: which sets can be solved, what is asked, and what the grader takes."""

from __future__ import annotations

import dataclasses
import operator
import pickle
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations_with_replacement, permutations, product

import pytest
from hydra import compose, initialize_config_module
from hydra.utils import instantiate
from omegaconf import OmegaConf

from benchmarks.expressions import canonical_expression, extract_expression, worked_out
from benchmarks.game24 import Game24
from benchmarks.game24_solver import TREES, solution, ways
from harness.errors import UserError
from tests.refusals import refusal

Sign = Callable[[Fraction, Fraction], Fraction]
SIGNS: tuple[Sign, ...] = (operator.add, operator.sub, operator.mul, operator.truediv)
SHAPES: tuple[Callable[..., Fraction], ...] = (
    lambda x, y, z, a, b, c, d: z(y(x(a, b), c), d),
    lambda x, y, z, a, b, c, d: z(x(a, y(b, c)), d),
    lambda x, y, z, a, b, c, d: y(x(a, b), z(c, d)),
    lambda x, y, z, a, b, c, d: x(a, z(y(b, c), d)),
    lambda x, y, z, a, b, c, d: x(a, y(b, z(c, d))),
)


def brute(numbers: tuple[int, ...]) -> int:
    """The number of expressions that make 24, by trying all orders, shapes and signs."""
    right = 0
    for order in permutations(map(Fraction, numbers)):
        for signs in product(SIGNS, repeat=3):
            for shape in SHAPES:
                try:
                    right += shape(*signs, *order) == 24
                except ZeroDivisionError:
                    continue
    return right


@pytest.mark.parametrize(
    "numbers",
    [
        (1, 1, 1, 1),
        (1, 2, 3, 4),
        (1, 5, 5, 5),
        (3, 3, 8, 8),
        (1, 3, 4, 6),
        (6, 6, 6, 6),
        (1, 1, 1, 8),
    ],
)
def test_ways_are_those_of_brute_force(numbers: tuple[int, ...]) -> None:
    assert ways(numbers) == brute(numbers)
    assert (solution(numbers) is not None) <= (ways(numbers) > 0)


def test_fractions_on_the_way_count() -> None:
    """8 / (3 - 8 / 3) is the only way there is with 3, 3, 8 and 8."""
    assert ways((3, 3, 8, 8)) > 0
    assert solution((3, 3, 8, 8)) is None  # no exemplar: it takes a fraction
    assert Game24().grade((3, 3, 8, 8), "8 / (3 - 8 / 3)").score == 1.0


def test_solutions_solve_and_their_steps_lead_there() -> None:
    for numbers in combinations_with_replacement(range(1, 8), 4):
        result = solution(numbers)
        if result is None:
            continue
        worked = worked_out(result.expression)
        assert worked is not None
        assert tuple(sorted(worked[0])) == numbers
        assert worked[1] == 24
        held: tuple[int, ...] = numbers
        for step in result.steps:
            assert worked_out(step.sum) == ((step.left, step.right), Fraction(step.made))
            rest = held_less(held_less(held, step.left), step.right)
            held = tuple(sorted((*rest, step.made)))
            assert held == step.rest
        assert held == (24,)


def held_less(held: tuple[int, ...], number: int) -> tuple[int, ...]:
    at = held.index(number)
    return held[:at] + held[at + 1 :]


def test_every_problem_can_be_solved_and_the_chance_is_exact() -> None:
    items = Game24(size=40).load().items
    for item in items:
        assert item.problem.question == ", ".join(map(str, item.target))
        assert item.chance == ways(item.target) / TREES > 0
    for item in items[:3]:
        assert brute(item.target) == ways(item.target)
    assert len({item.problem.id for item in items}) == 40


def test_sets_are_a_choice_of_the_seeds_and_limits_are_prefixes() -> None:
    benchmark = Game24(size=30)
    data = benchmark.load()
    assert benchmark.load() == data
    assert dataclasses.replace(benchmark, limit=5).load().items == data.items[:5]
    assert dataclasses.replace(benchmark, limit=5).load().source == data.source
    other = dataclasses.replace(benchmark, seed=1).load()
    assert other.items != data.items
    assert other.source.sha256 != data.source.sha256


def test_hard_sets_have_few_ways() -> None:
    items = Game24(size=10, most_ways=8).load().items
    assert all(0 < item.chance <= 8 / TREES for item in items)


def test_exemplars_are_never_asked_and_end_in_their_answers() -> None:
    exemplars = [exemplar for seed in range(3) for exemplar in Game24(seed=seed).task().exemplars]
    asked = {item.problem.question for item in Game24(size=200).load().items}
    benchmark = Game24()
    for exemplar in exemplars:
        assert exemplar.question not in asked
        numbers = tuple(map(int, exemplar.question.split(", ")))
        assert benchmark.grade(numbers, extract_expression(f" {exemplar.answer}.")).score == 1.0
        assert exemplar.forms["rationale"].endswith(f"the expression is {exemplar.answer}.")


@pytest.mark.parametrize(
    "answer",
    ["(1 + 2 + 3) * 4", "((1+2)+3)*4", "1*2*3*4", "4×3×2÷1", "4 · (3 + 2 + 1)", "(4)*(3)*2*1"],
)
def test_right_answers_are_right_however_written(answer: str) -> None:
    benchmark = Game24()
    for text in (f" {answer}", f": {answer} = 24.", f" {answer}. That is 24.", f" ${answer}$"):
        read = extract_expression(text)
        assert read is not None
        assert benchmark.grade((1, 2, 3, 4), read).score == 1.0, text


@pytest.mark.parametrize(
    ("numbers", "answer"),
    [
        ((1, 2, 3, 4), "(1 + 2 + 3) + 4"),  # not 24
        ((1, 2, 3, 4), "(2 + 4) * 4"),  # one used twice
        ((1, 2, 3, 4), "2 * 3 * 4"),  # one missing
        ((1, 2, 3, 4), "1 * 2 * 3 * 4 * 1"),  # one more
        ((1, 2, 3, 4), "6 * 4"),  # others
        ((1, 2, 3, 4), "24"),
        ((1, 2, 4, 8), "12 + 4 + 8"),  # put together
        ((1, 2, 4, 8), "1 2 + 4 + 8"),
        ((2, 2, 3, 3), "(3 ** 2 - 3) * 2 ** 2"),  # powers
        ((1, 2, 3, 4), "1 ** 2 * 3 * 4 * 2"),
        ((1, 2, 3, 4), "4 // 1 * 2 * 3"),
        ((1, 2, 3, 4), "-(1 - 4 - 3) * 2 * 2"),
        ((2, 3, 4, 8), "-3 * -8 * (4 - 2) / 2"),
        ((1, 3, 8, 8), "-3 * -8 * 1"),  # a sign before a number
        ((1, 2, 3, 4), "+4 * 3 * 2 * 1"),
        ((1, 2, 3, 4), "~-5 * 3 * 2 * 1"),
        ((1, 2, 3, 4), "(1 + 2 + 3)(4)"),
        ((1, 2, 3, 4), "1_0 * 2 + 4"),
        ((1, 2, 3, 4), "0x18"),
        ((1, 2, 3, 4), "1.0 * 2 * 3 * 4"),
        ((1, 2, 3, 4), "4! * (1 + 2) / 3"),
        ((1, 2, 3, 4), "(1 + 2 + 3 * 4"),
        ((1, 2, 3, 4), "1 * 2 * 3 * 4 # 24"),
        ((1, 2, 3, 4), "__import__('os').getcwd()"),
        ((1, 2, 3, 4), "1 * 2 * 3 * 4\n1"),
        ((0, 0, 1, 24), "24 + 1 / (0 * 0)"),
        ((1, 2, 3, 4), "1 * 2 * 3 * 4" + " " * 80 + "* 1 / 1"),
        ((1, 2, 3, 4), "(" * 50_000 + "1"),
        ((1, 2, 3, 4), "9" * 90 + " * " + "9" * 3),
        ((1, 2, 3, 4), ""),
        ((1, 2, 3, 4), None),
    ],
)
def test_wrong_answers_are_wrong(numbers: tuple[int, ...], answer: str | None) -> None:
    assert Game24().grade(numbers, answer).score == 0.0


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (" (1 + 2 + 3) * 4 = 24", "(1 + 2 + 3) * 4"),
        (" 4 * 6 because 4 is", "4 * 6"),
        ("It is 4 * 6", None),
        (" 2.5 * 4", "2.5 * 4"),
        (" ()", None),
        ("", None),
    ],
)
def test_the_expression_that_opens_an_answer_is_read(text: str, answer: str | None) -> None:
    assert extract_expression(text) == answer


def test_spaces_and_signs_make_no_difference_to_the_canonical_form() -> None:
    assert canonical_expression("(10−4)×(8-4)") == canonical_expression("( 10 - 4 ) * (8 - 4)")
    assert canonical_expression("1 2") != canonical_expression("12")


def test_the_task_counts_no_votes_and_can_be_sent_to_another_process() -> None:
    task = Game24().task()
    assert not task.votable
    assert task.tools == ("calculator",)
    assert pickle.loads(pickle.dumps(task)) == task


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"size": 0}, "size is 0"),
        ({"most_ways": 0}, "most_ways is 0"),
        ({"highest": 3}, "highest is 3"),
        ({"limit": 0}, "limit is 0"),
    ],
)
def test_settings_that_make_no_sense_are_named(settings: dict[str, int], complaint: str) -> None:
    assert complaint in refusal(Game24, **settings)


def test_more_problems_than_there_are_is_an_error() -> None:
    with pytest.raises(UserError, match="size is 500, and there are"):
        Game24(size=500, highest=4).load()


def test_the_configuration_builds_the_defaults() -> None:
    with initialize_config_module("configs", version_base=None):
        config = compose(overrides=["+benchmark=game24", "+limit=3"])
    OmegaConf.resolve(config)
    assert instantiate(config.benchmark.game24) == Game24(limit=3)
