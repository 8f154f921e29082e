"""How the attempts of one pool ended, and what the pool would score if those cut were right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from harness.contracts.attempt import AttemptStatus, Candidate
from harness.contracts.benchmark import Grade
from harness.solvers.pool import SelectionResult

ENDED = (AttemptStatus.ANSWERED, AttemptStatus.NO_ANSWER, AttemptStatus.CUT)


def pool_endings(
    outcome: SelectionResult, grade: Grade | None, grades: Sequence[Grade | None]
) -> dict[str, Any]:
    """The columns of a record that tell it.

    Args:
        outcome: what was submitted, and the pool.
        grade: of what was submitted; None where there was nothing to grade.
        grades: of each candidate.
    """
    ended = [each.attempt for each in outcome.pool if each.attempt.status in ENDED]
    unread = [a for a in ended if a.status is AttemptStatus.NO_ANSWER and not a.cut]
    possible = outcome.submitted.cut or _may_win(outcome.pool, grades)
    return {
        "attempts": len(ended),
        "cut_attempts": sum(attempt.cut for attempt in ended),
        "unread_attempts": len(unread),
        "score_if_cut_right": None if grade is None else 1.0 if possible else grade.score,
    }


def _may_win(pool: Sequence[Candidate], grades: Sequence[Grade | None]) -> bool:
    """Whether the cut candidates, were they all right, might have had the right answer submitted.

    Where candidates weigh as many as agree with them, votes say so. What another rule would have
    made of them nobody knows: then they might.
    """
    cut = [candidate for candidate in pool if candidate.attempt.cut]
    if not cut:
        return False
    answered = [c for c in pool if c.attempt.status is AttemptStatus.ANSWERED]
    votes = Counter(candidate.attempt.canonical for candidate in answered)
    if any(candidate.weight != votes[candidate.attempt.canonical] for candidate in answered):
        return True
    right, wrong = 0, Counter[str | None]()
    for candidate, grade in zip(pool, grades, strict=True):
        if candidate.attempt.cut or candidate.attempt.status is not AttemptStatus.ANSWERED:
            continue
        if grade is not None and grade.score == 1.0:
            right += 1
        else:
            wrong[candidate.attempt.canonical] += 1
    return right + len(cut) >= max(wrong.values(), default=0)
