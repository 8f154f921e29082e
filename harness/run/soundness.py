"""Why the records of a whole cell cannot be trusted, known when the last of them is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.plan.cell import Cell
from harness.records.judgements import masses

LEAST_MASS = 0.1
"""Probability that a judge says yes or no at all, in the mean over a cell, below which the ratio of
the two is no judgement of its: most of what it would say is something else."""


def cell_error(cell: Cell, rows: Sequence[Mapping[str, Any]]) -> str | None:
    """What is wrong with all of a cell's rows, or None.

    Args:
        cell: the rows are of.
        rows: the columns `invoked` and `judgements` of each.
    """
    return idle(cell, [row["invoked"] for row in rows]) or unsure(rows)


def idle(cell: Cell, invoked: Sequence[Sequence[str]]) -> str | None:
    """A PTE that did nothing in a whole cell makes its score another stack's; says which."""
    seen = {name for row in invoked for name in row}
    never = [pte.name for pte in cell.stack.ptes if pte.name not in seen]
    return f"{', '.join(never)} was never invoked" if never else None


def unsure(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """A judge that hardly says yes or no has judged nothing; says which role's, and how much."""
    for role, mass in masses(row["judgements"] for row in rows).items():
        if mass < LEAST_MASS:
            return (
                f"the judge (role {role}) says neither yes nor no: only {mass:.1g} of the "
                "probability of its reply lies on the two words, so what they are to one another "
                "is no judgement; let a model judge that answers so, or leave the PTE out"
            )
    return None
