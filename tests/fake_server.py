"""An OpenAI-compatible server in a thread, whose answers are a function of what it is asked, and
which can be told to go wrong in every way that servers do."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any

Json = dict[str, Any]
REASONS = {200: "OK", 400: "Bad Request", 429: "Too Many Requests", 500: "Internal Server Error"}


@dataclass(frozen=True)
class Fault:
    """What happens to one completion instead of an answer."""

    status: int = 0
    """Answer with this status; 0: with none at all."""
    after: str = ""
    """A Retry-After header."""
    message: str = "told to fail"
    stall: float = 0.0
    """Seconds of silence first."""
    change: Json = field(default_factory=dict)
    """Fields of the answer's choice that are overwritten; with these it is an answer."""
    whole: Callable[[Json], Json] | None = None
    """What becomes of the whole answer; with this it is an answer."""
    raw: bytes | None = None
    """The body of a success, whatever it is."""
    endless: bytes = b""
    """The beginning of a success that never ends; the last byte is repeated."""


STALL = Fault(stall=3600.0)
RESET = Fault()
BUSY = Fault(429, after="0.05")
BROKEN = Fault(500)


def say(body: Json) -> str:
    """A number that depends on the prompt and the seed, after some reasoning."""
    seed = body.get("seed", 0)
    digest = blake2b(f"{body['prompt']}|{seed}".encode(), digest_size=4).digest()
    if body["max_tokens"] > 64:
        return f"Some steps, {digest[1]} of them. The answer is {digest[0] % 10}."
    return f" {digest[0] % 10}."


@dataclass
class FakeServer:
    """Use as a context manager; attributes may be changed while it runs."""

    name: str
    window: int = 100_000
    version: str | None = "1.2.3"
    owner: str = "vllm"
    root: str = "somewhere"
    key: str | None = None
    host: str = "127.0.0.1"
    port: int = 0
    """To listen on; 0: any."""
    faults: deque[Fault] = field(default_factory=deque)
    """Each spoils one completion, in order."""
    mode: Fault | None = None
    """Spoils every completion for as long as it is set."""
    silent: bool = False
    """Accept connections and answer nothing."""
    seconds: float = 0.0
    """That a completion takes."""
    capacity: int = 10_000
    """Completions worked on at once; others wait."""
    script: Callable[[Json], str] = say
    listed: Any = None
    """What /v1/models answers in place of the truth."""
    probes: bool = False
    """Whether probes are answered well whatever `mode` is."""
    honest: int = 0
    """Completions that are answered well before `mode` sets in; probes do not count."""
    asked: list[Json] = field(default_factory=list)
    """Bodies of all completions but probes."""

    def __enter__(self) -> FakeServer:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._writers: set[asyncio.StreamWriter] = set()
        self._port = self.port
        self.flooded = 0
        self._room = asyncio.Semaphore(self.capacity)
        self.revive()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.die()
        self._do(self._cancel())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self._port}"

    def revive(self) -> None:
        """Listen, on the port of before."""
        self._server = self._do(
            asyncio.start_server(self._serve, self.host, self._port, backlog=1024)
        )
        self._port = self._server.sockets[0].getsockname()[1]

    def die(self) -> None:
        """Stop listening, and reset all connections."""
        self._do(self._die())

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _die(self) -> None:
        self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _cancel(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = head.split("\r\n")
                headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                answer = await self._answer(first.split(" ")[1], headers, body, writer)
                if answer is None:
                    writer.transport.abort()
                    return
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(
        self, path: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> bytes | None:
        while self.silent:
            await asyncio.sleep(0.01)
        if self.key and headers.get("authorization") != f"Bearer {self.key}":
            return reply(401, {"error": f"{headers.get('authorization')} is no key of ours"})
        if path == "/health":
            return reply(200, {})
        if path == "/version":
            result = self.version is not None
            return reply(200 if result else 404, {"version": self.version})
        if path == "/v1/models":
            card = {"id": self.name, "owned_by": self.owner, "root": self.root}
            told = {"data": [card | {"max_model_len": self.window}]}
            return reply(200, told if self.listed is None else self.listed)
        asked = json.loads(body)
        probe = asked["prompt"] == [*b"."] and asked["max_tokens"] == 1
        if not probe:
            self.asked.append(asked)
        if asked["model"] != self.name:
            return reply(404, {"error": {"message": f"no model {asked['model']}"}})
        well = self.probes if probe else len(self.asked) <= self.honest
        spoilt = None if well else self.mode
        fault = spoilt or (self.faults.popleft() if self.faults and not probe else None)
        if fault is not None and fault.raw is not None:
            return packet(200, fault.raw)
        if fault is not None and fault.endless:
            await self._flood(fault.endless, writer)
        if fault is not None and not fault.change and fault.whole is None:
            await asyncio.sleep(fault.stall)
            if not fault.status:
                return None
            error = {"error": {"message": fault.message}}
            return reply(fault.status, error, fault.after)
        if self.seconds and not probe:
            async with self._room:
                await asyncio.sleep(self.seconds)
        answer = completion(asked, self.script(asked), fault.change if fault else {})
        return reply(200, fault.whole(answer) if fault and fault.whole else answer)

    async def _flood(self, begins: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        part = begins
        while True:
            writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            await writer.drain()
            self.flooded += len(part)
            part = begins[-1:] * 65536


def reply(status: int, body: Json, retry_after: str = "") -> bytes:
    return packet(status, json.dumps(body).encode(), retry_after)


def packet(status: int, raw: bytes, retry_after: str = "") -> bytes:
    head = f"HTTP/1.1 {status} {REASONS.get(status, 'Other')}\r\ncontent-type: application/json\r\n"
    if retry_after:
        head += f"retry-after: {retry_after}\r\n"
    return f"{head}content-length: {len(raw)}\r\n\r\n".encode() + raw


def completion(asked: Json, text: str, change: Json) -> Json:
    """An answer as vLLM makes it; a token is a byte."""
    ids = list(text.encode())[: asked["max_tokens"]]
    choice: Json = {
        "text": bytes(ids).decode(),
        "finish_reason": "length" if len(ids) == asked["max_tokens"] else "stop",
    }
    if asked.get("return_token_ids"):
        choice |= {"token_ids": ids, "prompt_token_ids": asked["prompt"]}
    chances = [logprob(asked["prompt"], place) for place in range(len(asked["prompt"]))]
    if asked.get("prompt_logprobs") is not None:
        rows = [{str(t): {"logprob": c}} for t, c in zip(asked["prompt"], chances, strict=True)]
        choice["prompt_logprobs"] = [None, *rows[1:]]
    if asked.get("echo"):
        choice["logprobs"] = {"token_logprobs": [None, *chances[1:], *[-1.0] * len(ids)]}
    usage = {"prompt_tokens_details": {"cached_tokens": 3}}
    return {"choices": [choice | change], "usage": usage}


def logprob(prompt: list[int], place: int) -> float:
    """A log-probability of the token at a place, which depends on the one before."""
    return -((prompt[place] * 31 + prompt[place - 1] * 7 + place) % 97) / 10


def byte_checkpoint(folder: Path) -> Path:
    """A folder with a tokenizer whose ids are bytes, and nothing else of a model."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    vocabulary = {letter: byte for byte, letter in bytes_to_unicode().items()}
    raw = Tokenizer(models.BPE(vocabulary, []))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    raw.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=raw).save_pretrained(folder)
    return folder


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that another thread brings about."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)
