"""The checks of the smoke run. They share one process: an engine is loaded once for several."""

from __future__ import annotations

import asyncio
import atexit
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path

from harness.doctor.contract import Asked, Check, Finding, fail, ok, skip
from harness.engines.protocol import Completion, Engine, Sampling
from harness.engines.together import score_all
from harness.engines.transformers import TransformersConfig
from pocket.doctor.adapting import merged, random_adapter
from pocket.doctor.comparing import compared
from pocket.doctor.session import (
    MODEL,
    SIBLING,
    TAG,
    Session,
    prompts,
    request,
    said,
    session,
)

CLOSE, CLOSE_16 = 5e-3, 0.5
"""Differences of summed log-likelihoods that are rounding, in 32-bit numbers and in 16."""
REPEATS = 8
"""Requests of the timed batch, in multiples of the problems."""
ISSUE = "paste the summary into an issue: results of this engine here are not to be trusted"
NAME = "engine"


def engine(asked: Asked) -> Finding:
    """Loads the model and has it answer one problem."""
    here = session(asked)
    loaded = here.load()
    atexit.register(here.close)
    (first,) = here.run(said(loaded, prompts(loaded)[:1]))
    identity = here.config.identity("", "")
    place = _device(here)
    what = (
        f"{identity.engine} {identity.version} on {place} in {identity.dtype}: loaded in "
        f"{here.seconds:.1f} s, and answers"
    )
    if not first.ids:
        return fail(f"{what} nothing", ISSUE)
    return ok(what, engine=identity.engine, device=place, load_seconds=round(here.seconds, 1))


def _device(here: Session) -> str:
    if isinstance(here.config, TransformersConfig):
        import torch

        auto = "cuda" if torch.cuda.is_available() else "cpu"
        return auto if here.config.device == "auto" else here.config.device
    from harness.engines.vllm.engine import device

    return device()


def greedy(asked: Asked) -> Finding:
    """Greedy outputs, all in flight at once, against transformers on the CPU."""
    here = session(asked)
    loaded = here.plain()
    return _same(here, here.run(said(loaded, prompts(loaded))), MODEL)


def _same(here: Session, ours: list[Completion], name: str, prefix: str = "") -> Finding:
    theirs, referee = here.reference(name), here.referee(name)
    found = here.run(compared(prompts(referee), ours, theirs, referee))
    what = prefix + found.told(here.exact)
    figures = {"same": found.same, "share_of_tokens": round(found.agreed / found.tokens, 4)}
    if found.wrong(here.exact):
        return fail(what, ISSUE, **figures)
    return ok(what, **figures)


def log_likelihoods(asked: Asked) -> Finding:
    """Summed log-likelihoods of continuations, of one token and of several."""
    here = session(asked)
    ours, theirs = (here.run(_scores(each)) for each in (here.plain(), here.referee()))
    largest = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    what = f"{len(ours)} log-likelihoods differ from transformers' by {largest:.2g} at most"
    bar = CLOSE if here.exact else CLOSE_16
    if not largest <= bar:
        return fail(f"{what}, and {bar:g} is allowed", ISSUE, largest=largest)
    return ok(what, largest=largest)


async def _scores(loaded: Engine) -> list[float]:
    encode = loaded.tokenizer.encode
    texts = [f" {number:02d}" for number in range(10)] + [" 47;", " a12=34"]
    options = [encode(text) for text in texts]
    results: list[float] = []
    for ids in prompts(loaded)[:4]:
        scored = await score_all(loaded, ids, options, TAG, None)
        results += scored.logprobs
    return results


def prefix_cache(asked: Asked) -> Finding:
    """Two requests with the same long prompt: the second finds it in the cache."""
    here = session(asked)
    if isinstance(here.config, TransformersConfig):
        return skip("engine=transformers keeps no prefix cache")
    loaded = here.plain()
    long = _long(loaded)
    first, again = (here.run(said(loaded, [long]))[0] for _ in range(2))
    share = again.cached / len(long)
    what = f"{again.cached} of {len(long)} prompt tokens came from the cache the second time"
    if again.ids != first.ids:
        return fail(f"{what}, and the answer was another", ISSUE)
    if not again.cached:
        return fail(what, "every request pays its whole prompt: look at engine.block_size")
    return ok(what, cached_share=round(share, 3))


def _long(loaded: Engine) -> array[int]:
    """A prompt of several cache blocks that nothing before has begun with."""
    ids = prompts(loaded)
    start, joined = ids[0][:1], array("I")
    for each in reversed(ids):
        if len(joined) > 200:
            break
        joined += each[1:]
    return start + joined[:200]


