"""Selection pools from the candidates that records hold, and which arms share their draws."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.contracts.experiment import CandidatePool
from analysis.contracts.votes import first_seen, plurality
from analysis.reading.nested import DRAWS, POOL, Nested, Numbers

PARTS = ("status", "canonical", "weight", "score")
"""Parts of a candidate that a pool is made of."""

NEARLY_ALL = 0.95
"""Share of items on which another arm must hold an arm's draws for the two to share them."""


def pool(nested: Nested, rows: Numbers, submitted: pa.Array) -> CandidatePool | None:
    """The pool of one arm on one rung, if its choice can be made again from it.

    It can where the answers that were submitted, and the weights under which they were, are those
    of an unweighted plurality over a pool of a fixed size of at least two. A pool that stopped
    early by what it had seen is none: other draws would have stopped it elsewhere.

    Args:
        nested: candidates of all rows.
        rows: row of each item, in the order of the experiment's items.
        submitted: canonical form of each row's answer.
    """
    lists = nested.lists(POOL, rows, PARTS) if len(rows) else None
    if lists is None:
        return None
    size = int(lists.lengths[0])
    if size < 2 or (lists.lengths != size).any():
        return None
    answered = pc.equal(lists.entries.field("status"), "answered")
    canonical = pc.if_else(answered, lists.entries.field("canonical"), None)
    codes = first_seen(_numbers(canonical).reshape(-1, size))
    chosen = plurality(codes)
    flat = np.arange(len(rows)) * size + chosen
    same = pc.equal(canonical.take(pa.array(flat)), submitted)
    silent = pc.and_(pc.is_null(canonical.take(pa.array(flat))), pc.is_null(submitted))
    again = pc.or_(pc.fill_null(same, False), silent)
    weights = _floats(lists.entries.field("weight")).reshape(-1, size)
    if not pc.all(again).as_py() or not np.array_equal(weights, _votes(codes)):
        return None
    scores = _floats(lists.entries.field("score")).reshape(-1, size)
    return CandidatePool(codes, scores)


def shared(nested: Nested, rows: Mapping[int, Numbers], pooled: set[int]) -> dict[int, int]:
    """Arms of one rung all of whose draws another arm's pool holds, with that arm.

    Args:
        nested: draws of all rows.
        rows: by arm, the row of each item.
        pooled: arms with a pool. Of several that hold the draws the largest is taken.
    """
    drawn = {arm: nested.lists(DRAWS, of, ("key",)) for arm, of in rows.items()} if pooled else {}
    lists = {arm: each for arm, each in drawn.items() if each is not None}
    if len(lists) < len(rows):
        return {}
    every = pa.concat_arrays([each.entries.field("key") for each in lists.values()])
    codes = np.split(_numbers(every), np.cumsum([len(each.entries) for each in lists.values()]))
    keys = dict(zip(lists, codes, strict=False))
    largest = sorted(pooled, key=lambda arm: (-len(keys[arm]), arm))
    result: dict[int, int] = {}
    for holder in largest:
        held = np.zeros(len(every) + 1, bool)
        held[keys[holder]] = True
        for arm, own in keys.items():
            if arm in result or not 0 < len(own) < len(keys[holder]):
                continue
            outside = np.concatenate([[0], np.cumsum(~held[own])])
            whole = np.diff(outside[lists[arm].starts]) == 0
            if whole.mean() >= NEARLY_ALL:
                result[arm] = holder
    return result


def _numbers(texts: pa.Array) -> NDArray[np.int32]:
    """Equal texts as equal numbers; -1 for null."""
    indices = pc.dictionary_encode(texts).indices
    return np.asarray(pc.fill_null(indices, -1).to_numpy(zero_copy_only=False), np.int32)


def _floats(values: pa.Array) -> NDArray[np.float64]:
    return np.asarray(values.to_numpy(zero_copy_only=False), np.float64)


def _votes(codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """[item, candidate]: candidates with the same answer; 0 for those without one."""
    same = codes[..., :, None] == codes[..., None, :]
    return np.where(codes < 0, 0, same.sum(axis=-1))
