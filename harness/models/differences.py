"""How a checkpoint differs from what its config and the engine's settings say of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.models.facts import Facts
from harness.models.reward_head import head_fault
from harness.models.spec import ModelSpec

TOLERANCE = 0.01
"""Share by which declared parameters may be off: model cards round."""
EXACT = {"float32": {"float32"}, "bfloat16": {"float32", "bfloat16"}}
EXACT["float16"] = {"float32", "float16"}
EXACT["float64"] = {"float64"}
"""By stored format, those that hold each of its numbers."""
PREQUANTISED = ("awq", "gptq", "compressed-tensors", "mxfp4", "bitsandbytes", "hqq", "exl2")
"""Methods whose weights are quantised before they are served; bitsandbytes may be both."""
IN_FLIGHT = ("bitsandbytes", "fp8")
ANY = ("moe_wna16", "ipex", "inc", "torchao", "online")
"""Methods that serve weights of several others, or that quantise as they are told elsewhere."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree."""

    model: str
    told: str
    wrong: bool
    """Whether a run with it would fail or measure something else than it says."""
    kind: str = ""
    """What differences of several models that are told in one line have in common."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How an engine is to hold the weights, as far as that can disagree with a checkpoint."""

    window: int
    """The sweep's common one, in tokens."""
    dtype: str | None = None
    """None where it is not the engine's to say (servers)."""
    quantisation: str | None = None
    devices: int = 1
    """GPUs that one copy is spread over, each with its share of the attention heads."""
    weights: bool = True
    """Whether the engine loads the weights itself."""


def differences(spec: ModelSpec, facts: Facts, serving: Serving) -> Iterator[Difference]:
    """Everything in which spec, checkpoint and engine disagree, the gravest first."""

    def wrong(text: str) -> Difference:
        return Difference(spec.name, text, wrong=True)

    def notice(message: str, kind: str = "") -> Difference:
        return Difference(spec.name, message, wrong=False, kind=kind)

    if serving.weights:
        for fault in facts.faults:
            yield wrong(f"{facts.place}: {fault}")
        if facts.faults:
            return
    named = facts.architecture.name
    unfit = head_fault(spec.reward, named, facts.architecture.labels)
    if unfit is not None:
        yield wrong(f"{facts.place}: {unfit}")
    elif spec.reward is None and not facts.architecture.decodes:
        yield wrong(
            f"{facts.place} is a {named}, which does not continue text: take a decoder "
            "(...ForCausalLM)"
        )
    if serving.weights and facts.pickled and not spec.pickled_weights:
        yield wrong(
            f"the weights in {facts.place} are torch's pickles (*.bin), which may run code when "
            "they are read: take a revision with safetensors, or convert them; "
            f"model.{spec.name}.pickled_weights=true reads them all the same"
        )
    yield from map(wrong, _size(spec, facts))
    yield from map(wrong, _window(facts, serving.window))
    yield from map(wrong, _vocabulary(facts))
    yield from map(wrong, _spread(facts, serving.devices))
    if serving.weights or facts.tokens is not None:
        yield from map(wrong, _template(spec, facts))
    if serving.dtype is not None:
        yield from map(wrong, _quantisation(facts, serving.quantisation))
        for told in _precision(facts, serving):
            yield notice(told, kind=told)
    for told in _notices(spec, facts, serving.window):
        yield notice(told)


def compute_differs(spec: ModelSpec) -> str | None:
    """What is wrong with a training compute that says it is 6ND and is not; None where it is."""
    compute, size, tokens = spec.compute, spec.used_parameters, spec.training_tokens
    if compute.flop is None or compute.source != "6ND" or not size or not tokens:
        return None
    product = 6.0 * size * tokens
    if abs(compute.flop - product) <= TOLERANCE * product:
        return None
    return (
        f"training.source is 6ND, which is {product:.4g} for {size:.4g} parameters and "
        f"{tokens:.4g} tokens, and training.flop is {compute.flop:.4g}: mend the one that is "
        f"wrong, or say where it is from (model.{spec.name}.training.source=TEXT)"
    )


def _size(spec: ModelSpec, facts: Facts) -> Iterator[str]:
    there, said = facts.parameters, spec.parameters
    if there is None or said is None or abs(said - there) <= TOLERANCE * there:
        return
    yield (
        f"its config declares {said:,.0f} parameters, and {facts.place} holds {there:,}: it is "
        f"another model. Use model={spec.weights}, or set model.{spec.name}.parameters={there}"
    )


def _window(facts: Facts, window: int) -> Iterator[str]:
    there = facts.architecture.window
    if there is not None and window > there:
        yield (
            f"the sweep's context_window is {window}, and {facts.place} takes {there} tokens "
            f"(its config.json): set context_window={there} or less"
        )


