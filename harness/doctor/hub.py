"""The Hugging Face hub: whether it answers, and gives the models that were named."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import httpx

from harness.doctor.contract import Asked, Check, Finding, fail, ok, skip, warn
from harness.doctor.declared import installed
from harness.errors import require
from harness.models import bundled
from harness.models.hub import TIMEOUT, cached, offline
from harness.models.resolve import local
from harness.models.spec import ModelSpec

SECONDS = 5.0
HUB = "https://huggingface.co"
GATED = ("GatedRepoError", "RepositoryNotFoundError")


def hub(asked: Asked) -> Finding:
    """One request to the hub, and one for each named model that lies there."""
    wanted = [model for model in asked.models if on_hub(model)]
    kept = [model.name for model in wanted if cached(model.weights, model.revision)]
    missing = [model for model in wanted if model.name not in kept]
    if offline():
        return _without("HF_HUB_OFFLINE is set, so nobody is asked", kept, missing, unset=True)
    if installed("huggingface_hub") is None:
        return warn("huggingface_hub is not installed", "pip install -e '.[datasets]'")
    endpoint = os.environ.get("HF_ENDPOINT", HUB)
    name = "the hub" if endpoint == HUB else "the hub's mirror (HF_ENDPOINT)"
    try:
        httpx.get(f"{endpoint}/api/models?limit=1", timeout=SECONDS, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = f"{name} does not answer ({_host_free(error, endpoint)})"
        return _without(why, kept, missing, unset=False)
    refused = {model: why for model in wanted if (why := _refusal(model))}
    if refused:
        model, why = next(iter(refused.items()))
        names = ", ".join(each.name for each in refused)
        return fail(
            f"{name} answers, and does not give {names}: {why}",
            f"ask for access on the page of {model.weights}, then 'hf auth login' or HF_TOKEN",
        )
    given = f", and gives {', '.join(model.name for model in wanted)}" if wanted else ""
    return ok(f"{name} answers{given}", reachable=True)


def on_hub(model: ModelSpec) -> bool:
    """Whether a model's weights are neither in a folder nor in a package of this machine."""
    return not model.weights.startswith(bundled.PREFIX) and local(model) is None


def _without(why: str, kept: list[str], missing: list[ModelSpec], unset: bool) -> Finding:
    """What can be had where nobody is asked, or nobody answers."""
    here = f"; in the cache: {', '.join(kept)}" if kept else ""
    if missing:
        first = missing[0].weights
        return fail(
            f"{why}{here}; not on this machine: {', '.join(each.name for each in missing)}",
            f"where there is a network: hf download {first}, and bring the cache (HF_HOME) or "
            f"give a folder: model.{missing[0].name}.weights=FOLDER",
        )
    if unset:
        return skip(f"{why}{here}: models and data come from this machine")
    return warn(
        f"{why}{here}: models and data come from this machine",
        "set HF_HUB_OFFLINE=1, so that nothing waits for it",
        reachable=False,
    )


def _refusal(model: ModelSpec) -> str:
    """Why the hub does not give a model; empty where it does."""
    client = require("huggingface_hub", "datasets")
    try:
        client.HfApi().model_info(model.weights, revision=model.revision, timeout=TIMEOUT)
        client.HfApi().auth_check(model.weights)
    except Exception as error:  # the hub's client raises many kinds
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if kinds & set(GATED):
            return "it is gated, or there is no such model"
        return (str(error).strip() or type(error).__name__).splitlines()[0]
    return ""


def _host_free(error: Exception, endpoint: str) -> str:
    """An error without the host's name, which may be nobody's business."""
    host = urlsplit(endpoint).hostname or endpoint
    return (str(error) or type(error).__name__).replace(host, "its host")


CHECKS = (Check("hub", hub, seconds=60),)
