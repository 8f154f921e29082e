"""Breaks ties uniformly at random, as CodeT and AlphaCode do, and alike in every run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from math import nextafter

from harness.contracts.attempt import Candidate
from harness.contracts.draw import Draw
from harness.contracts.solver import StageKind


@dataclass(frozen=True)
class RandomTieBreak:
    """Leaves one of the heaviest candidates ahead of the others, whose weight falls by a hair.

    The choice is a hash of the problem and the draw's address: uniform over problems, another one
    in every replicate, and the same on every machine.
    """

    kind: StageKind = StageKind.PICK

    async def __call__(self, pool: tuple[Candidate, ...], draw: Draw) -> tuple[Candidate, ...]:
        best = max(candidate.weight for candidate in pool)
        ties = [n for n, candidate in enumerate(pool) if candidate.weight == best > 0]
        if len(ties) < 2:
            return pool
        material = f"{pool[0].attempt.problem.id}|{draw.address}".encode()
        drawn = int.from_bytes(blake2b(material, digest_size=8, person=b"pick").digest(), "big")
        behind = set(ties) - {ties[drawn % len(ties)]}
        return tuple(
            replace(candidate, weight=nextafter(best, 0.0)) if n in behind else candidate
            for n, candidate in enumerate(pool)
        )
