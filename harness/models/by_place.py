"""The config of a model that is given by its place alone: what its own files say, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.anchor import CONFIGS
from harness.errors import UserError
from harness.models import bundled
from harness.models.facts import Facts
from harness.models.inspection import read_facts
from harness.models.naming import HUB_ID
from harness.models.resolve import INSIDE
from harness.models.reward_head import HEADS, RewardHead
from harness.models.spec import ModelSpec

STATED = "stated on the command line"
"""Source of a training compute that a command gives without a source."""


def checked_place(word: str) -> str:
    """Where a word in `model=` says that a model lies: an absolute folder, or the word itself.

    Raises:
        UserError: it is neither a folder that exists nor a hub id.
    """
    if word.startswith((INSIDE, bundled.PREFIX)):
        return word
    folder = Path(word).expanduser()
    if folder.is_dir():
        return str(folder.absolute())
    if folder.is_file():
        raise UserError(f"model={word} is a file: give the folder of a checkpoint")
    if word.startswith(("/", ".", "~")) or not HUB_ID.fullmatch(word):
        raise UserError(
            f"model={word}: there is no such folder. Give a folder with config.json and weights, "
            "a hub id (MAKER/NAME), or the name of a config ('pte plan --help' lists them)"
        )
    return word


def config_of_place(place: str, name: str) -> dict[str, Any]:
    """The config of the model at a place; what cannot be read is null.

    Raises:
        UserError: the folder holds no checkpoint that could be loaded.
    """
    result = read_facts(_bare(place, name), ask=True)
    if result is not None and result.faults:
        raise UserError(f"model={place}: {'; '.join(result.faults)}")
    chat = bool(result and result.template)
    return {
        "_target_": f"{ModelSpec.__module__}.{ModelSpec.__qualname__}",
        "name": name,
        "weights": place,
        "revision": None,
        "family": name,
        "stage": "instruct" if chat else "base",
        "parameters": result.parameters if result else None,
        "training_tokens": None,
        "training": {
            "_target_": "harness.models.spec.TrainingCompute",
            "flop": None,
            "source": "unknown",
            "valid_for_ceg": True,
            "note": _note(place, name),
        },
        "context_window": _window(result),
        "chat": chat,
        "thinking": (result and result.thinking) or "never",
        "instruct_sibling": None,
        **_reward(result),
    }


def _reward(result: Facts | None) -> dict[str, Any]:
    """What a checkpoint with a head judges, as far as its architecture says it; what is written
    after each step, the user has to say."""
    name = (result.architecture.name if result else None) or ""
    if not name.endswith(HEADS):
        return {}
    head: dict[str, Any] = {"_target_": f"{RewardHead.__module__}.{RewardHead.__qualname__}"}
    if name.endswith("ForSequenceClassification"):
        return {"reward": head | {"kind": "outcome"}}
    return {"reward": head | {"kind": "process", "step": None}}


def _note(place: str, name: str) -> str:
    """What to do about the unknown compute."""
    message = (
        f"If it is known: model.{name}.training.flop=FLOP, with model.{name}.training.source=TEXT "
        f"and model.{name}.family=FAMILY of its ladder."
    )
    same = [
        file.name.removesuffix(".yaml")
        for file in sorted((CONFIGS / "model").glob("*.yaml"))
        if f"\nweights: {place}\n" in file.read_text(encoding="utf-8")
    ]
    given = f" model={same[0]} is of the same weights and gives it." if same else ""
    return f"{message}{given}"


def _window(result: Facts | None) -> int | None:
    return result.architecture.window if result else None


def _bare(place: str, name: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        weights=place,
        family=name,
        stage="base",
        parameters=None,
        training_tokens=None,
        training=None,
        context_window=None,
    )
