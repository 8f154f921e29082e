"""Trained artefacts: what training leaves, known by its content, and the one door to using it.

An artefact is a folder: `artefact.json` says what it is, from what and at what cost it was made,
`weights/` holds what an engine loads, `examples.jsonl` what it was trained on and `losses.csv` how
the training went. One that somebody else has published is the same with less in it. Nothing is
loaded before the door (`door`) has held it against the model that it is to stand beside.
"""

from harness.artefacts.contract import ARTEFACT, WEIGHTS, Artefact, Base, Kind, Training
from harness.artefacts.cost import FREE, UNKNOWN, OneTimeCost

__all__ = [
    "ARTEFACT",
    "FREE",
    "UNKNOWN",
    "WEIGHTS",
    "Artefact",
    "Base",
    "Kind",
    "OneTimeCost",
    "Training",
]
