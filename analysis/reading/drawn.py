"""What two cells that stand in one place drew: the same, the same anew, or something else."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto
from hashlib import blake2b

from analysis.reading.nested import DRAWS
from analysis.reading.rows import Rows


class Twin(Enum):
    """What a cell is to another one of the same model, stack, decoding and replicate."""

    COPY = auto()
    """Every draw of the problems that both have is the same, with what it came to."""
    ANEW = auto()
    """The same was asked, and other replies came: another journal."""
    OTHER = auto()
    """Something else was asked of the same problem: another prompt, sampling or model."""
    UNKNOWN = auto()
    """Two runs have no problem in common, or their records hold no draws."""


class Drawn:
    """The draws of cells, read where they are asked for."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._known: dict[int, dict[str, tuple[str, bytes]]] = {}

    def compare(self, one: int, other: int) -> Twin:
        """What the second cell is to the first.

        The first request of an attempt rests on no reply: where the journal's keys of it differ,
        something else was asked. Later ones may differ by what came back.
        """
        first, second = self._of(one), self._of(other)
        common = first.keys() & second.keys()
        if not common:
            return Twin.UNKNOWN
        if any(first[problem][0] != second[problem][0] for problem in common):
            return Twin.OTHER
        same = all(first[problem] == second[problem] for problem in common)
        return Twin.COPY if same else Twin.ANEW

    def share(self, some: Iterable[int], others: Iterable[int]) -> bool:
        """Whether any attempt of some cells begins with a draw that one of the others begins with,
        as a vote begins with the base's."""
        begun = {key for cell in some for key, _ in self._of(cell).values()}
        return any(key in begun for cell in others for key, _ in self._of(cell).values())

    def _of(self, cell: int) -> dict[str, tuple[str, bytes]]:
        if cell not in self._known:
            self._known[cell] = self._read(cell)
        return self._known[cell]

    def _read(self, cell: int) -> dict[str, tuple[str, bytes]]:
        """By problem, the key of the first draw, and a hash of all with what they came to."""
        attempts = self._rows.of([cell]).sort_values("row")
        if attempts.empty:
            return {}
        lists = self._rows.nested.lists(DRAWS, attempts["row"].to_numpy(), ("key", "content"))
        if (
            lists is None
            or not len(lists.entries)
            or lists.entries.type.get_field_index("content") < 0
        ):
            return {}
        keys, contents = (lists.entries.field(n).to_pylist() for n in ("key", "content"))
        return {
            str(problem): (
                keys[start],
                _hash(zip(keys[start:end], contents[start:end], strict=True)),
            )
            for problem, start, end in zip(
                attempts["problem"], lists.starts[:-1], lists.starts[1:], strict=True
            )
            if end > start
        }


def _hash(draws: Iterable[tuple[str, str]]) -> bytes:
    result = blake2b(digest_size=16)
    for key, content in sorted(draws, key=str):
        result.update(f"{key}\0{content}\0".encode())
    return result.digest()
