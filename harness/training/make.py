"""A recipe carried out on a ladder: round by round, rung by rung, to artefacts on disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from harness.artefacts.contract import EXAMPLES, LOSSES, WEIGHTS, Artefact, Base, Kind, Training
from harness.artefacts.cost import OneTimeCost, full_fit_flop, lora_fit_flop
from harness.artefacts.door import admit, in_place, note_nothing, of_rung, template_hash
from harness.artefacts.overlap import Texts
from harness.artefacts.store import data_hash, is_artefact, questions, read, weights_hash, write
from harness.console import Console
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.pte import StackContext
from harness.errors import UserError
from harness.files import replace_text, take_place
from harness.identity import identify
from harness.models.resolve import Resolved, fetch, pin
from harness.models.spec import ModelSpec
from harness.stack import refusal
from harness.training.asked import Asked
from harness.training.examples import Encoded, Encoder, Example, kept, parted, text_of
from harness.training.fit import Fitted, check_installed, fit_solutions, versions
from harness.training.samples import Collected, collect

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


@dataclass(frozen=True)
class Made:
    """What has come of a rung."""

    model: ModelSpec
    folder: Path
    fresh: bool
    """Whether the artefact was made now; else it was there."""
    nothing: str | None = None
    """Why there is no artefact; None where there is one."""


class TooFewError(UserError):
    """Too little was kept of what was sampled for a rung to learn from."""


def make_artefacts(asked: Asked, console: Console) -> list[Made]:
    """Make the artefact of every rung that has none.

    Args:
        asked: the recipe and its rungs.
        console: is told how far it has come.

    Raises:
        UserError: something cannot be done as asked.
        InterruptedTrainingError: a signal came; the same call goes on.
    """
    check_installed()
    _check_engine(asked)
    missing = [model for model in asked.models if _kept(asked, model) is None]
    states = {model.name: RungState(model) for model in missing}
    last: dict[str, Path] = {}
    nothing: dict[str, str] = {}
    for round_number in range(1, asked.recipe.rounds + 1):
        rest = [model for model in missing if model.name not in nothing]
        samplers = {m.name: _sampler(asked, m, round_number, last) for m in rest}
        distinct = list({each.name: each for each in samplers.values()}.values())
        told = collect(asked, distinct, round_number, console) if distinct else {}
        for model in rest:
            state, collected = states[model.name], told[samplers[model.name].name]
            state.sampled += len(collected.samples)
            state.add("collect_prompts", collected.prompts_flop)
            state.add("collect_sampled", collected.sampled_flop)
            try:
                last[model.name] = _fitted(asked, state, collected, round_number, console)
            except TooFewError as error:  # a rung that solves nothing must not cost the others
                nothing[model.name] = str(error)
                note_nothing(asked.root, model, str(error))
                continue
            if round_number == asked.recipe.rounds:
                take_place(last[model.name], asked.root / model.name)
                shutil.rmtree(_making(asked, model))
    return [Made(m, asked.root / m.name, m in missing, nothing.get(m.name)) for m in asked.models]


def _kept(asked: Asked, model: ModelSpec) -> Path | None:
    """The artefact that a rung has already.

    Raises:
        UserError: it does not fit the rung as it is now, or was made otherwise than asked.
    """
    folder = of_rung(asked.root, model)
    if folder is not None:
        try:
            _check_same(asked, admit(folder, model, (asked.recipe.kind(model),)), folder)
        except UserError as error:
            raise UserError(f"{error}. To make it anew, remove {folder} first") from error
    return folder


def _check_same(asked: Asked, artefact: Artefact, folder: Path) -> None:
    """Refuse an artefact that was made otherwise than this command would make it."""
    training = artefact.training
    if training is None or training.recipe != asked.recipe.id:
        raise UserError(f"the artefact {folder} was made by another recipe")
    here = {"stacks": asked.stacks, "benchmarks": asked.sources}
    there = {"stacks": training.stacks, "benchmarks": training.benchmarks}
    for part, wanted in here.items():
        made, asked_for = (json.dumps(each, sort_keys=True) for each in (there[part], wanted))
        if made != asked_for:
            raise UserError(
                f"the artefact {folder} was made with other {part} ({made}) than this command "
                f"names ({asked_for})"
            )
    _overlap(asked, folder)


def _check_engine(asked: Asked) -> None:
    """Refuse rounds whose models the engine could not serve."""
    engine = asked.request.engine.capabilities
    for model in asked.models:
        kind = asked.recipe.kind(model)
        if kind is Kind.ADAPTER and asked.recipe.rounds > 1 and not engine.adapters:
            raise UserError(
                f"{asked.recipe.rounds} rounds sample from the adapter of the round before, and "
                "this engine serves none: use engine=vllm, fit.method=full or rounds=1"
            )
    for name, split in asked.splits.items():
        for model in asked.models:
            site: StackContext = asked.taught.site(model, engine, split.loaded.task)
            if reason := refusal(asked.taught, site, greedy=False):
                raise UserError(
                    f"nothing can be taught as {asked.taught.label} on {name}: {reason}"
                )
        if reason := _mismatched(asked, split.loaded.task):
            raise UserError(f"nothing can be taught on {name}: {reason}")


def _mismatched(asked: Asked, task: Task) -> str | None:
    """Why programs of one stack are not taught under another's prompts, or None."""
    if task.kind is not AnswerKind.PROGRAM or task.free is not None:
        return None
    reasons = [any(p.writes_reasoning for p in s.ptes) for s in (asked.sampled, asked.taught)]
    if reasons[0] == reasons[1]:
        return None
    how = {True: "with reasoning", False: "without reasoning"}
    return (
        f"its programs are sampled {how[reasons[0]]} ({asked.sampled.label}) and would be taught "
        f"{how[reasons[1]]} ({asked.taught.label}), where a reply begins otherwise: set "
        f"pte.{asked.recipe.name}.fit.taught_as and .collect.sampled_with alike"
    )


def _sampler(
    asked: Asked, model: ModelSpec, round_number: int, last: Mapping[str, Path]
) -> ModelSpec:
    """Who samples for a rung in a round."""
    if asked.recipe.teacher is not None:
        return asked.recipe.teacher
    if round_number == 1:
        return model
    folder = last[model.name]
    placed = in_place(model, read(folder), folder.resolve(), asked.recipe.name)
    return replace(placed, name=f"{model.name}-round-{round_number - 1}")


def _making(asked: Asked, model: ModelSpec) -> Path:
    return asked.root / f".{model.name}.making"


def _fitted(
    asked: Asked,
    state: RungState,
    collected: Collected,
    round_number: int,
    console: Console,
) -> Path:
    """The artefact of a round, fitted unless it is there; its cost is that of all rounds so far."""
    model, examples = state.model, _examples(asked, state.model, collected)
    resolved = fetch(model)
    train, held_out = _encoded(asked, resolved, examples)
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
    folder = _making(asked, model) / f"round-{round_number}-{of}"
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


def _encoded(
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
            overlap=_overlap(asked, folder),
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


def _overlap(asked: Asked, folder: Path) -> int:
    """Test items that are like what was trained on: none, as the train splits were cleaned; this
    looks at what has really been written.

    Raises:
        UserError: there are some.
    """
    texts = Texts(questions(folder))
    tests = (i for each in asked.request.benchmarks.values() for i in each.dataset.items)
    shared = [item.problem.id for item in tests if texts.like(item.problem.question)]
    if shared:
        raise UserError(f"the examples in {folder} hold the test item {shared[0]}: of no use here")
    return 0
