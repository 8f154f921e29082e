"""Draws have addresses: the place of a sampled completion among all that could be drawn (law 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

ORDER = ("replicate", "selection", "search", "policy", "repeat")
"""Names of the indices, outermost first. `repeat` is taken by a sampled request that comes up
again, token for token, at the same place of the same attempt."""

_NAME = re.compile(rf"({'|'.join(ORDER)})(\.[1-9]\d*)?")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a draw stands among all that could be drawn: indices by name, such as
    `selection=3,search=1`, each counted from 0.

    Zeros are dropped and names are in the order of `ORDER`, so that equal places are equal
    addresses. `Address()` is draw 0 of everything. A slot that holds several nested samplers
    numbers the inner ones: `search`, `search.1`, ... Since zeros are dropped, the first vote has
    the address of the base answer, and five votes are a prefix of forty.
    """

    indices: tuple[tuple[str, int], ...] = ()

    def at(self, name: str, index: int, ordinal: int = 0) -> Address:
        """This address with one index set; `ordinal` counts nested samplers within a slot.

        Raises:
            ValueError: an unknown name or a negative index.
        """
        full = f"{name}.{ordinal}" if ordinal else name
        if not _NAME.fullmatch(full) or index < 0:
            raise ValueError(f"no such draw index: {full}={index}; names are {', '.join(ORDER)}")
        rest = [pair for pair in self.indices if pair[0] != full]
        pairs = [*rest, (full, index)] if index else rest
        return Address(tuple(sorted(pairs, key=_rank)))

    def __lt__(self, other: Address) -> bool:
        """Order of the indices, outermost first: draw 0 comes before everything."""
        return self._place < other._place

    @property
    def _place(self) -> tuple[tuple[int, int, int], ...]:
        return tuple((*_rank(pair), pair[1]) for pair in self.indices)

    def __getitem__(self, name: str) -> int:
        return dict(self.indices).get(name, 0)

    def __str__(self) -> str:
        return ",".join(f"{name}={index}" for name, index in self.indices)

    @classmethod
    def parse(cls, text: str) -> Address:
        """The inverse of `str(address)`: `"replicate=1,selection=3"`; empty text is draw 0."""
        address = cls()
        for part in filter(None, text.split(",")):
            name, _, index = part.partition("=")
            if not _NAME.fullmatch(name) or not index.isdigit():
                raise ValueError(f"not a draw address: {text!r}")
            stem, _, ordinal = name.partition(".")
            address = address.at(stem, int(index), int(ordinal or 0))
        return address


def _rank(pair: tuple[str, int]) -> tuple[int, int]:
    stem, _, ordinal = pair[0].partition(".")
    return ORDER.index(stem), int(ordinal or 0)
