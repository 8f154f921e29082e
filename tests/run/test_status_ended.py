"""What the table of a run's cells says of how attempts ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.records.endings import Endings
from harness.run.tracker import CellProgress
from harness.run.view import cell_table, troubles
from tests.run.test_view import CELL, drawn, run

DONE = replace(CELL, state="done", done=10, score=0.5)
ENDED = Endings(rows=10, attempts=10, score=5.0, strict=5.0, upper=5.0, completions=10)
CUT = replace(ENDED, cut=2, cut_completions=2, unread=1, upper=7.0)


def heads(*endings: Endings) -> list[str]:
    cells = [replace(DONE, endings=each) for each in endings]
    return drawn(cell_table(cells, bars=False), 200)


def test_shares_stand_beside_the_score() -> None:
    head, row = heads(CUT)
    assert head.split()[-3:] == ["failed", "cut", "unread"]
    assert row.split()[-3:] == ["50.0", "20.0%", "10.0%"]


def test_completions_and_the_strict_score_are_shown_where_they_differ() -> None:
    head, row = heads(replace(CUT, completions=20, cut_completions=9, strict=3.0))
    assert head.split()[-5:] == ["cut", "cut", "completions", "unread", "strict"]
    assert row.split()[-4:] == ["20.0%", "45.0%", "10.0%", "30.0"]


def test_what_older_records_do_not_tell_is_unknown_and_never_0() -> None:
    _, row = heads(Endings())
    assert row.split()[-2:] == ["unknown", "unknown"]
    assert "cut" not in drawn(cell_table([CELL], bars=False))[0]


def test_a_cell_that_was_cut_is_warned_of_with_its_bound() -> None:
    cells = (replace(DONE, endings=CUT), replace(DONE, endings=ENDED))
    [line] = troubles(run(cells=cells))
    assert line == (
        "cut: base on gsm8k (model): a token limit cut 20.0% of its attempts; score 50.0, 70.0 if "
        "all of them were right"
    )


def test_processes_that_share_a_cell_add_up_and_older_ones_say_nothing() -> None:
    seen = CellProgress(id="c", model="m", benchmark="b", stack="base", replicate=0, of=20)
    # As a status is read, which fills what an older harness did not say.
    said = {"done": 5, "scored": 5, "score_sum": 2.0, "failed": 0, "why": None}
    older: dict[str, Any] = {**said, "cost": {}, "endings": {}}
    newer = {**older, "endings": {"rows": 10, "attempts": 10, "cut": 2}}
    for piece in (older, newer, newer):
        seen.add(piece)
    assert (seen.endings.attempts, seen.endings.cut_share) == (20, 0.2)
