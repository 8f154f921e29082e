"""One round of a recipe on one rung: examples of what was sampled, a fit of them, an artefact."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from harness.artefacts.contract import EXAMPLES, LOSSES, WEIGHTS, Artefact, Base, Training
from harness.artefacts.cost import OneTimeCost, full_fit_flop, lora_fit_flop
from harness.artefacts.door import template_hash
from harness.artefacts.store import data_hash, is_artefact, read, weights_hash, write
from harness.console import Console
from harness.errors import UserError
from harness.files import replace_text, take_place
from harness.identity import identify
from harness.models.resolve import Resolved, fetch, pin
from harness.models.spec import ModelSpec
from harness.training.agreement import overlap
from harness.training.asked import Asked
from harness.training.examples import Encoded, Encoder, Example, kept, parted, text_of
from harness.training.fit import Fitted, fit_solutions, versions
from harness.training.samples import Collected

SOURCE = "measured: 2N a token sampled or read; fit 6ND, (4N + 6n)D for n parameters of an adapter"
"""Where the figures of our own artefacts are from."""


@dataclass
class RungState:
    """What has come of one rung so far."""

    model: ModelSpec
    parts: dict[str, float] = field(default_factory=dict)
    """One-time FLOP by part, over the rounds."""
    sampled: int = 0
    tokens: int = 0

    def add(self, part: str, flop: float) -> None:
        """Put FLOP on a part of the ledger."""
        self.parts[part] = self.parts.get(part, 0.0) + flop


class TooFewError(UserError):
    """Too little was kept of what was sampled for a rung to learn from."""


def making(asked: Asked, model: ModelSpec) -> Path:
    """The folder in which a rung's artefact is made, round by round, until it is whole."""
    return asked.root / f".{model.name}.making"


def fitted_round(
    asked: Asked,
    state: RungState,
    collected: Collected,
    round_number: int,
    console: Console,
) -> Path:
    """The artefact of a round, fitted unless it is there; its cost is that of all rounds so far."""
    model, examples = state.model, _examples(asked, state.model, collected)
    resolved = fetch(model)
    train, held_out = encoded_parts(asked, resolved, examples)
    learned = [example for example, _ in (*train, *held_out)]
    text = text_of(learned)
    rows = [[[e.ids, e.labels] for _, e in part] for part in (train, held_out)]
    # What is gone on from is a fit of the same weights to the same token ids, and no other.
    of = identify(
        weights=pin(model),
        examples=text,
        rows=sha256(json.dumps(rows).encode()).hexdigest(),
        stacks=json.dumps([asked.stacks, asked.sources], sort_keys=True),
        round=round_number,
    )
    folder = making(asked, model) / f"round-{round_number}-{of}"
    place = folder / "artefact"
    if is_artefact(place):
        done = read(place)
        state.parts = dict(done.cost.parts or {})
        state.tokens = done.training.tokens if done.training else 0
        return place
    dropped = len(examples) - len(learned)
    window = asked.request.setting.context_window
    console.print(
        f"{model.name}, round {round_number}: {len(collected.samples)} samples of "
        f"{collected.sampled_tokens} tokens ({collected.prompt_tokens} read), {len(train)} to "
        f"learn from, {len(held_out)} held out"
        + (f"; {dropped} dropped, as they do not fit the window of {window}" if dropped else ""),
        markup=False,
    )

    def tell(line: str) -> None:
        console.print(f"{model.name}, round {round_number}: {line}", markup=False)

    part = folder / "part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    fitted = fit_solutions(
        resolved=resolved,
        declared=model.weights,
        train=[encoded for _, encoded in train],
        held_out=[encoded for _, encoded in held_out],
        settings=asked.recipe.fit,
        work=folder / "fit",
        into=part / WEIGHTS,
        tell=tell,
        tracking=asked.experiment.tracking,
    )
    _charge(asked, state, fitted)
    replace_text(part / EXAMPLES, text)
    replace_text(part / LOSSES, fitted.curve)
    counts = (len(learned), len(held_out))
    write(_described(asked, state, fitted, rows=counts, text=text, folder=part), part)
    take_place(part, place)
    return place


def _examples(asked: Asked, model: ModelSpec, collected: Collected) -> list[Example]:
    tasks = {name: split.loaded.task for name, split in asked.splits.items()}
    examples = kept(collected.samples, asked.recipe.keep, tasks)
    if len(examples) < 2:
        raise TooFewError(
            f"of {len(collected.samples)} samples for {model.name}, {len(examples)} are kept "
            f"(keep.by={asked.recipe.keep.by}): nothing can be learned from so few. Raise "
            f"pte.{asked.recipe.name}.collect.draws or .problems, or leave the rung out"
        )
    return examples


def encoded_parts(
    asked: Asked, resolved: Resolved, examples: list[Example]
) -> tuple[list[tuple[Example, Encoded]], list[tuple[Example, Encoded]]]:
    """What is trained on and what is held out, with token ids, as far as it fits the window."""
    setting = asked.request.setting
    encoder = Encoder(
        resolved,
        asked.taught,
        tasks={name: split.loaded.task for name, split in asked.splits.items()},
        problems={
            (name, item.problem.id): item.problem
            for name, split in asked.splits.items()
            for item in split.loaded.dataset.items
        },
        system=setting.system_prompt,
        date=setting.date,
    )
    fit = asked.recipe.fit
    train, held_out = (
        [
            (example, encoded)
            for example in part
            if len((encoded := encoder.encode(example)).ids) <= setting.context_window
        ]
        for part in parted(examples, fit.held_out, fit.seed)
    )
    if not train:
        raise UserError(
            f"no example fits the context window of {setting.context_window} tokens: raise it"
        )
    return train, held_out


def _charge(asked: Asked, state: RungState, fitted: Fitted) -> None:
    """Put a fit on the ledger: training, and the measurements of what is held out (2N a token)."""
    size = state.model.used_parameters
    if size is None:
        raise UserError(f"the size of {state.model.name} is unknown: set parameters=NUMBER")
    state.tokens += fitted.tokens
    if asked.recipe.fit.trains_adapter(state.model):
        state.add("fit", lora_fit_flop(size, fitted.trained_parameters, fitted.tokens))
    else:
        state.add("fit", full_fit_flop(size, fitted.tokens))
    state.add("held_out", 2.0 * size * fitted.held_out_tokens)


def _described(
    asked: Asked,
    state: RungState,
    fitted: Fitted,
    *,
    rows: tuple[int, int],
    text: str,
    folder: Path,
) -> Artefact:
    """What the artefact says of itself."""
    recipe, model = asked.recipe, state.model
    return Artefact(
        kind=recipe.kind(model),
        base=Base(model.name, model.weights, pin(model), model.chat, template_hash(model)),
        cost=OneTimeCost(dict(state.parts), SOURCE),
        weights=weights_hash(folder),
        training=Training(
            recipe=recipe.id,
            described=recipe.described,
            stacks=asked.stacks,
            benchmarks=asked.sources,
            left_out=asked.left_out,
            overlap=overlap(asked, folder),
            sampled=state.sampled,
            rows=rows[0],
            held_out=rows[1],
            tokens=state.tokens,
            trained_parameters=fitted.trained_parameters,
            data=data_hash(text.encode()),
            losses=fitted.losses,
            versions=versions(),
        ),
    )
