"""On a task with known values the tree search finds the best leaf more often than best-of-n does at
equal tokens, as long as the judgement of unfinished work means something."""

from __future__ import annotations

from tests.searching_toys import DEPTH, SEARCH, WAYS, Maze, compared, tree_search

MAZES = 40


def test_the_best_leaf_is_found_more_often_than_by_best_of_n() -> None:
    result = compared(MAZES, noise=0.05)
    assert result.tokens[1] >= result.tokens[0]
    assert result.search >= result.sampling + MAZES / 8
    assert result.p < 0.01


def test_with_a_judge_that_knows_nothing_of_unfinished_work_it_is_no_better() -> None:
    result = compared(MAZES, noise=0.1, blind=True)
    assert result.search <= result.sampling + MAZES / 8


def test_the_best_leaf_is_known() -> None:
    maze = Maze(0)
    leaf = maze.best
    assert len(leaf) == DEPTH
    others = (leaf[:-1] + way for way in "0123456789"[:WAYS])
    assert all(maze.value(other) <= maze.value(leaf) for other in others)


def test_a_search_is_the_same_each_time() -> None:
    assert tree_search(Maze(3), SEARCH) == tree_search(Maze(3), SEARCH)
