"""Language agent tree search: grows a tree of attempts where it is worth most (Zhou et al. 2024).

An iteration selects a node by UCT, draws `breadth` next steps from it at once, looks at them, goes
on with the best until an attempt is finished, and counts what came of it back to the root. A failed
attempt is reflected on, and later steps are shown what was learnt.

An attempt of several steps is branched at the steps before its last. One of a single step, and any
program, has none: its node is grown by attempts that start again and are shown it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.draw import Draw
from harness.contracts.problem import Problem
from harness.contracts.solver import Policy, Solver
from harness.errors import OverflowedError
from ptes.common.acting.actions import OBSERVATION, first_action
from ptes.common.judging.self_evaluation import self_evaluation
from ptes.common.search.feedback import Assessment, Feedback
from ptes.common.search.reflections import notes, reflect, replace_advice
from ptes.common.search.tree import Node, Tree


@dataclass(frozen=True)
class TreeSearchSettings:
    """The numbers of a search."""

    iterations: int
    breadth: int
    depth: int
    exploration: float
    weight: float
    """The judgement's share of a value; the siblings' agreement has the rest."""
    certain: float
    """The judgement with which an answer that no test can check ends the search."""
    memory: int
    """Reflections shown, the latest ones."""


@dataclass(frozen=True)
class TreeSearch:
    """Explores the steps of the inner solver's policy."""

    inner: Solver
    settings: TreeSearchSettings
    tests: Feedback | None
    """What is known of a finished attempt besides the model's own judgement."""
    programs: bool
    """Whether attempts are programs."""

    @property
    def policy(self) -> Policy:
        return self.inner.policy

    def start(self, problem: Problem, draw: Draw) -> Attempt:
        return self.inner.start(problem, draw)

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        """The best finished attempt, with the tree that led to it."""
        limits = self.settings
        tree = Tree(Node(-1, attempt), limits.exploration, limits.depth, self.programs)
        grower = _TreeGrowth(self, tree, draw)
        ended = "iterations"
        for iteration in range(limits.iterations):
            node = tree.select()
            if node is None:
                ended = "settled"
                break
            last = await grower.simulate(node)
            if any(each.verdict and each.verdict.passed for each in tree.nodes):
                ended = "passed"
                break
            if iteration + 1 < limits.iterations and not tree.revisable(last):
                await grower.learn(last)
        return _submitted(tree, ended)


