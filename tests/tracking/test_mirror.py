"""What a mirror tells and when, with a board that writes down what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.tracking import FOLDER, WandbConfig
from harness.ledger import Cost, Spent
from harness.records.endings import Endings
from harness.run.state import CellState
from harness.tracking.mirror import Mirror
from harness.tracking.wandb_run import WandbRun
from tests.tracking.conftest import TOY, TWO, Pte

RUN = Path("runs/toy")


@dataclass
class Told:
    """A W&B run that was opened."""

    page: WandbRun
    points: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    code: int | None = None

    @property
    def id(self) -> str:
        return self.page.id

    def log(self, figures: Mapping[str, Any], step: int) -> None:
        self.points.append((step, dict(figures)))


class Settings(dict[str, Any]):
    def update(self, values: Mapping[str, Any], **_: Any) -> None:  # type: ignore[override]
        super().update(values)


class Notes:
    """Stands for the board."""

    def __init__(self) -> None:
        self.runs: list[Told] = []
        self.down = False

    def open(self, page: WandbRun) -> Told:
        if self.down:
            raise ConnectionError("refused")
        self.runs.append(Told(page, config=Settings()))
        return self.runs[-1]

    def table(self, table: Any) -> Any:
        return table

    def keep(self, *_: Any) -> None:
        """Artifacts are W&B's business."""

    def finish(self, run: Told, code: int = 0) -> None:
        run.code = code


@pytest.fixture
def notes(pte: Pte) -> Notes:
    """Beside a finished run of two cells that nobody has told of."""
    assert pte("run", *TOY, *TWO, "name=toy").code == 0
    (RUN / FOLDER).mkdir()
    return Notes()


def mirror(notes: Notes, **changes: Any) -> Mirror:
    return Mirror(RUN, WandbConfig(mode="offline", **changes), notes)  # type: ignore[arg-type]


def looks(mirror: Mirror, *views: list[CellState]) -> None:
    """Follow a run that shows these states, one a look, and is over after the last."""
    left = list(views)

    class State:
        cells: list[CellState]

    def state() -> State:
        shown = State()
        shown.cells = left.pop(0) if len(left) > 1 else left[0]
        return shown

    mirror._watcher.state = state  # type: ignore[method-assign, assignment]
    mirror.follow(lambda: len(left) == 1, lambda seconds: None)


def cells(mirror: Mirror, **changes: Any) -> list[CellState]:
    """The run's two cells, base first, in some state."""
    results = [
        CellState(
            id=cell["cell"],
            model="toy_model",
            benchmark="toy",
            stack=cell["stack"],
            replicate=0,
            state="done",
            done=8,
            of=8,
            score=0.5,
            failed=0,
            why=None,
            flop=1.0,
            spent=Spent(requests=3),
            cost=Cost(calls=4, flop=5.0),
        )
        for cell in mirror.plan["cells"]
    ]
    return [replace(each, **changes) for each in sorted(results, key=lambda c: c.stack)]


def test_a_running_cell_is_told_as_it_goes(notes: Notes) -> None:
    watched = mirror(notes)
    views = [
        cells(watched, state="running", done=done, score=done / 10) for done in (0, 2, 2, 5, 8)
    ]
    looks(watched, *views, cells(watched))
    assert len(notes.runs) == 2
    for run in notes.runs:
        assert [step for step, _ in run.points] == [2, 5, 8]
        assert run.points[1][1]["score"] == 50.0
        assert run.points[1][1] | {"cost/calls": 4, "spent/requests": 3} == run.points[1][1]
        assert "attempts" in run.points[2][1]
        assert (run.summary["state"], run.code) == ("done", 0)
    assert watched.left() == 0


def test_how_attempts_ended_is_told_as_it_goes_and_at_the_end(notes: Notes) -> None:
    watched = mirror(notes)
    counted = Endings(rows=4, attempts=4, cut=1, score=2.0, strict=1.0, completions=8)
    running = cells(watched, state="running", done=4, endings=counted)
    looks(watched, running, running, cells(watched))
    for run in notes.runs:
        told = run.points[0][1]
        assert (told["cut_percent"], told["unread_percent"], told["strict"]) == (25.0, 0.0, 25.0)
        assert told["cut_completions_percent"] == 0.0
        assert run.points[-1][1]["cut_percent"] == 0.0  # as the records have it
        assert run.summary["cut_percent"] == 0.0
        assert run.summary["if_cut_right"] == run.summary["score"]


def test_where_nothing_tells_how_attempts_ended_nothing_is_told(notes: Notes) -> None:
    watched = mirror(notes)
    running = cells(watched, state="running", done=4)
    looks(watched, running, running, cells(watched))
    assert "cut_percent" not in notes.runs[0].points[0][1]


def test_only_so_many_are_live_and_the_others_come_whole(notes: Notes) -> None:
    watched = mirror(notes, live=1)
    running = cells(watched, state="running", done=3)
    looks(watched, running, running, cells(watched))
    histories = sorted([step for step, _ in run.points] for run in notes.runs)
    assert histories == [list(range(1, 9)), [3, 8]]


def test_a_cell_waits_for_the_base_that_it_is_compared_with(notes: Notes) -> None:
    watched = mirror(notes)
    base, other = cells(watched)
    path = RUN / "records" / f"{base.id}.parquet"
    held = path.rename("held")
    looks(watched, [replace(base, state="running", done=0), other], cells(watched, state="waiting"))
    assert [run.summary["definition"] for run in notes.runs] == ["no base"]  # at the end, as is
    held.rename(path)
    again = mirror(notes)
    looks(again, cells(again), cells(again))
    assert sorted(run.summary["x_base_gross"] for run in notes.runs[1:]) == [1.0, 5.0]


def test_what_is_told_is_not_told_again(notes: Notes) -> None:
    for _ in range(2):
        watched = mirror(notes)
        looks(watched, cells(watched), cells(watched))
    assert len(notes.runs) == 2
    elsewhere = mirror(notes, project="other")
    looks(elsewhere, cells(elsewhere), cells(elsewhere))
    assert len(notes.runs) == 4
    assert len({run.id for run in notes.runs}) == 2  # a cell is one run, whoever tells of it


def test_a_cell_that_came_to_nothing_says_why(notes: Notes) -> None:
    watched = mirror(notes)
    for path in (RUN / "records").iterdir():
        path.unlink()
    lost = cells(watched, state="failed", why="not loaded: no such folder", done=0)
    looks(watched, lost, lost)
    assert [run.summary["error"] for run in notes.runs] == ["not loaded: no such folder"] * 2
    assert {(run.summary["state"], run.code) for run in notes.runs} == {("failed", 1)}
    assert watched.left() == 2


def test_trouble_is_kept_and_told_of_and_passes(notes: Notes) -> None:
    watched = mirror(notes)
    notes.down = True
    looks(watched, cells(watched), cells(watched))
    assert watched.trouble == "ConnectionError: refused"
    assert watched.left() == 2
    notes.down = False
    looks(watched, cells(watched))
    assert (watched.trouble, watched.left()) == ("", 0)
