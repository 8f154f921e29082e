"""The one door: an artefact held against the model that it is to stand beside, loading neither."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from harness.artefacts.contract import ARTEFACT, WEIGHTS, Artefact, Base, Kind
from harness.artefacts.store import is_artefact, read, weights_hash
from harness.errors import UserError
from harness.files import replace_text
from harness.models import bundled, hub
from harness.models.download_origin import COMMIT
from harness.models.facts import template_text
from harness.models.resolve import local, pin
from harness.models.spec import Adapter, ModelSpec

NOTHING = ".nothing"
"""What the name of the file ends in that says why nothing could be made of a rung."""


def admit(folder: Path, model: ModelSpec, kinds: Collection[Kind]) -> Artefact:
    """The artefact of a folder, where it may be used with a model.

    Args:
        folder: of the artefact.
        model: the rung that it is to stand beside.
        kinds: that whoever asks can use.

    Raises:
        UserError: it is another rung's or another model's, of another kind, was trained under
            another chat template, or is not as it was written.
    """
    artefact = read(folder)
    if reason := _fault(artefact, folder, model, kinds):
        raise UserError(f"the artefact {folder} cannot be used with {model.name}: {reason}")
    return artefact


def _fault(
    artefact: Artefact, folder: Path, model: ModelSpec, kinds: Collection[Kind]
) -> str | None:
    base = artefact.base
    if artefact.kind not in kinds:
        wanted = " or ".join(kind.value for kind in kinds)
        return f"it is of the kind {artefact.kind.value}, and {wanted} is needed"
    if reason := foreign_base(base, model):
        return reason
    if base.chat != model.chat:
        shown = {True: "the chat template", False: "plain text"}
        return (
            f"it was trained under {shown[base.chat]}, and {model.name} is shown "
            f"{shown[model.chat]}: set model.{model.name}.chat={str(base.chat).lower()}"
        )
    here = template_hash(model)
    if base.chat and here is not None and base.template not in (None, here):
        return (
            "it was trained under another chat template than the one that lies beside the "
            "weights now: put the former one back, or train it anew"
        )
    if artefact.weights and _weights_now(folder) != artefact.weights:
        return f"{folder / WEIGHTS} is not what {ARTEFACT} describes: train it anew"
    return None


def foreign_base(base: Base, model: ModelSpec) -> str | None:
    """Why something made from `base` does not fit a model, or None."""
    here = known_identity(model)
    if base.identity and here is not None:
        same = base.identity == here
    else:
        same = base.weights == model.weights
    if same:
        return None
    if base.model != model.name:
        return f"it was made from {base.model} ({base.weights}), and fits no other model"
    return (
        f"it was made from other weights of the name {base.model} ({base.identity or base.weights},"
        f" and here are {here or model.weights}): train it anew"
    )


def known_identity(model: ModelSpec) -> str | None:
    """The identity of a model's weights as far as this machine knows it; nobody is asked."""
    if model.weights.startswith(bundled.PREFIX) or local(model) is not None:
        return _pinned(model)
    if model.revision and COMMIT.fullmatch(model.revision):
        return f"{model.weights}@{model.revision}"
    kept = hub.cached(model.weights, model.revision)
    return f"{model.weights}@{kept.name}" if kept else None


@lru_cache(maxsize=4096)
def _pinned(model: ModelSpec) -> str:
    return pin(model)


def template_hash(model: ModelSpec) -> str | None:
    """Content hash of the chat template that lies beside a model's weights; None where prompts are
    plain text, or nothing lies on this machine."""
    if not model.chat:
        return None
    if model.weights.startswith(bundled.PREFIX):
        folder = bundled.converted(model.weights.removeprefix(bundled.PREFIX))
    else:
        folder = local(model) or hub.cached(model.weights, model.revision)
    text = template_text(folder) if folder else None
    return None if text is None else sha256(text.encode()).hexdigest()


def _weights_now(folder: Path) -> str:
    files = sorted((folder / WEIGHTS).glob("*"))
    return _weights_hash(folder, tuple((f.name, f.stat().st_mtime_ns) for f in files))


@lru_cache(maxsize=1024)
def _weights_hash(folder: Path, files: tuple[tuple[str, int], ...]) -> str:
    return weights_hash(folder)


def of_rung(root: Path, model: ModelSpec) -> Path | None:
    """Where the artefact of a rung lies below the folder of a ladder's; None where it has none."""
    folder = root / model.name
    return folder if is_artefact(folder) else None


def check_ladder(root: Path, model: ModelSpec, made_by: str) -> None:
    """Refuse a ladder on which other rungs have their artefact, and this one has none.

    Args:
        root: the folder of the ladder's artefacts, with one below it a rung.
        model: the rung.
        made_by: the command that makes it, for the message.

    Raises:
        UserError: names the rungs that have one.
    """
    if of_rung(root, model) is not None or not root.is_dir():
        return
    if (root / f"{model.name}{NOTHING}").exists():
        return  # it was tried, and the reason is told
    others = [each.name for each in sorted(root.iterdir()) if is_artefact(each)]
    if not others:
        return
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    raise UserError(
        f"{root} has artefacts of {', '.join(others[:3])}{more}, and none of {model.name}: "
        f"train it with '{made_by} model={model.name}', or leave the rung out"
    )


def note_nothing(root: Path, model: ModelSpec, reason: str) -> None:
    """Put down why nothing could be made of a rung."""
    replace_text(root / f"{model.name}{NOTHING}", reason)


def nothing_made(root: Path, model: ModelSpec) -> str | None:
    """Why nothing could be made of a rung; None where it was not tried, or there is something."""
    path = root / f"{model.name}{NOTHING}"
    if of_rung(root, model) is not None or not path.is_file():
        return None
    return path.read_text(encoding="utf-8", errors="replace")


def in_place(model: ModelSpec, artefact: Artefact, folder: Path, name: str) -> ModelSpec:
    """The model that answers with an artefact: the rung with its adapter, or with other weights."""
    place = str(folder / WEIGHTS)
    if artefact.kind is Kind.ADAPTER:
        return replace(model, adapter=Adapter(name, place))
    tuned = replace(model, name=f"{model.name}+{name}", weights=place, revision=None)
    return replace(tuned, instruct_sibling=None)