def _spread(facts: Facts, devices: int) -> Iterator[str]:
    heads = facts.architecture.heads
    if heads is not None and heads % devices:
        fit = ", ".join(str(n) for n in range(1, heads + 1) if heads % n == 0)
        yield (
            f"engine.tensor_parallel_size is {devices}, and the {heads} attention heads in "
            f"{facts.place} cannot be shared out evenly: set it to one of {fit}"
        )


def _vocabulary(facts: Facts) -> Iterator[str]:
    known = [n for n in (facts.rows, facts.architecture.vocabulary) if n is not None]
    rows = min(known, default=None)
    if rows is not None and facts.tokens is not None and facts.tokens > rows:
        yield (
            f"the tokenizer in {facts.place} gives ids up to {facts.tokens - 1}, and the model's "
            f"embedding has {rows} rows: they do not belong together. Use the model's own tokenizer"
        )
    stated = facts.architecture.vocabulary
    if facts.rows is not None and stated is not None and facts.rows < stated:
        yield (
            f"{facts.place}: config.json says vocab_size {stated}, and the weights have "
            f"{facts.rows} rows: they are of two models"
        )


def _template(spec: ModelSpec, facts: Facts) -> Iterator[str]:
    if spec.chat and facts.template is False:
        yield (
            f"it is to be asked in chat (chat: true), and {facts.place} has no chat template: "
            f"set model.{spec.name}.chat=false, or add chat_template.jinja"
        )
    if spec.chat and (shown := _shows_other(spec, facts)):
        yield (
            f"its config says thinking: {spec.thinking}, and the chat template in {facts.place} "
            f"{shown}: set model.{spec.name}.thinking={facts.thinking}"
        )


def _shows_other(spec: ModelSpec, facts: Facts) -> str | None:
    """What a chat template shows of thinking that its config does not say; None where they agree.

    A template need not show that a model always thinks: some begin their thoughts themselves.
    """
    if facts.thinking == spec.thinking or facts.thinking is None:
        return None
    if facts.thinking == "never":
        return "has no switch for it" if spec.thinking == "switch" else None
    return "has a switch for it" if facts.thinking == "switch" else "has it think always"


def _quantisation(facts: Facts, asked: str | None) -> Iterator[str]:
    there = facts.architecture.quantisation
    if there is not None and asked is None:
        yield (
            f"{facts.place} is stored quantised by {there}, and the engine's settings say nothing "
            f"of it: set engine=vllm engine.quantisation={there}, or take weights that are not"
        )
    elif there and asked and asked not in ANY and not _alike(asked, there):
        yield (
            f"{facts.place} is stored quantised by {there}, and engine.quantisation is {asked}: "
            f"set engine.quantisation={there}"
        )
    elif there is None and facts.dtype is not None and _prequantised(asked):
        yield (
            f"engine.quantisation is {asked}, and the weights in {facts.place} are stored in "
            f"{facts.dtype}, not quantised: set engine.quantisation=null (or fp8), or take "
            "weights that are"
        )


def _prequantised(asked: str | None) -> bool:
    """Whether a method serves weights alone that were quantised before."""
    if asked is None or asked in IN_FLIGHT:
        return False
    return any(_alike(asked, method) for method in PREQUANTISED)


def _alike(asked: str, method: str) -> bool:
    """Whether two names are of one method (`gptq_marlin` and `auto_gptq` serve `gptq`)."""
    one, other = (name.replace("_", "-") for name in (asked, method))
    return one == other or any(
        long.startswith(f"{short}-") or long.endswith(f"-{short}")
        for long, short in ((one, other), (other, one))
    )


def _precision(facts: Facts, serving: Serving) -> Iterator[str]:
    stored, served = facts.dtype, serving.dtype
    if facts.architecture.quantisation or stored not in EXACT or served in (None, "auto"):
        return
    if served not in EXACT[stored]:
        yield (
            f"weights are stored in {stored}, and engine.dtype={served} rounds them: "
            f"engine.dtype={stored} serves them as they are"
        )


def _notices(spec: ModelSpec, facts: Facts, window: int) -> Iterator[str]:
    if spec.chat is False and spec.stage == "instruct" and facts.template:
        yield (
            f"it is instruction-tuned and has a chat template, and is asked without: "
            f"model.{spec.name}.chat=true uses it"
        )
    there, said = facts.architecture.window, spec.context_window
    if there is not None and said is not None and window <= there < said:
        yield f"its config declares a window of {said} tokens, and {facts.place} takes {there}"
    reach = facts.architecture.sliding
    if reach is not None and window > reach:
        yield (
            f"attention of {facts.place} reaches back {reach} tokens, and the sweep's "
            f"context_window is {window}"
        )