@dataclass
class _TreeGrowth:
    """One search while it runs."""

    search: TreeSearch
    tree: Tree
    draw: Draw
    learnt: list[str] = field(default_factory=list)
    """Reflections on attempts that cannot be tried again from their nodes."""

    async def simulate(self, node: Node) -> Node:
        """Grow from a node to a finished attempt, which is returned."""
        settings = self.search.settings
        while True:
            children = await self._expand(node)
            node = max(children, key=self._promise)
            if node.finished:
                break
            if node.depth >= settings.depth:
                await self._finish(node)
                self._count(node)
                break
        return node

    def _promise(self, node: Node) -> tuple[bool, float, float, int]:
        """The best of siblings is gone on with: by their tests where there are any."""
        tested = self.search.tests is not None and node.verdict is not None
        reward = node.verdict.reward if tested and node.verdict else node.prior
        return node.twin is None, reward, node.prior, -node.number

    async def learn(self, node: Node) -> None:
        """Reflect on a failed attempt, for the steps to come."""
        if node.verdict is not None and node.reflection is None:
            there = self.draw.at("search", node.number)
            node.reflection = await reflect(node.attempt, node.verdict.report, there)
            self.learnt.append(node.reflection)

    async def _expand(self, node: Node) -> list[Node]:
        """The next steps from a node, all asked for at once and looked at together."""
        if node.finished:
            await self.learn(node)
        before = self._before(node)
        children = self.tree.grow(node, [before] * self.search.settings.breadth)
        await asyncio.gather(*(self._step(child) for child in children))
        _mark_twins(children)
        await asyncio.gather(*(self._look(child) for child in children if child.twin is None))
        self._agree(children)
        for child in children:
            self._count(child)
        return children

    def _count(self, node: Node) -> None:
        """Count a finished attempt in, for all nodes that led to it; every one counts that was
        looked at, chosen or not."""
        if node.finished and node.twin is None:
            self.tree.backpropagate(node, node.verdict.reward if node.verdict else 0.0)

    def _before(self, node: Node) -> Attempt:
        """The attempt that a node's children go on with, shown what was learnt so far."""
        start = self.tree.root.attempt
        if node.finished and node.verdict is not None:
            lessons = [each.reflection for each in node.path if each.reflection]
            shown = notes(node.attempt, node.verdict.report, self._latest(lessons))
            return replace(start, prompt=replace(start.prompt, notes=(*start.prompt.notes, *shown)))
        if not self.learnt:
            return node.attempt
        shown = replace_advice(node.attempt.prompt.notes, self._latest(self.learnt))
        if shown == node.attempt.prompt.notes:
            return node.attempt
        prompt = replace(node.attempt.prompt, notes=shown)
        return replace(node.attempt, prompt=prompt, context=None)

    def _latest(self, lessons: Sequence[str]) -> Sequence[str]:
        return lessons[-self.search.settings.memory :]

    async def _step(self, node: Node) -> None:
        """Draw a node's own step. One that does not fit the window is a dead end."""
        try:
            there = self.draw.at("search", node.number)
            node.attempt = await self.search.policy.propose(node.attempt, there)
        except OverflowedError as error:
            node.attempt = replace(node.attempt, status=AttemptStatus.OVERFLOW, response=str(error))

    async def _finish(self, node: Node) -> None:
        """Bring an attempt that is too deep to be searched to its end by its policy alone."""
        there = self.draw.at("search", node.number)
        try:
            node.attempt = await self.search.inner.solve(node.attempt, there)
        except OverflowedError as error:
            node.attempt = replace(node.attempt, status=AttemptStatus.OVERFLOW, response=str(error))
        await self._look(node)
        node.prior = node.value = self._worth(node)
        if self.search.tests is None and node.verdict is not None:
            node.verdict = replace(node.verdict, reward=node.prior)

    async def _look(self, node: Node) -> None:
        """What tests say of a finished attempt, and what the model thinks of any."""
        there, attempt = self.draw.at("search", node.number), node.attempt
        if attempt.status is AttemptStatus.OVERFLOW:
            return
        if attempt.status in (AttemptStatus.NO_ANSWER, AttemptStatus.CUT):
            node.verdict = Assessment(0.0, False, "It came to no answer.")
            return
        tests, results = self.search.tests, ""
        if node.finished and tests is not None:
            node.verdict = await tests(attempt, there)
            results = node.verdict.report
        if self.search.settings.weight:
            node.judged = await self_evaluation(attempt, results, there)
        if node.finished and tests is None:
            passed = node.judged >= self.search.settings.certain
            report = "" if passed else "The answer was judged to be wrong."
            node.verdict = Assessment(node.judged, passed, report)

    def _agree(self, children: list[Node]) -> None:
        """The siblings' agreement and each one's value; a twin has what the first has."""
        proposed = [_proposed(child.attempt) for child in children]
        counts = Counter(each for each in proposed if each is not None)
        for child, what in zip(children, proposed, strict=True):
            if child.twin is not None:
                first = self.tree.nodes[child.twin]
                child.judged, child.verdict = first.judged, first.verdict
            child.agreement = counts[what] / len(children) if what is not None else 0.0
            child.prior = child.value = self._worth(child)
            if self.search.tests is None and child.verdict is not None:
                child.verdict = replace(child.verdict, reward=child.prior)

    def _worth(self, node: Node) -> float:
        weight = self.search.settings.weight
        return weight * node.judged + (1 - weight) * node.agreement


def _proposed(attempt: Attempt) -> str | None:
    """What a step comes to: its canonical answer, its action, or its words; None of a dead end.
    Of an action the observation is cut off, which the model did not write."""
    if attempt.status is AttemptStatus.ANSWERED:
        return f"answer {attempt.canonical}"
    if attempt.status is not AttemptStatus.OPEN:
        return None
    step = attempt.steps[-1].partition(f"\n{OBSERVATION}")[0]
    action = first_action(step)
    text = step if action is None else f"{action.name}[{action.argument}]"
    return " ".join(text.casefold().split())


def _mark_twins(children: list[Node]) -> None:
    """Note children that came to the same as an earlier one, word for word."""
    seen: dict[tuple[str, str, str | None], int] = {}
    for child in children:
        attempt = child.attempt
        key = (attempt.status.value, attempt.response, attempt.canonical)
        child.twin = seen.get(key)
        seen.setdefault(key, child.number)


def _submitted(tree: Tree, ended: str) -> Attempt:
    """The best attempt of the tree; the search is in its record."""
    finished = [node for node in tree.nodes if node.finished]
    best = max(finished, key=lambda node: node.rank)
    explored = {
        "method": "lats",
        "submitted": best.number,
        "ended": ended,
        "nodes": [node.as_record() for node in tree.nodes],
    }
    return replace(best.attempt, search=explored)
