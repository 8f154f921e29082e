"""How progress is drawn for people: tables, bars and numbers, on a terminal or in a file."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.run.ended import Ended, ended_columns, warning
from harness.run.state import CellState, ProcessState, RunState

ROWS = 24
"""Most cells shown at once; the terminal is not for scrolling."""
STYLES = {
    "running": "cyan",
    "stopped": "yellow",
    "failed": "red",
    "done": "green",
    "kept": "green",
    "waiting": "dim",
}
"""States, those first that a short table shows first."""
BROKEN_OFF = ("lost", "interrupted", "failed")
"""States of a process that left work undone."""
TOLD = 5
"""Most troubles of one sort that are spelt out."""
SILENT = 10.0
"""Seconds without a sign of life that are worth a word."""


COSTS = ("x base (net)", "x base (gross)")
PLANNED = (
    "x base: planned inference FLOP over the base's; net of the own prefix, which the definition's "
    "100x is judged by, and gross"
)
Multipliers = tuple[float | None, float | None]
"""Cost over the base's, net and gross; None where it is not known."""


class Shown(Ended, Protocol):
    """What a row of the table needs to know of a cell."""

    @property
    def replicate(self) -> int: ...

    @property
    def state(self) -> str: ...

    @property
    def done(self) -> int: ...

    @property
    def of(self) -> int: ...

    @property
    def failed(self) -> int: ...


Row = TypeVar("Row", bound=Shown)


def run_view(run: RunState, rows: int = ROWS, bars: bool = True) -> RenderableType:
    """A whole run: where it stands, what it cost, and its cells."""
    parts: list[RenderableType] = [headline(run)]
    if bars:
        parts.append(bar(*run.attempts))
    parts += [Text(pace(run)), Text(cost(run), style="dim")]
    parts += [Text(), cell_table(run.cells, rows, bars, _planned)]
    if any(_times(each) for cell in run.cells for each in _planned(cell)):
        parts.append(Text(PLANNED, style="dim"))
    return Group(*parts)


def _planned(cell: CellState) -> Multipliers:
    return cell.x_base_net, cell.x_base_gross


def headline(run: RunState) -> Text:
    """The run's name, how many cells are done, and what its processes do."""
    done = sum(cell.state == "done" for cell in run.cells)
    text = Text(str(run.folder), style="bold")
    return text.append(f": {done} of {len(run.cells)} cells done, {doing(run)}", style="not bold")


def doing(run: RunState) -> str:
    """The phase of a single process, or how many are in which state."""
    states = Counter(process.state for process in run.processes)
    if not set(states) - {"waiting"}:
        return f"not started ({states['waiting']} work units wait)" if states else "not started"
    if len(run.processes) == 1:
        process = run.processes[0]
        return process.phase or process.state.replace("lost", "stopped")
    text = ", ".join(f"{states[state]} {state}" for state in sorted(states))
    phases = Counter(process.phase for process in run.processes if process.phase)
    return f"work units: {text}" + "".join(f"; {n} {phase}" for phase, n in phases.most_common(2))


def pace(run: RunState) -> str:
    """How far, how fast, how long."""
    done, of = run.attempts
    parts = [f"{done:,} of {of:,} attempts ({100 * done // max(1, of)}%)"]
    if run.tokens_per_second:
        parts.append(f"{run.tokens_per_second:,.0f} tokens/s")
    if run.eta is not None:
        parts.append(f"ETA {clock(run.eta)}")
    silent = time.time() - run.seen if run.seen is not None else 0.0
    if silent > SILENT:
        parts.append(f"last sign of life {clock(silent)} ago")
    return "  ".join(parts)


def cost(run: RunState) -> str:
    """What was spent, against the plan where that is known."""
    spent, plan = run.spent, run.expected
    figures = [
        (float(spent.requests), plan and plan.requests, "requests"),
        (float(spent.tokens), plan and plan.prompt_tokens + plan.generated_tokens, "tokens"),
    ]
    if run.gpu_seconds:
        hours, on = (
            plan and plan.gpu_seconds / 3600,
            f" (planned on {plan.hardware})" if plan else "",
        )
        figures.append((run.gpu_seconds / 3600, hours, f"GPU-hours{on}"))
    parts = [
        f"{short(value)} of about {short(planned)} {unit}" if planned else f"{short(value)} {unit}"
        for value, planned, unit in figures
    ]
    if spent.journal_hits:
        parts.append(f"{short(spent.journal_hits)} draws from the journal")
    return f"spent {', '.join(parts)}"


