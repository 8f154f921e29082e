"""What the hub, or its cache on this machine, knows of a model before it is downloaded."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.errors import UserError, require
from harness.models.download_origin import COMMIT
from harness.models.facts import Facts, facts_of_folder
from harness.models.parameter_count import count
from harness.models.tensors import Tensor, parsed

TIMEOUT = 10.0
"""Seconds that one question to the hub may take."""
SMALL = ("config.json", "tokenizer_config.json", "chat_template.jinja", "chat_template.json")
"""Files that say what a checkpoint is, besides the headers of its weights."""


class HubError(Exception):
    """The hub gave no answer; the message says why."""


class AbsentError(HubError):
    """The hub knows no such model, or no such revision of it."""


def offline() -> bool:
    """Whether the user has told the hub's client to ask nobody."""
    asked = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return asked.upper() in ("1", "ON", "YES", "TRUE")


def cached(repository: str, revision: str | None) -> Path | None:
    """The snapshot of a revision (None: main) in the hub's cache; None where it has none."""
    if find_spec("huggingface_hub") is None:
        return None
    home = Path(require("huggingface_hub.constants", "datasets").HF_HUB_CACHE)
    folder = home / f"models--{repository.replace('/', '--')}"
    commit = revision or "main"
    if not COMMIT.fullmatch(commit):
        try:
            commit = (folder / "refs" / commit).read_text().strip()
        except OSError:
            return None
    result = folder / "snapshots" / commit
    return result if (result / "config.json").is_file() else None


def commit_of(repository: str, revision: str | None) -> str:
    """The commit that a revision is now.

    Raises:
        HubError: the hub gave no answer.
    """
    if offline():
        raise HubError("HF_HUB_OFFLINE is set")
    client = require("huggingface_hub", "datasets")
    try:
        answer = client.HfApi().model_info(repository, revision=revision, timeout=TIMEOUT)
    except Exception as error:  # the hub's client raises many kinds; most mean the same here
        absent = _is(error, "RepositoryNotFoundError", "RevisionNotFoundError")
        raise (AbsentError if absent else HubError)(_first_line(error)) from error
    return str(answer.sha)


def download(repository: str, commit: str) -> Path:
    """The folder of a whole commit, fetched as far as the hub's cache lacks it.

    Raises:
        UserError: it cannot be fetched.
    """
    client = require("huggingface_hub", "datasets")
    try:
        return Path(client.snapshot_download(repository, revision=commit))
    except Exception as error:  # as above
        raise UserError(
            f"{repository} at {commit} cannot be fetched from the hub: {_first_line(error)}"
        ) from error


def facts(repository: str, revision: str | None) -> Facts:
    """Facts of a checkpoint on the hub: its small files and the headers of its weights alone.

    Raises:
        HubError: the hub gave no answer.
    """
    commit = commit_of(repository, revision)
    client = require("huggingface_hub", "datasets")
    with tempfile.TemporaryDirectory() as folder:
        try:
            there = set(client.HfApi().list_repo_files(repository, revision=commit))
            for name in there & set(SMALL):
                client.hf_hub_download(repository, name, revision=commit, local_dir=folder)
            small = facts_of_folder(Path(folder))
            tensors = _headers(client, repository, commit)
        except Exception as error:  # as above
            raise HubError(_first_line(error)) from error
    config = small.architecture.config
    counted = count(tensors, config) if tensors else None
    result = replace(small, place=f"{repository}@{commit}", faults=_faults(there))
    if counted is None:
        return result
    return replace(
        result,
        parameters=counted.parameters,
        bytes=counted.bytes,
        dtype=counted.dtype,
        rows=counted.rows,
    )


def _headers(client: Any, repository: str, commit: str) -> Mapping[str, Tensor] | None:
    """Tensors of a repository's safetensors files; None where it has none."""
    try:
        listed = client.get_safetensors_metadata(repository, revision=commit)
    except Exception as error:
        if _is(error, "NotASafetensorsRepoError"):
            return None
        raise
    result: dict[str, Tensor] = {}
    for file in listed.files_metadata.values():
        result |= parsed(
            {name: {"dtype": t.dtype, "shape": t.shape} for name, t in file.tensors.items()}
        )
    return result


def _faults(there: set[str]) -> tuple[str, ...]:
    if "config.json" not in there:
        adapter = "adapter_config.json" in there
        return ("it is an adapter and no model" if adapter else "it has no config.json",)
    if not any(name.endswith((".safetensors", ".bin")) for name in there):
        return ("it has no weights (*.safetensors, or pytorch_model*.bin)",)
    return ()


def _is(error: Exception, *names: str) -> bool:
    """Whether an error is of one of these kinds; where the client keeps its kinds has changed."""
    return any(kind.__name__ in names for kind in type(error).__mro__)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
