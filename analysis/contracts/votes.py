"""The unweighted plurality, as the harness's pool submits: ties to the first by address."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]


def first_seen(answers: Codes) -> Codes:
    """[..., candidate]: each answer as the place of the first candidate that gave it; -1 stays."""
    same = answers[..., :, None] == answers[..., None, :]
    return np.where(answers < 0, -1, same.argmax(axis=-1)).astype(np.int32)


def plurality(codes: Codes) -> NDArray[np.intp]:
    """[...]: the candidate that is submitted; the first where no candidate has an answer.

    Args:
        codes: [..., candidate], from `first_seen`; -1 is no answer, and has no vote.
    """
    shape, size = codes.shape[:-1], codes.shape[-1]
    flat = codes.reshape(-1, size)
    row, place = np.nonzero(flat >= 0)
    counts = np.bincount(row * size + flat[row, place], minlength=flat.size)
    return np.asarray(counts.reshape(flat.shape).argmax(axis=1).reshape(shape))
