"""What is made otherwise than asked is refused, and what is taught has the form it was said in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.artefacts.contract import EXAMPLES, WEIGHTS, Artefact, Base, Training
from harness.artefacts.cost import OneTimeCost
from harness.artefacts.door import template_hash
from harness.artefacts.store import data_hash, questions, read, weights_hash, write
from harness.cli.plan import trained_otherwise
from harness.console import Console
from harness.contracts.address import Address
from harness.contracts.attempt import Attempt
from harness.contracts.benchmark import AnswerKind, FreeReply
from harness.contracts.draw import OptionScore
from harness.contracts.problem import Problem
from harness.contracts.prompt import Prompt
from harness.engines.rendering import Renderer
from harness.engines.tokenizer import ByteTokenizer
from harness.errors import UserError
from harness.models.resolve import pin
from harness.plan.plan import make as make_plan
from harness.stack import Stack
from harness.training import agreement, fit, make, rounds, samples
from harness.training.asked import Asked, asked
from harness.training.examples import IGNORED, Encoded, Encoder, Example
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from tests.toys import ToyBenchmark
from tests.training.halves import quick, scripted, words

NAME = "self_generated_data"
HEADER = "def f(a):"


def example(response: str, question: str = "one?") -> Example:
    return Example("toy", "toy-0", question, response, 1.0)


def laid_down(folder: Path, wanted: Asked, **changes: Any) -> Path:
    """An artefact of the first rung as `pte train` leaves it, of one example."""
    (model,) = wanted.models
    (folder / WEIGHTS).mkdir(parents=True, exist_ok=True)
    (folder / WEIGHTS / "model.bin").write_text("weights")
    text = json.dumps({"question": "Of what is no test item like?"}) + "\n"
    (folder / EXAMPLES).write_text(text)
    fields: dict[str, Any] = {
        "recipe": wanted.recipe.id,
        "described": {},
        "stacks": wanted.stacks,
        "benchmarks": wanted.sources,
        "left_out": 0,
        "overlap": 0,
        "sampled": 1,
        "rows": 1,
        "held_out": 0,
        "tokens": 1,
        "trained_parameters": 1,
        "data": data_hash(text.encode()),
        "losses": {},
        "versions": {},
    }
    base = Base(model.name, model.weights, pin(model), model.chat, template_hash(model))
    cost, training = OneTimeCost({"fit": 1.0}), Training(**(fields | changes))
    kind = wanted.recipe.kind(model)
    write(Artefact(kind, base, cost, weights_hash(folder), training), folder)
    return folder


@pytest.fixture
def wanted(tmp_path: Path) -> Asked:
    return asked(NAME, words(tmp_path, *quick(NAME)))


def test_an_artefact_that_was_made_otherwise_is_not_kept(wanted: Asked) -> None:
    (model,) = wanted.models
    folder = laid_down(wanted.root / model.name, wanted)
    assert make._kept(wanted, model) == folder
    few = replace(wanted, sampled=Stack((FewShot(k=8),)))
    laid_down(folder, replace(wanted, sampled=Stack((FewShot(k=4),))))
    with pytest.raises(UserError, match=rf"made with other stacks .*remove {folder} first"):
        make._kept(few, model)
    laid_down(folder, wanted, benchmarks={"pocket_arithmetic": "others"})
    with pytest.raises(UserError, match="made with other benchmarks"):
        make._kept(wanted, model)
    laid_down(folder, wanted, recipe="another")
    with pytest.raises(UserError, match="made by another recipe"):
        make._kept(wanted, model)


def test_an_artefact_that_saw_a_test_item_of_the_command_is_not_kept(wanted: Asked) -> None:
    (model,) = wanted.models
    loaded = wanted.request.benchmarks["pocket_arithmetic"]
    text = json.dumps({"question": loaded.dataset.items[0].problem.question}) + "\n"
    folder = laid_down(wanted.root / model.name, wanted, data=data_hash(text.encode()))
    (folder / EXAMPLES).write_text(text)
    with pytest.raises(UserError, match=rf"hold the test item .*remove {folder} first"):
        make._kept(wanted, model)


def test_examples_that_are_gone_or_changed_are_told(wanted: Asked, tmp_path: Path) -> None:
    folder = laid_down(tmp_path / "made", wanted)
    assert questions(folder) == ("Of what is no test item like?",)
    (folder / EXAMPLES).write_text(json.dumps({"question": "Another?"}) + "\n")
    with pytest.raises(UserError, match=r"is not what .* was trained on"):
        questions(folder)
    (folder / EXAMPLES).unlink()
    with pytest.raises(UserError, match="cannot be read"):
        questions(folder)


def test_a_sweep_says_with_what_other_settings_was_trained(wanted: Asked, tmp_path: Path) -> None:
    (model,) = wanted.models
    laid_down(tmp_path / model.name, replace(wanted, sampled=Stack((FewShot(k=4),))))
    recipe = SimpleNamespace(folder=lambda artefacts: tmp_path)
    tuned = SimpleNamespace(name="tuned", recipe=recipe)

    def told(*ptes: Any) -> list[str]:
        cell = SimpleNamespace(model=model, stack=SimpleNamespace(ptes=ptes))
        return trained_otherwise(SimpleNamespace(cells=[cell]))  # type: ignore[arg-type]

    assert told(tuned) == told(tuned, FewShot(k=4)) == []
    (line,) = told(tuned, FewShot(k=8))
    assert f"tuned on {model.name} was trained with few_shot" in line


def test_samples_are_named_by_their_problems(wanted: Asked) -> None:
    (model,) = wanted.models
    ((name, split),) = wanted.splits.items()
    loaded = split.loaded
    items = loaded.dataset.items

    def named(first: int) -> str:
        dataset = replace(loaded.dataset, items=items[first : first + 4])
        cut = replace(split, loaded=replace(loaded, dataset=dataset))
        some = replace(wanted, splits={name: cut})
        return samples._asked_of(model, make_plan(samples.request_of(some, [model])), some)

    assert named(0) == named(0)
    assert named(0) != named(1)


def test_an_option_is_taught_with_the_cue() -> None:
    problem = Problem("toy-0", "Which?", ("one", "two"))
    scores = (OptionScore(" one", -2.0, 1), OptionScore(" two", -1.0, 1))
    attempt = Attempt(problem, Prompt("Which?"), Address(), response="The answer is", answer="B")
    assert samples._said(replace(attempt, options=scores)) == "The answer is two"
    assert samples._said(attempt) == "The answer is"


def learned(response: str, chat: bool = False, **parts: Any) -> str:
    """What of a reply is learned, as a tokenizer of bytes has it."""
    encoder = Encoder.__new__(Encoder)
    encoder._renderer, encoder._end = Renderer(ByteTokenizer(), chat), None
    prompt = Prompt(**({"question": "one?"} | parts))
    encoder._prompt = lambda example: prompt  # type: ignore[method-assign]
    encoded = encoder.encode(example(response))
    return ByteTokenizer().decode([each for each in encoded.labels if each != IGNORED])


@pytest.mark.parametrize("chat", [False, True])
def test_a_program_is_taught_in_the_form_that_it_was_sampled_in(chat: bool) -> None:
    parts: dict[str, Any] = {"question": HEADER, "header": HEADER}
    body = "\n    return a"
    assert learned(f"{HEADER}{body}", chat, **parts) == body
    said = learned(f"We give it.\n{HEADER}{body}", chat, reasoning="Think.", **parts)
    assert said.removeprefix("" if chat else " ") == f"We give it.\n```python\n{HEADER}{body}"
    for reasoning in (None, "Think."):
        with pytest.raises(UserError, match="does not go on with the function's header"):
            learned("return a", chat, reasoning=reasoning, **parts)


def test_the_space_that_a_base_model_began_with_is_taught_once() -> None:
    assert learned(" The answer is 2") == learned("The answer is 2") == " The answer is 2"
    parts: dict[str, Any] = {"question": HEADER, "header": HEADER, "reasoning": "Think."}
    assert learned(f" So.\n{HEADER}", **parts).startswith(" So.")


def test_programs_are_not_taught_under_prompts_that_reason_otherwise() -> None:
    task = replace(ToyBenchmark().task(), kind=AnswerKind.PROGRAM)
    reasoned, plain = Stack((ChainOfThought(),)), Stack(())

    def reason(sampled: Stack, taught: Stack, task: Any = task) -> str | None:
        recipe = SimpleNamespace(name=NAME)
        stacks = SimpleNamespace(sampled=sampled, taught=taught, recipe=recipe)
        return agreement.mismatched(stacks, task)  # type: ignore[arg-type]

    assert reason(reasoned, reasoned) is None
    assert reason(reasoned, plain, ToyBenchmark().task()) is None
    assert reason(reasoned, plain, replace(task, free=FreeReply(100))) is None
    assert "sampled with reasoning" in (reason(reasoned, plain) or "")
    assert "sampled without reasoning" in (reason(plain, reasoned) or "")


def test_what_does_not_fit_the_window_is_told_from_what_is_learned(
    wanted: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lengths:
        def __init__(self, *args: Any, **more: Any) -> None:
            pass

        def encode(self, one: Example) -> Encoded:
            return Encoded([1] * int(one.response), [1] * int(one.response))

    monkeypatch.setattr(rounds, "Encoder", Lengths)
    window = wanted.request.setting.context_window
    given = [replace(example(str(n)), problem=str(n)) for n in (1, 2, 3, window, window + 1)]
    train, held_out = rounds.encoded_parts(wanted, None, given)  # type: ignore[arg-type]
    assert {one.response for one, _ in (*train, *held_out)} == {"1", "2", "3", str(window)}


def test_what_was_made_says_what_was_learned_and_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    longest: list[int] = []

    class Bytes:
        def __init__(self, *args: Any, **more: Any) -> None:
            pass

        def encode(self, one: Example) -> Encoded:
            first = one.problem == longest_problem(one)
            ids = [1] * (1000 if first else len(one.response))
            return Encoded(ids, ids)

    def longest_problem(one: Example) -> str:
        """The first problem that is seen: it does not fit the window."""
        names.setdefault(one.problem)
        return next(iter(names))

    names: dict[str, None] = {}

    def fitted(*, into: Path, train: Sequence[Encoded], **more: Any) -> fit.Fitted:
        into.mkdir(parents=True)
        (into / "model.bin").write_text("weights")
        longest.append(max(len(each.ids) for each in train))
        return fit.Fitted(10, 0, 5, {}, "")

    for name, value in (("Encoder", Bytes), ("fit_solutions", fitted)):
        monkeypatch.setattr(rounds, name, value)
    monkeypatch.setattr(make, "check_installed", lambda: None)
    wanted = scripted(NAME, words(tmp_path, *quick(NAME, fit__held_out=0)))
    (made,) = make.make_artefacts(wanted, Console(quiet=True))
    training = read(made.folder).training
    rows = (made.folder / EXAMPLES).read_text().splitlines()
    assert training is not None
    assert training.rows == len(rows) > 0
    assert {json.loads(row)["problem"] for row in rows} == {*names} - {next(iter(names))}
    assert max(longest) <= wanted.request.setting.context_window
    (again,) = make.make_artefacts(wanted, Console(quiet=True))
    assert (again.folder, again.fresh) == (made.folder, False)


class Torch:
    """As much of torch as the choice of a number format asks for."""

    float32 = "float32"
    dtype = str

    class cuda:  # noqa: N801
        @staticmethod
        def is_available() -> bool:
            return True


@pytest.mark.parametrize(("adapter", "dtype"), [(True, "auto"), (False, "float32")])
def test_all_parameters_are_trained_in_float32(adapter: bool, dtype: str) -> None:
    given: list[Mapping[str, Any]] = []
    loader = SimpleNamespace(from_pretrained=lambda _, **more: given.append(more))
    config = SimpleNamespace(from_pretrained=lambda _: SimpleNamespace(dtype="bfloat16"))
    transformers = SimpleNamespace(AutoModelForCausalLM=loader, AutoConfig=config)
    spec = SimpleNamespace(remote_code=False, weights="here", pickled_weights=False)
    _, kept = fit._base(Torch, transformers, SimpleNamespace(spec=spec), adapter)  # type: ignore[arg-type]
    assert (given[0]["dtype"], kept) == (dtype, "bfloat16")


def test_a_fit_takes_one_of_the_gpus_that_are_visible() -> None:
    counts: Sequence[int] = (0, 1, 8)
    for count in counts:
        arguments = SimpleNamespace(device="cuda:0", n_gpu=count, _n_gpu=count)
        fit._on_one_device(arguments)
        assert arguments._n_gpu == min(count, 1)
