"""A tree of attempts under way, searched by UCT (Kocsis and Szepesvári 2006, as in LATS).

Nodes are numbered in the order in which they were asked for, which is fixed by what is known then,
never by what arrives first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log, sqrt
from typing import Any

from harness.contracts.attempt import Attempt, AttemptStatus
from ptes.common.search.feedback import Assessment

CLIPPED = 400
"""Characters of a step that the record keeps."""


@dataclass(eq=False)
class Node:
    """An attempt after one more step than its parent's."""

    number: int
    """Place of the node in the order of creation; the root, which nobody drew, has -1."""
    attempt: Attempt
    parent: Node | None = None
    judged: float = 0.0
    """The model's own judgement of the node's work, in [0, 1]."""
    agreement: float = 0.0
    """The share of its siblings, itself included, that propose the same."""
    prior: float = 0.0
    """Worth of the node when it was looked at first, in [0, 1]."""
    value: float = 0.0
    """Mean reward of what came of the node, its prior among it, in [0, 1]."""
    visits: int = 1
    """Visits of the node; looking at it first was one."""
    verdict: Assessment | None = None
    """What is known of a finished attempt."""
    twin: int | None = None
    """An earlier sibling that is the same, and stands for both."""
    reflection: str | None = None
    children: list[Node] = field(default_factory=list)

    @property
    def depth(self) -> int:
        """Steps from the root."""
        return 0 if self.parent is None else self.parent.depth + 1

    @property
    def finished(self) -> bool:
        return self.attempt.status is not AttemptStatus.OPEN

    @property
    def path(self) -> list[Node]:
        """The nodes from the root to this one."""
        return [*(self.parent.path if self.parent else []), self]

    @property
    def rank(self) -> tuple[bool, float, float, int]:
        """What the search would rather submit is larger: an answer first, then what is known of it
        or, where nothing beyond the node's own value is, that; at last the older one."""
        answered = self.attempt.status is AttemptStatus.ANSWERED
        reward = self.verdict.reward if self.verdict else 0.0
        return answered, reward, self.prior, -self.number

    def as_record(self) -> dict[str, Any]:
        """The node as plain data, for the record."""
        parent = self.parent.number if self.parent and self.parent.number >= 0 else None
        return {
            "number": self.number,
            "parent": parent,
            "step": clipped(self.attempt),
            "status": self.attempt.status.value,
            "answer": self.attempt.answer if self.finished else None,
            "judged": round(self.judged, 4),
            "agreement": round(self.agreement, 4),
            "value": round(self.value, 4),
            "visits": self.visits,
            "reward": None if self.verdict is None else round(self.verdict.reward, 4),
            "twin": self.twin,
            "reflection": self.reflection,
        }


def clipped(attempt: Attempt) -> str:
    """An attempt's last step for the record; of a program what follows its header."""
    if not attempt.steps:
        return ""
    step = attempt.steps[-1].strip("\n").removeprefix(attempt.prompt.header)
    return step.strip("\n")[:CLIPPED]


@dataclass
class Tree:
    """All nodes of one search."""

    root: Node
    exploration: float
    """c of UCT."""
    depth: int
    """Depth in steps below which nodes are not grown."""
    programs: bool
    """Whether attempts are programs, which can be mended however many steps led to them."""
    nodes: list[Node] = field(default_factory=list)
    """All nodes but the root, by number."""

    def grow(self, node: Node, attempts: Sequence[Attempt]) -> list[Node]:
        """Children with these attempts, whose steps are still to be drawn."""
        first = len(self.nodes)
        node.children = [Node(first + n, each, node) for n, each in enumerate(attempts)]
        self.nodes += node.children
        return node.children

    def select(self) -> Node | None:
        """The node to grow next: from the root down to where nothing has grown yet, each time to
        the child of highest UCT, ties to the older. None where everything is settled."""
        if self.settled(self.root):
            return None
        node = self.root
        while node.children:
            alive = [child for child in node.children if not self.settled(child)]
            node = max(alive, key=lambda child: (self.uct(child), -child.number))
        return node

    def settled(self, node: Node) -> bool:
        """Whether nothing can grow from the node."""
        if node.children:
            return all(self.settled(child) for child in node.children)
        if node.twin is not None or node.depth >= self.depth:
            return True
        return node.finished and not self.revisable(node)

    def revisable(self, node: Node) -> bool:
        """Whether a finished attempt's node is grown by trying again: where there was no step
        before its last to branch at."""
        again = self.programs or len(node.attempt.steps) == 1
        return again and node.attempt.status in (AttemptStatus.ANSWERED, AttemptStatus.NO_ANSWER)

    def uct(self, node: Node) -> float:
        """Value and a bonus for what was visited little."""
        around = node.parent.visits if node.parent else 1
        return node.value + self.exploration * sqrt(log(around) / node.visits)

    @staticmethod
    def backpropagate(node: Node, reward: float) -> None:
        """Count a reward in for the node and all above it."""
        for each in node.path:
            each.visits += 1
            each.value += (reward - each.value) / each.visits
