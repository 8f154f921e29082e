"""From curvature to covariance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP = 1e-5


def inverse(information: Array) -> Array:
    """Inverse of an information matrix; all NaN where it is not positive definite."""
    try:
        np.linalg.cholesky(information)
        return np.asarray(np.linalg.inv(information))
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)


def curvature(gradient: Callable[[Array], Array], at: Array) -> Array:
    """Second derivatives [parameter, parameter] by central differences of a gradient."""
    steps = STEP * np.eye(len(at))
    rows = np.array([(gradient(at + h) - gradient(at - h)) / (2 * STEP) for h in steps])
    return np.asarray((rows + rows.T) / 2)


def uncentred(covariance: Array, centre: float) -> Array:
    """Covariance of (intercept, slope) at x = 0 from that at x = centre."""
    move = np.array([[1.0, -centre], [0.0, 1.0]])
    return np.asarray(move @ covariance @ move.T)
