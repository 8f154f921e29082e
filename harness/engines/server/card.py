"""What a server says of itself, and whether that makes it one that the plan may ask.

Weights are proven by the name that they are served under: it holds their identity (commit, package
version or content hash) and number format. `pte serve` starts `vllm serve` with that name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec

from harness.engines.server.errors import SHOWN, WrongAnswerError, server_message
from harness.engines.server.exchange import Asked
from harness.engines.server.replica import bearer
from harness.errors import UserError
from harness.models.resolve import CODE, content_hash
from harness.visible import one_line

VLLM = "vllm"
SNAPSHOT = re.compile(r"/snapshots/([0-9a-f]{40})(/|$)")
"""The commit in the path of a folder in the hub's cache."""
CONTENT = "sha256:"
VERSION = re.compile(r"[\w.+-]{1,100}")
"""What a version may be: it becomes a part of what draws are known by."""
LISTED = 5
"""Models of another server that an error names."""


class _Listed(msgspec.Struct):
    """A model, as a server lists it."""

    id: Annotated[str, msgspec.Meta(min_length=1)]
    owned_by: str = ""
    root: str | None = None
    max_model_len: Annotated[int, msgspec.Meta(gt=0)] | None = None


class _List(msgspec.Struct):
    data: list[_Listed]


_decoder = msgspec.json.Decoder(_List)


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
                f"the server {self.url} serves {self._offer()}, and the plan "
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

    def _offer(self) -> str:
        """What it serves, in a few words."""
        names = [one_line(name[:SHOWN]) for name in list(self.models)[:LISTED]]
        more = len(self.models) - len(names)
        return (", ".join(names) or "nothing") + (f" and {more} more" if more else "")


def served_name(weights: str, dtype: str, quantisation: str | None) -> str:
    """The name that proves what a server serves; `weights` is their identity."""
    return "+".join(filter(None, (weights, dtype, quantisation)))


def _other_weights(name: str, root: str) -> str | None:
    """How a server's folder contradicts its name, as far as that can be seen from here."""
    weights = name.partition("+")[0]
    if weights.endswith(CODE):  # its content is hashed with the code, which is not looked at here
        return None
    commit = SNAPSHOT.search(root)
    if commit and "@" in weights and commit[1] != weights.rpartition("@")[2]:
        return f"its weights are from the commit {commit[1]}"
    folder = Path(root)
    if weights.startswith(CONTENT) and folder.is_absolute():
        try:
            result = content_hash(folder) if folder.is_dir() else None
        except OSError:  # it is the server's word: a folder here may be anything
            return None
        if result is not None and result != weights.removeprefix(CONTENT):
            return f"the content of its weights' folder has the hash {result}"
    return None


def fetch_card(url: str, key: str | None, seconds: float) -> Card:
    """A server's card; raises httpx.HTTPError where it does not answer within `seconds`.

    Raises:
        UserError: it answers, but is no OpenAI-compatible server, or refuses the key.
    """
    try:
        with Asked(url, bearer(key), seconds) as server:
            listed = server.get("/v1/models")
            if listed.status >= 500:
                raise httpx.RemoteProtocolError(f"status {listed.status}")
            if listed.status != httpx.codes.OK:
                raise UserError(
                    f"the server {url} does not list its models (status {listed.status}: "
                    f"{server_message(listed, key)}): is it OpenAI-compatible, and the key right?"
                )
            models = _models(url, listed.body)
            version = server.get("/version")
    except WrongAnswerError as error:
        raise UserError(f"the server {url} says too much of itself: {error}") from error
    known = _json(version.body).get("version") if version.status == httpx.codes.OK else None
    return Card(
        url=url,
        models={each.id: Served(each.max_model_len, each.root or "") for each in models},
        software=models[0].owned_by if models else "",
        version=known if isinstance(known, str) and VERSION.fullmatch(known) else "",
    )


def _models(url: str, body: bytes) -> list[_Listed]:
    """The models that a server lists.

    Raises:
        UserError: it is no list of models, or one that contradicts itself.
    """
    try:
        models = _decoder.decode(body).data
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(
            f"the server {url} does not list its models at /v1/models as OpenAI's does ({error}): "
            "is it OpenAI-compatible?"
        ) from error
    said: dict[str, _Listed] = {}
    for each in models:
        if said.setdefault(each.id, each) != each:
            raise UserError(
                f"the server {url} lists {one_line(each.id[:SHOWN])} twice, as different things: "
                "start it anew ('pte serve' does), or take it out of engine.urls"
            )
    return list(said.values())


def _json(body: bytes) -> dict[str, Any]:
    try:
        result = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return result if isinstance(result, dict) else {}
