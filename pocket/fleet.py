"""Training many models at once, a process a core, with progress that survives the terminal."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from harness.console import Console
from harness.interrupts import raising
from harness.run.view import clock
from pocket.recipe import Recipe
from pocket.training import finished, measure, train

UNFINISHED = ".unfinished"
"""Folder of the states of runs that are not over."""
LOOK_SECONDS = 1.0
LINE_SECONDS = 30.0
_done: Any = None
"""Steps done by run, shared by all processes of a fleet."""


def bring(
    recipes: Sequence[Recipe], folder: Path, console: Console, jobs: int | None = None
) -> bool:
    """Train what is not below the folder yet, and tell how long it will take.

    Returns False where Ctrl-C stopped it.
    """
    left = missing(recipes, folder)
    if not left:
        return True
    jobs = min(jobs or cores(), len(left))
    console.print(
        f"{len(left)} of {len(recipes)} models to train, {jobs} at once: "
        f"about {clock(seconds(left, jobs))}"
    )
    try:
        with raising():
            train_all(left, folder, folder / UNFINISHED, jobs)
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on where it was")
        return False
    return True


def missing(recipes: Iterable[Recipe], folder: Path) -> list[Recipe]:
    """Recipes whose models are not in the folder, the longest first, so that none ends alone."""
    left = [recipe for recipe in recipes if not finished(recipe, folder / recipe.name)]
    return sorted(left, key=lambda recipe: -recipe.steps)


def train_all(recipes: Sequence[Recipe], folder: Path, work: Path, jobs: int) -> None:
    """Train each into its own subfolder of `folder`; `work` keeps the states of unfinished runs."""
    context = multiprocessing.get_context("spawn")
    done = context.Array("q", max(1, len(recipes)), lock=False)
    with ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_share, initargs=(done,)
    ) as pool:
        tasks = [
            pool.submit(_train, place, recipe, folder / recipe.name, work)
            for place, recipe in enumerate(recipes)
        ]
        try:
            with _progress(sum(recipe.steps for recipe in recipes)) as show:
                pending = set(tasks)
                while pending:
                    ended, pending = wait(pending, timeout=LOOK_SECONDS)
                    show(sum(done), len(tasks) - len(pending), len(tasks))
                    for task in ended:
                        task.result()
        except BaseException:
            for process in list(pool._processes.values()):
                process.terminate()  # each goes on from its last saved state
            raise


def seconds(recipes: Sequence[Recipe], jobs: int) -> float:
    """About how long the training will take, from a few steps made now."""
    steps = [recipe.steps for recipe in recipes]
    return measure(Recipe(1000, 0)) * max(sum(steps) / jobs, *steps)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _share(done: Any) -> None:
    global _done
    _done = done
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """However the parent ends, nobody trains for a command that is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _train(place: int, recipe: Recipe, folder: Path, work: Path) -> None:
    def report(step: int) -> None:
        _done[place] = step

    train(recipe, folder, work, report)


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    """A bar on a terminal, a line now and then elsewhere."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        last = -LINE_SECONDS

        def line(steps: int, runs: int, of: int) -> None:
            nonlocal last
            if perf_counter() - last > LINE_SECONDS or runs == of:
                last = perf_counter()
                console.print(f"{runs}/{of} models, {steps}/{total} steps")

        yield line
        return
    columns = (
        TextColumn("{task.fields[models]} models"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("steps, left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=total, models="0")
        yield lambda steps, runs, of: bar.update(task, completed=steps, models=f"{runs}/{of}")