def troubles(run: RunState) -> list[str]:
    """What failed, was lost or was cut and why, and how to go on: a line each."""
    lines = [
        f"failed: {cell.stack} on {cell.benchmark} ({cell.model}): {cell.why}"
        for cell in run.cells
        if cell.why
    ]
    result = _few(lines) + _few([warning(cell) for cell in run.cells if cell.endings.warns])
    result += _few([_lost(process) for process in run.processes if process.state == "lost"])
    result += _few([f"{p.name} failed: {p.why}" for p in run.processes if p.why])
    if not run.alive and any(process.state in BROKEN_OFF for process in run.processes):
        result.append(f"go on with: {run.shell_command}")
    return result


def _few(lines: list[str]) -> list[str]:
    more = [f"... and {len(lines) - TOLD} more"] if len(lines) > TOLD else []
    return lines[:TOLD] + more


def _lost(process: ProcessState) -> str:
    silent = clock(time.time() - (process.updated or 0.0))
    return f"lost: {process.name} on {process.host} (process {process.pid}), silent for {silent}"


def cell_table(
    cells: Sequence[Row],
    rows: int = ROWS,
    bars: bool = True,
    multipliers: Callable[[Row], Multipliers] = lambda cell: (None, None),
) -> Table:
    """A row a cell in the plan's order; where they do not fit, what runs and what failed first.

    Args:
        cells: of a run.
        rows: most that are shown.
        bars: whether to draw them.
        multipliers: a cell's cost over the base's, net and gross; columns for which no cell has one
            are left out.
    """
    times = [multipliers(cell) for cell in cells]
    costs = [place for place in (0, 1) if any(_times(each[place]) for each in times)]
    if len(cells) > rows:
        order = {state: place for place, state in enumerate(STYLES)}
        cells = sorted(cells, key=lambda cell: order.get(cell.state, len(order)))
    replicates = len({cell.replicate for cell in cells}) > 1
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("model", "benchmark", "stack", *(["replicate"] if replicates else []), "state"):
        # Where it is narrow, the stack alone gives way.
        table.add_column(column, no_wrap=column != "stack")
    if bars:
        table.add_column("", width=12)
    ended = ended_columns(cells)
    named = [COSTS[place] for place in costs]
    for column in ("done", "score", "failed", *ended, *named):
        table.add_column(column, justify="right", no_wrap=True)
    for cell in cells[:rows]:
        table.add_row(
            cell.model,
            cell.benchmark,
            Text(cell.stack, no_wrap=True, overflow="ellipsis"),
            *([str(cell.replicate)] if replicates else []),
            Text(cell.state, style=STYLES.get(cell.state, "")),
            *([bar(cell.done, cell.of, width=12)] if bars else []),
            f"{cell.done}/{cell.of}",
            "" if cell.score is None else f"{100 * cell.score:.1f}",
            str(cell.failed or ""),
            *(show(cell) for show in ended.values()),
            *(_times(multipliers(cell)[place]) for place in costs),
        )
    if len(cells) > rows:
        table.add_row(f"... and {len(cells) - rows} more")
    return table


def _times(multiplier: float | None) -> str:
    return "" if multiplier is None else f"{multiplier:.3g}"


def bar(done: int, of: int, width: int = 60) -> Table:
    """A progress bar that ends its line."""
    grid = Table.grid()
    grid.add_row(
        ProgressBar(
            total=max(1, of),
            completed=done,
            width=width,
            complete_style="cyan",
            finished_style="green",
        )
    )
    return grid


def clock(seconds: float) -> str:
    """Seconds as `1:02:03` or `2:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def short(value: float) -> str:
    """A number in three figures or so: `0.42`, `950`, `12.3k`, `1.2M`."""
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= size:
            return f"{value / (1e3 if unit == 'k' else size):.3g}{unit}"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2g}"
