"""What a checkpoint may run here when it is loaded: nothing, unless its config says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import UserError
from harness.models.spec import ModelSpec

ASKED = "trust_remote_code"
"""In what transformers and vLLM say of a checkpoint that comes with code of its own."""


def load_format(model: ModelSpec) -> str:
    """vLLM's name of the files that it may read weights from; pickles are read by `auto` alone."""
    return "auto" if model.pickled_weights else "safetensors"


@contextmanager
def own_code(model: ModelSpec) -> Iterator[None]:
    """Name the setting where loading a model ends because its own code is not run.

    Raises:
        UserError: it does.
    """
    try:
        yield
    except Exception as error:  # of each library's own kind
        if ASKED not in str(error) or model.remote_code:
            raise
        raise UserError(
            f"{model.name} comes with code of its own, which is not run: read it in "
            f"{model.weights}, then set model.{model.name}.remote_code=true (it will be a part of "
            "what its draws are known by), or take a model that the engine has itself"
        ) from error
