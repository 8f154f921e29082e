"""Names for models that are given by their place alone: `model=/folder`, `model=hub/id`."""

from __future__ import annotations

import re
from collections.abc import Container
from hashlib import sha256
from pathlib import Path

from harness.models.download_origin import snapshot

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
WORDS = ("null", "true", "false", "inf", "nan")
"""What overrides take for something else than a name."""
SHORT = 7
"""Characters of a commit, or of a path's hash, in a name."""


def is_place(word: str) -> bool:
    """Whether a word in `model=` is where a model lies, rather than the name of a config."""
    return "/" in word or word.startswith((".", "~")) or word.startswith(("package:", "inside:"))


def name_of(place: str, taken: Container[str]) -> str:
    """A name for the model at a place: letters that an override may hold, and none that is taken.

    Args:
        place: an absolute folder, a hub id, `inside:...` or `package:...`.
        taken: names of configs and of the models before it.
    """
    path = Path(place)
    if HUB_ID.fullmatch(place):
        choices = [place]
    elif result := snapshot(path):
        choices = [f"{result.repository}_{result.commit[:SHORT]}", f"{result.repository}"]
    else:
        tail = [part for part in re.split(r"[/:\\]", place) if part]
        choices = ["_".join(tail[-count:]) for count in range(1, len(tail) + 1)] or ["model"]
    for choice in choices:
        if (name := _legal(choice)) not in taken:
            return name
    return f"{_legal(choices[0])}_{sha256(place.encode()).hexdigest()[:SHORT]}"


def _legal(text: str) -> str:
    """The text in letters, digits and single underscores, not starting with a digit."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    usable = plain[:1].isalpha() and plain not in WORDS
    return plain if usable else f"model_{plain}".rstrip("_")
