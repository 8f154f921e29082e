"""One program and many items: in one process as far as that is certain, else each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from harness.sandbox.contract import Limits, Oracle, Verdict
from harness.sandbox.in_worker import batch
from harness.sandbox.in_worker.items import CompiledItem, Items
from harness.sandbox.in_worker.oracle import BROKEN
from harness.sandbox.in_worker.spawn import Child, Spawner
from harness.sandbox.in_worker.suite_checker import SuiteChecker, fate
from harness.sandbox.in_worker.supervise import Supervisor
from harness.sandbox.in_worker.verdicts import VerdictAndDetail

_LOADING_SECONDS = 3.0
"""CPU seconds that a program may take to load, apart from its items."""
_PROGRAM = -1
"""In place of an item's number: the program itself."""
_NOT_RUN = "not run: the program ran out of time on others before"


class JudgeJob(NamedTuple):
    """What is asked of one program."""

    code: str
    items: Sequence[str]
    values: bool
    """Whether the items are expressions to be evaluated, rather than assertions."""
    oracle: Oracle
    limits: Limits


class Judge:
    """Judges with a worker's means."""

    def __init__(self, spawner: Spawner, supervisor: Supervisor, checker: SuiteChecker) -> None:
        self._spawner = spawner
        self._supervisor = supervisor
        self._checker = checker
        self._items = Items()

    def all(self, job: JudgeJob) -> tuple[list[VerdictAndDetail], float]:
        """What came of every item, and CPU seconds of all."""
        run = _ItemResults(job)
        compiled = self._items.compiled(job.items, job.values)
        harmless = [(n, code) for n, code in enumerate(compiled) if code is not None]
        plain = self._batch(run, harmless, trusted=True) != batch.NOT_PLAIN
        if not plain and not run.over:
            self._batch(run, [], trusted=False)  # does it load at all?
        while plain and not run.over:
            harmless = [(n, code) for n, code in harmless if n not in run.found]
            if not harmless:
                break
            self._batch(run, harmless, trusted=True)
        for number, text in enumerate(job.items):
            if number not in run.found and not run.over:
                self._alone(run, number, text, compiled[number] is not None)
        return run.results(), run.seconds

    def _alone(self, run: _ItemResults, number: int, text: str, harmless: bool) -> None:
        job = run.job
        if job.values or job.oracle is Oracle.IN_PROCESS:
            self._batch(run, [(number, text)], trusted=False)
            return
        result, seconds = self._checker.untrusted(job.code, text.strip(), job.limits, harmless)
        run.seconds += seconds
        if result[0] == BROKEN:
            result = (Verdict.ERROR, result[1])
        run.note(number, result)

    def _batch(
        self, run: _ItemResults, items: Sequence[tuple[int, CompiledItem]], trusted: bool
    ) -> int:
        """Run items in a new process until one takes it along; how the program itself fared."""
        job, each = run.job, run.job.limits
        slate = batch.Slate(each.output_bytes)
        cpu = _LOADING_SECONDS + each.cpu_seconds * len(items)
        # What is plain cannot sleep: its wall time is a net for a machine that is very busy.
        wall = each.wall_seconds + (10 * cpu if trusted else 0)

        def work() -> None:
            batch.run(
                slate,
                job.code,
                items,
                values=job.values,
                trusted=trusted,
                cpu_seconds=each.cpu_seconds,
            )

        def used(child: Child) -> float:
            started, item, _, _ = slate.state()
            share = 1.0 if item >= 0 else each.cpu_seconds / _LOADING_SECONDS
            return (child.cpu_seconds() - started) * share

        child = self._spawner.spawn(replace(each, cpu_seconds=cpu), (), work)
        whole, child.limits = child.limits, each
        try:
            self._supervisor.wait([child], child.descriptor, wall, used)
        finally:
            child.end()
        child.limits = whole
        run.seconds += child.used
        mode = run.take(slate, child, dict(items))
        slate.close()
        return mode


class _ItemResults:
    """What is known of a job's items so far."""

    def __init__(self, job: JudgeJob) -> None:
        self.job = job
        self.found: dict[int, VerdictAndDetail] = {}
        self.seconds = 0.0
        self._timeouts = 0
        self._rest: VerdictAndDetail | None = None

    @property
    def over(self) -> bool:
        """Whether what came so far decides the rest."""
        return self._rest is not None

    def note(self, number: int, result: VerdictAndDetail) -> None:
        """What came of an item; the first word counts."""
        if number in self.found:
            return
        self.found[number] = result
        self._timeouts += result[0] == Verdict.TIMEOUT
        if self.job.limits.timeouts is not None and self._timeouts >= self.job.limits.timeouts:
            self._rest = (Verdict.TIMEOUT, _NOT_RUN)

    def take(self, slate: batch.Slate, child: Child, asked: dict[int, CompiledItem]) -> int:
        """Note what a process left, and what its end says of the item it was at.

        A process that ran unknown code may have written anything: it decides on what it was asked
        for alone, and, asked for nothing, on the program that could not be loaded.
        """
        _, item, _, mode = slate.state()
        whole: VerdictAndDetail | None = None
        for number, verdict, detail in slate.read():
            if number in asked:
                self.note(number, (verdict, detail))
            elif number == _PROGRAM and verdict != Verdict.PASSED:
                whole = (verdict, detail)
        if whole is None and (child.ended or child.status) and mode == batch.LOADING:
            whole = fate(child)
        if whole is not None:
            self._none_of(asked, whole)
        elif item in asked and (child.ended or child.status or mode == batch.RUNNING):
            self.note(item, fate(child))  # it ended in the middle; a note that is there stands
        return mode

    def _none_of(self, asked: dict[int, CompiledItem], result: VerdictAndDetail) -> None:
        """The program could not be loaded: so for all items, or for the one that was alone."""
        alone = len(asked) == 1 and isinstance(next(iter(asked.values())), str)
        if alone:
            self.note(next(iter(asked)), result)
        else:
            self._rest = result

    def results(self) -> list[VerdictAndDetail]:
        """Verdict and detail of every item, in order."""
        rest = self._rest or (Verdict.KILLED, "not run")
        return [self.found.get(n, rest) for n in range(len(self.job.items))]
