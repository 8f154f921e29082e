"""A verifier of each rung's own: one whose place names the rung that it was trained on."""

from __future__ import annotations

from dataclasses import replace

from harness.models.spec import ModelSpec

RUNG = "{rung}"
"""In a verifier's weights, the name of the rung whose solutions it judges."""


def of_rung(verifier: ModelSpec, rung: ModelSpec) -> ModelSpec:
    """The verifier that judges a rung's solutions.

    Args:
        verifier: as configured; of as many parameters as the rung where its place names the rung
            and nothing is said of its own.
        rung: that wrote the solutions.
    """
    if RUNG not in verifier.weights:
        return verifier
    return replace(
        verifier,
        name=f"{verifier.name}_{rung.name}",
        weights=verifier.weights.replace(RUNG, rung.name),
        parameters=verifier.parameters or rung.parameters,
    )
