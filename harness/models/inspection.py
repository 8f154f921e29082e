"""From a model's config to what its checkpoint says of itself, wherever it lies."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from harness.errors import UserError
from harness.models import bundled, gguf, hub
from harness.models.architecture import Architecture
from harness.models.facts import Facts, facts_of_folder
from harness.models.resolve import local
from harness.models.spec import ModelSpec
from harness.models.tensors import HeaderError


def read_facts(spec: ModelSpec, ask: bool) -> Facts | None:
    """Facts of a model's checkpoint; None where they cannot be had before it is downloaded.

    Args:
        spec: the model; its adapter is not looked at.
        ask: whether the hub may be asked, where neither the machine nor the hub's cache has it.

    Raises:
        UserError: the weights lie in a package that is not installed, a folder that is not there
            or cannot be read, or under a hub id that the hub does not know.
    """
    if spec.weights.startswith(bundled.PREFIX):
        return facts_of_package(spec.weights.removeprefix(bundled.PREFIX))
    if folder := local(spec):
        return facts_in_folder(folder)
    if result := hub.cached(spec.weights, spec.revision):
        known = facts_in_folder(result)
        if known.parameters is not None or not ask:
            # What a snapshot lacks is downloaded when it is needed.
            return replace(known, faults=())
    return _answer(spec) if ask else None


def facts_in_folder(folder: Path) -> Facts:
    """Facts of a folder; read again only where its files have changed.

    Raises:
        UserError: the folder cannot be read.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        stats = [(path.name, path.stat()) for path in files]
    except OSError as error:
        raise UserError(f"the folder {folder} cannot be read ({error.strerror})") from error
    return _read(folder, tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats))


@lru_cache(maxsize=256)
def _read(folder: Path, files: tuple[tuple[str, int, int], ...]) -> Facts:
    return facts_of_folder(folder)


def _answer(spec: ModelSpec) -> Facts | None:
    """What the hub says of a model; None where it cannot be asked."""
    try:
        return _asked(spec.weights, spec.revision)
    except hub.AbsentError as error:
        revision = f" at {spec.revision}" if spec.revision else ""
        raise UserError(
            f"model {spec.name}: the hub has no {spec.weights}{revision}, or shows it to others "
            f"alone: {error}"
        ) from error
    except hub.HubError:
        return None


@lru_cache(maxsize=256)
def _asked(repository: str, revision: str | None) -> Facts:
    return hub.facts(repository, revision)


@lru_cache
def facts_of_package(package: str) -> Facts:
    """Facts of weights that a package ships as GGUF; they are dequantised before they are loaded.

    Raises:
        UserError: the package is not known or not installed, or its file is damaged.
    """
    place = bundled.identity(package)
    try:
        header = gguf.read(bundled.source(package))
    except HeaderError as error:
        raise UserError(f"the weights of {place}: {error}. Install the package again") from error
    of = header.of_architecture
    config = {
        "architectures": [header.values.get("general.architecture")],
        "max_position_embeddings": of("context_length"),
        "vocab_size": of("vocab_size"),
        "num_hidden_layers": of("block_count"),
        "num_attention_heads": of("attention.head_count"),
        "num_key_value_heads": of("attention.head_count_kv"),
        "hidden_size": of("embedding_length"),
    }
    return Facts(
        place=place,
        architecture=Architecture.of(config),
        parameters=header.parameters,
        rows=of("vocab_size"),
        tokens=header.values.get("tokenizer.ggml.tokens"),
        template="tokenizer.chat_template" in header.values,
    )
