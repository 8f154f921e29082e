"""What a server says of itself, and whether that makes it one that the plan may ask.

Weights are proven by the name that they are served under: it holds their identity (commit, package
version or content hash) and number format. `pte serve` starts `vllm serve` with that name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from harness.engines.server.errors import server_message
from harness.engines.server.replica import bearer
from harness.errors import UserError
from harness.models.resolve import content_hash

VLLM = "vllm"
SNAPSHOT = re.compile(r"/snapshots/([0-9a-f]{40})(/|$)")
"""The commit in the path of a folder in the hub's cache."""
CONTENT = "sha256:"


@dataclass(frozen=True, slots=True)
class Served:
    """A model that a server lists."""

    window: int | None
    """Longest context in tokens, None where the server does not say."""
    root: str
    """The folder or hub id from which the server says that it read the weights."""


@dataclass(frozen=True, slots=True)
class Card:
    """A server's answers about itself."""

    url: str
    models: Mapping[str, Served]
    software: str
    """`vllm`, or whatever owns the models that it lists."""
    version: str
    """Version of the server's software; empty where it does not say."""

    def refusal(self, names: Sequence[str], window: int) -> str | None:
        """Why the server may not be asked for any of the models served as `names`, or None."""
        listed = [name for name in names if name in self.models]
        if not listed:
            return (
                f"the server {self.url} serves {', '.join(self.models) or 'nothing'}, and the plan "
                f"asks for {' or '.join(names)}: start it with that name ('pte serve' does), or "
                "take it out of engine.urls"
            )
        for name in listed:
            served = self.models[name]
            if served.window is not None and served.window < window:
                return (
                    f"the server {self.url} serves contexts of {served.window} tokens, and the "
                    f"sweep's window is {window}: start it with --max-model-len {window}, or set "
                    f"context_window={served.window}"
                )
            if reason := _other_weights(name, served.root):
                return f"the server {self.url} says that it serves {name}, but {reason}"
        return None


def served_name(weights: str, dtype: str, quantisation: str | None) -> str:
    """The name that proves what a server serves; `weights` is their identity."""
    return "+".join(filter(None, (weights, dtype, quantisation)))


def _other_weights(name: str, root: str) -> str | None:
    """How a server's folder contradicts its name, as far as that can be seen from here."""
    weights = name.partition("+")[0]
    commit = SNAPSHOT.search(root)
    if commit and "@" in weights and commit[1] != weights.rpartition("@")[2]:
        return f"its weights are from the commit {commit[1]}"
    folder = Path(root)
    if weights.startswith(CONTENT) and folder.is_dir():
        result = content_hash(folder)
        if result != weights.removeprefix(CONTENT):
            return f"the content of its weights' folder has the hash {result}"
    return None


def fetch_card(url: str, key: str | None, seconds: float) -> Card:
    """A server's card; raises httpx.HTTPError where it does not answer within `seconds`.

    Raises:
        UserError: it answers, but is no OpenAI-compatible server, or refuses the key.
    """
    with httpx.Client(
        base_url=url, headers=bearer(key), timeout=seconds, trust_env=False
    ) as client:
        listed = client.get("/v1/models")
        if listed.status_code >= 500:
            listed.raise_for_status()
        if listed.status_code != httpx.codes.OK:
            raise UserError(
                f"the server {url} does not list its models (status {listed.status_code}: "
                f"{server_message(listed, key)}): is it OpenAI-compatible, and the key right?"
            )
        models = _json(listed).get("data") or []
        version = client.get("/version")
        known = version.status_code == httpx.codes.OK
        return Card(
            url=url,
            models={str(each.get("id")): _served(each) for each in models},
            software=str(models[0].get("owned_by", "")) if models else "",
            version=str(_json(version).get("version", "")) if known else "",
        )


def _served(listed: dict[str, Any]) -> Served:
    return Served(listed.get("max_model_len"), str(listed.get("root") or ""))


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        result = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return {}
    return result if isinstance(result, dict) else {}
