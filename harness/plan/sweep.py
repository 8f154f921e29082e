"""Which stacks a sweep is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from harness.contracts.pte import PTE
from harness.errors import UserError
from harness.stack import Stack


@dataclass(frozen=True)
class Sweep:
    """How stacks are made of PTEs.

    `kind` is `one` (the listed PTEs are one stack), `factorial` (all subsets), `singles` (base and
    each PTE alone), `pairs` (singles and every two) or `list` (the stacks listed in `stacks`).
    """

    kind: Literal["one", "list", "factorial", "singles", "pairs"]
    ptes: Sequence[str] = ()
    stacks: Sequence[Sequence[str]] = ()

    def combinations(self) -> list[tuple[str, ...]]:
        """Names of each stack's PTEs.

        Raises:
            UserError: unknown kind, or nothing to combine.
        """
        names = list(dict.fromkeys(self.ptes))
        if self.kind == "list":
            if not self.stacks:
                raise UserError("sweep=list needs stacks: sweep.stacks=[[few_shot],[]]")
            return [tuple(dict.fromkeys(stack)) for stack in self.stacks]
        if self.kind == "one":
            return [tuple(names)]
        sizes = {"factorial": len(names), "singles": 1, "pairs": 2}
        if not names:
            raise UserError(f"sweep={self.kind} needs PTEs: sweep.ptes=[few_shot,chain_of_thought]")
        return [c for size in range(sizes[self.kind] + 1) for c in combinations(names, size)]

    def build(self, known: Mapping[str, PTE]) -> list[Stack]:
        """The stacks, each once, made of the PTEs in `known`."""
        result: dict[frozenset[str], Stack] = {}
        for names in self.combinations():
            result.setdefault(frozenset(names), Stack.of(known[name] for name in names))
        return list(result.values())
