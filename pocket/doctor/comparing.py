"""Greedy outputs of two engines side by side: the same, parted at a tie, or different."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from harness.engines.protocol import Completion, Engine
from harness.engines.together import NextTokenRequest, ReadsNextToken
from pocket.doctor.session import TAG

TIE = 2e-3
"""Log-likelihoods of the two best tokens closer than this are a tie in 32-bit numbers."""
WIDE_TIE = 0.25
"""The same in 16-bit numbers, whose logits have seven or ten binary digits."""


@dataclass(frozen=True)
class Comparison:
    """What came of holding outputs against those of the reference."""

    same: int
    """Outputs that agree token for token."""
    margins: tuple[float, ...]
    """How much likelier the reference holds its own next token, of each output that parts."""
    tokens: int
    agreed: int
    """Tokens, in all, before two outputs part."""

    def wrong(self, exact: bool) -> int:
        """Outputs that part where there is no tie."""
        return sum(margin > (TIE if exact else WIDE_TIE) for margin in self.margins)

    def told(self, exact: bool) -> str:
        """The comparison in words."""
        count = self.same + len(self.margins)
        told = f"{self.same} of {count} greedy outputs are the same token for token"
        ties = len(self.margins) - self.wrong(exact)
        if ties:
            told += f", {ties} part at a near tie (the two best within {max(self.margins):.2g})"
        if wrong := self.wrong(exact):
            told += f", {wrong} part where there is none (margin {max(self.margins):.2g})"
        return told


async def compared(
    prompts: Sequence[array[int]],
    ours: Sequence[Completion],
    theirs: Sequence[Completion],
    referee: Engine,
) -> Comparison:
    """Outputs beside the reference's, each parting weighed by the reference engine."""
    same = agreed = 0
    margins = []
    for ids, one, other in zip(prompts, ours, theirs, strict=True):
        place = parting(one.ids, other.ids)
        if place is None:
            same, agreed = same + 1, agreed + len(one.ids)
        else:
            agreed += place
            margins.append(await _margin(referee, ids, one.ids, other.ids, place))
    tokens = sum(len(each.ids) for each in theirs)
    return Comparison(same, tuple(margins), tokens, agreed)


def parting(one: array[int], other: array[int]) -> int | None:
    """Where two outputs first differ; None where they are the same."""
    if one == other:
        return None
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


async def _margin(
    referee: Engine, ids: array[int], one: array[int], other: array[int], place: int
) -> float:
    """How much likelier the reference holds its token than ours; infinite where one has ended and
    the other has not, which no tie explains."""
    if place >= min(len(one), len(other)) or not isinstance(referee, ReadsNextToken):
        return float("inf")
    tokens = array("I", [other[place], one[place]])
    theirs, ours = await referee.next_tokens(NextTokenRequest(ids + other[:place], tokens, TAG))
    return abs(theirs.logprob - ours.logprob)
