"""Artefacts on disk: written whole or not at all, read as data of a known shape."""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import msgspec

from harness.artefacts.contract import ARTEFACT, EXAMPLES, FORMAT, WEIGHTS, Artefact
from harness.artefacts.cost import OneTimeCost
from harness.errors import UserError
from harness.files import replace_text
from harness.models.resolve import content_hash
from harness.stored import data_of


def weights_hash(folder: Path) -> str:
    """Content hash of what an engine loads of an artefact's folder."""
    return f"sha256:{content_hash(folder / WEIGHTS)}"


def data_hash(examples: bytes) -> str:
    """Content hash of a file of examples."""
    return f"sha256:{sha256(examples).hexdigest()}"


def write(artefact: Artefact, folder: Path) -> None:
    """Write `artefact.json`, last of all, into a folder that holds the rest."""
    replace_text(folder / ARTEFACT, json.dumps(asdict(artefact), indent=1, sort_keys=True) + "\n")


def is_artefact(folder: Path) -> bool:
    """Whether a folder holds an artefact."""
    return (folder / ARTEFACT).is_file()


def read(folder: Path) -> Artefact:
    """The artefact of a folder.

    Raises:
        UserError: there is none, or its description is not one.
    """
    path = folder / ARTEFACT
    try:
        said = data_of(path.read_bytes())
        artefact = msgspec.convert(said, Artefact)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): it is no artefact") from error
    except (ValueError, msgspec.ValidationError) as error:
        raise UserError(f"{path} describes no artefact ({error}): train it anew") from error
    if artefact.format != FORMAT:
        raise UserError(
            f"{path} has the form {artefact.format}, and this harness reads {FORMAT}: train it anew"
        )
    return artefact


def questions(folder: Path) -> tuple[str, ...]:
    """The questions that an artefact was trained on, each once; none of a published one.

    Raises:
        UserError: the examples are not those that the artefact was trained on.
    """
    path = folder / EXAMPLES
    training = read(folder).training if is_artefact(folder) else None
    if training is None and not path.exists():
        return ()
    try:
        held = path.read_bytes()
        if training is not None and training.data != data_hash(held):
            raise UserError(
                f"{path} is not what {folder / ARTEFACT} was trained on: train the artefact anew"
            )
        rows = [json.loads(line) for line in held.decode().splitlines()]
        return tuple(dict.fromkeys(str(row["question"]) for row in rows))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} cannot be read ({error}): train the artefact anew") from error


def cost_of(folder: Path) -> OneTimeCost:
    """The one-time cost that an artefact says it had, with its id."""
    artefact = read(folder)
    cost = artefact.cost
    return OneTimeCost(cost.parts, cost.source, artefact.id)