def speed(asked: Asked) -> Finding:
    """Generated tokens a second: many sampled requests at once, and one alone."""
    here = session(asked)
    loaded = here.plain()
    ids = prompts(loaded)
    sampling = Sampling(temperature=1.0)
    together = _rate(here, lambda: here.run(said(loaded, ids * REPEATS, sampling=sampling)))
    alone = _rate(here, lambda: here.run(said(loaded, ids[:1], sampling=sampling)))
    count = len(ids) * REPEATS
    return ok(
        f"{together:.0f} tokens a second with {count} requests in flight, {alone:.0f} with one "
        "(of a model of 0.1M parameters: what the engine itself takes)",
        tokens_per_second=round(together),
        tokens_per_second_alone=round(alone),
    )


def _rate(here: Session, work: Callable[[], list[Completion]]) -> float:
    begun = time.perf_counter()
    tokens = sum(len(each.ids) for each in work())
    return tokens / (time.perf_counter() - begun)


def swap(asked: Asked) -> Finding:
    """Another rung's weights in the running engine, and back."""
    here = session(asked)
    loaded = here.plain()
    before = here.run(said(loaded, prompts(loaded)))
    begun = time.monotonic()
    if not here.run(loaded.swap(request(SIBLING))):
        other = here.load(SIBLING)
        found = _same(here, here.run(said(other, prompts(other))), SIBLING, "the sibling: ")
        here.close()
        again = f"weights are not put into this engine; loaded anew in {here.seconds:.1f} s, "
        return Finding(found.status, again + found.what, found.mend, found.figures)
    seconds = time.monotonic() - begun
    there = _same(here, here.run(said(loaded, prompts(loaded))), SIBLING, "the sibling: ")
    if not here.run(loaded.swap(request(MODEL))):
        return fail("the sibling's weights went in, and the model's own not back", ISSUE)
    after = here.run(said(loaded, prompts(loaded)))
    what = f"another rung's weights put in within {1e3 * seconds:.0f} ms; {there.what}"
    if there.mend:
        return fail(what, there.mend)
    if [each.ids for each in before] != [each.ids for each in after]:
        return fail(f"{what}; back with its own, the model says something else", ISSUE)
    return ok(f"{what}; back with its own, the model says what it said", swap_seconds=seconds)


def lora(asked: Asked) -> Finding:
    """An adapter beside its base model: it changes what is said, rightly, and the base's not."""
    here = session(asked)
    if not here.config.capabilities.adapters:
        return skip(f"engine={here.config.name} serves no adapters")
    theirs = here.reference()
    with tempfile.TemporaryDirectory() as made:
        (Path(made) / "adapter").mkdir()
        adapter = random_adapter(Path(made) / "adapter")
        loaded = here.load(adapters=(adapter,))
        ids = prompts(loaded)

        async def mixed() -> tuple[list[Completion], list[Completion]]:
            base, adapted = await asyncio.gather(said(loaded, ids), said(loaded, ids, adapter))
            return base, adapted

        base, adapted = here.run(mixed())
        referee = here.run(
            TransformersConfig(dtype="float32", device="cpu").load(
                request(MODEL, weights=merged(adapter, MODEL, Path(made) / "merged"))
            )
        )
        expected = here.run(said(referee, ids))
        with_adapter = here.run(compared(ids, adapted, expected, referee))
    beside = _same(here, base, MODEL, "the base beside it: ")
    changed = sum(a.ids != b.ids for a, b in zip(adapted, theirs, strict=True))
    what = f"an adapter changes {changed} of {len(ids)} outputs; {beside.what}"
    if not changed:
        return fail(what, ISSUE)
    what += f"; against the adapter merged into the weights: {with_adapter.told(here.exact)}"
    if beside.mend or with_adapter.wrong(here.exact):
        return fail(what, ISSUE)
    return ok(what, changed=changed)


def _check(name: str, run: Callable[[Asked], Finding], seconds: float) -> Check:
    needs = "" if name == NAME else NAME
    return Check(name, run, seconds=seconds, needs=needs, process="smoke", smoke=True)


CHECKS = (
    _check(NAME, engine, 600),
    _check("greedy", greedy, 180),
    _check("log-likelihoods", log_likelihoods, 180),
    _check("prefix cache", prefix_cache, 120),
    _check("speed", speed, 180),
    _check("swap", swap, 600),
    _check("LoRA", lora, 600),
)
