"""Settings of the server engine, and what has to be true of the servers before they are asked."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
from annotated_types import Interval

from harness.contracts.pte import Capabilities
from harness.engines.formats import Dtype, Quantisation
from harness.engines.protocol import Engine, Identity, LoadRequest
from harness.engines.reward_rows import task_of
from harness.engines.server.addresses import checked, read_addresses
from harness.engines.server.answers import Reader
from harness.engines.server.card import VLLM, Card, fetch_card, served_name
from harness.engines.server.engine import Probe, ServerEngine
from harness.engines.server.fleet import Fleet, Terms
from harness.engines.server.reward import RewardDialect, ServerRewardEngine
from harness.engines.server.wire import PATH, Dialect
from harness.engines.tokenizer import CheckpointTokenizer
from harness.errors import UserError
from harness.models.architecture import Architecture
from harness.models.resolve import pin
from harness.models.spec import ModelSpec
from harness.ranges import MOST, CountFromZero, Parallel, Seconds, Text

_log = logging.getLogger(__name__)
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class ServerConfig:
    """Settings of the server engine; see `configs/engine/server.yaml` for what each does."""

    urls: tuple[str, ...] = ()
    urls_file: Text | None = None
    wait: Annotated[float, Interval(ge=0, le=MOST)] = 0.0
    key_variable: Text = "VLLM_API_KEY"
    dtype: Dtype = "bfloat16"
    quantisation: Quantisation | None = None
    version: Text | None = None
    token_ids: Literal["returned", "encoded"] = "returned"
    scores: Literal["prompt_logprobs", "echo", "none"] = "prompt_logprobs"
    seeds: bool = True
    concurrency: Parallel = 128
    score_concurrency: Parallel = 8
    timeout: Seconds = 600.0
    retries: CountFromZero = 10
    patience: Seconds = 600.0
    health: Seconds = 15.0
    name: str = field(default="server", init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "urls", tuple(map(checked, self.urls)))

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(score=self.scores != "none", adapters=False, reward=True)

    @property
    def max_concurrency(self) -> int:
        return self.concurrency * max(1, len(self.places()))

    def places(self) -> tuple[str, ...]:
        """Every server's URL, once; those of the file as it is now."""
        # Variables are those of the process that asks: each job of an array may have its own.
        file = Path(os.path.expandvars(self.urls_file)) if self.urls_file else None
        listed = read_addresses(file) if file else ()
        return tuple(dict.fromkeys([*self.urls, *listed]))

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """What the servers that answer say of themselves.

        Raises:
            UserError: none answers, or they are not all the same software and version.
        """
        until = time.monotonic() + self.wait
        while True:
            cards, silent = self._answers()
            if cards:
                break
            if time.monotonic() >= until:
                said = "".join(f"\n{url}: {why}" for url, why in silent.items())
                raise UserError(
                    f"no server answers at {', '.join(self.places()) or 'any address'}: start one "
                    "('pte serve' does), set engine.urls=[http://HOST:PORT,...] or "
                    f"engine.urls_file, or set engine.wait=SECONDS{said}"
                )
            time.sleep(POLL_SECONDS)
        for url, why in silent.items():
            _log.warning("server %s is left out for now: %s", url, why)
        for card in cards[1:]:
            if self._software(card) != self._software(cards[0]):
                raise UserError(
                    f"the servers differ: {' '.join(self._software(cards[0]))} at {cards[0].url}, "
                    f"{' '.join(self._software(card))} at {card.url}: use one version for all"
                )
        return cards

    def _answers(self) -> tuple[tuple[Card, ...], dict[str, str]]:
        """Cards of the servers that have one, and why others have none; these may join later."""
        cards: list[Card] = []
        silent: dict[str, str] = {}
        for url in self.places():
            try:
                card = fetch_card(url, self._key, self.health)
            except httpx.HTTPError as error:
                silent[url] = f"it does not answer ({type(error).__name__})"
            except UserError as error:
                silent[url] = str(error)
            else:
                if card.models:
                    cards.append(card)
                else:
                    silent[url] = "it lists no model, as one does that is still loading"
        return tuple(cards), silent

    def _software(self, card: Card) -> tuple[str, str]:
        """Engine and version of the identity. `vllm serve` is vLLM: what it draws is the same."""
        if card.software == VLLM and card.version:
            return VLLM, card.version
        if self.version is None:
            raise UserError(
                f"the server {card.url} does not say at /version what it is: set "
                "engine.version=NAME-VERSION"
            )
        return self.name, self.version

    @property
    def _key(self) -> str | None:
        return os.environ.get(self.key_variable) or None

    def identity(self, weights: str, adapter: str) -> Identity:
        engine, version = self._software(self.cards[0])
        if self.token_ids == "encoded":
            version += " (token ids encoded from text)"  # a continuation may extend other ids
        quantisation = self.quantisation or "none"
        return Identity(
            weights=weights,
            adapter=adapter,
            dtype=self.dtype,
            quantisation=quantisation,
            engine=engine,
            version=version,
        )

    def settings(self) -> Mapping[str, Any]:
        return {
            "served": True,
            "concurrency": self.concurrency,
            "seeds": self.seeds,
            "scores": self.scores,
            "token_ids": self.token_ids,
        }

    def check(self, models: Sequence[ModelSpec], window: int) -> str | None:
        names = {self._name(pin(model)): model for model in models}
        for card in self.cards:
            if reason := card.refusal(list(names), window):
                return reason
        for name, model in names.items():
            if not any(name in card.models for card in self.cards):
                return f"no server serves {model.name} (as {name}): 'pte serve' starts one"
        return None

    def check_stacks(self, stacks: tuple[frozenset[str], ...]) -> str | None:
        return None

    def _name(self, weights: str) -> str:
        return served_name(weights, self.dtype, self.quantisation)

    async def load(self, request: LoadRequest) -> Engine:
        name = self._name(request.identity or pin(request.model))
        if request.model.reward is not None:
            return await self._judging(name, request)
        tokenizer = CheckpointTokenizer(
            Path(request.model.weights),
            request.model.chat,
            request.date,
            thinking=request.thinking,
            thinks=request.model.thinking,
            remote_code=request.model.remote_code,
        )
        dialect = self._dialect(request.model, tokenizer)
        reader = Reader(dialect, tokenizer, _vocabulary(request.model, tokenizer))
        probe = Probe(name, reader)
        fleet = self._fleet(name, request.context_window, (probe.body, probe.read))
        await fleet.open()
        scores = self.score_concurrency * max(1, len(self.places()))
        return ServerEngine(fleet, name, reader, scores)

    def _dialect(self, model: ModelSpec, tokenizer: CheckpointTokenizer) -> Dialect:
        dialect = Dialect(
            vllm=self._software(self.cards[0])[0] == VLLM,
            encoded=self.token_ids == "encoded",
            scores=self.scores,
            seeds=self.seeds,
            special=bool(tokenizer.marks),
        )
        if dialect.special and (dialect.encoded or not dialect.vllm):
            raise UserError(
                f"the thoughts of {model.name} stand between special tokens, which only "
                "vLLM's servers return, with engine.token_ids=returned"
            )
        return dialect

    async def _judging(self, name: str, request: LoadRequest) -> ServerRewardEngine:
        """A reward model's servers.

        Raises:
            UserError: they are not vLLM's.
        """
        if self._software(self.cards[0])[0] != VLLM:
            raise UserError(
                f"{request.model.name} is a reward model, and only vLLM's servers are asked for "
                "rewards: 'pte serve' starts one"
            )
        model = request.model
        tokenizer = CheckpointTokenizer(
            Path(model.weights), model.chat, request.date, remote_code=model.remote_code
        )
        dialect = RewardDialect(name, task_of(model))
        asked = dialect.probe(tokenizer)
        probe = dialect.body(asked), partial(dialect.read, request=asked)
        fleet = self._fleet(name, request.context_window, probe, dialect.path)
        await fleet.open()
        return ServerRewardEngine(fleet, dialect, tokenizer)

    def _fleet(
        self,
        name: str,
        window: int,
        probe: tuple[bytes, Callable[[bytes], object]],
        path: str = PATH,
    ) -> Fleet:
        """The servers of one model, yet to be opened."""
        expected = self._software(self.cards[0])

        def refusal(card: Card) -> str | None:
            if self._software(card) != expected:
                return f"it is {' '.join(self._software(card))}, not {' '.join(expected)}"
            return card.refusal([name], window)

        terms = Terms(
            key=self._key,
            limit=self.concurrency,
            timeout=self.timeout,
            retries=self.retries,
            patience=self.patience,
            health=self.health,
        )
        # Servers of the plan's other models are not this model's.
        serving = {card.url for card in self.cards if name in card.models}
        others = {card.url for card in self.cards} - serving if serving else set()

        def urls() -> list[str]:
            return [url for url in self.places() if url not in others]

        return Fleet(terms, urls, refusal, probe, path)


def _vocabulary(model: ModelSpec, tokenizer: CheckpointTokenizer) -> int:
    """How many token ids there are: the tokenizer's, or the model's where it has more."""
    config = Path(model.weights) / "config.json"
    known = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
    rows = Architecture.of(known if isinstance(known, dict) else {}).vocabulary or 0
    own: int = 1 + max(tokenizer.raw.get_vocab().values())
    return max(rows, own)
