"""Training: what it costs by its card, and that it can be stopped anywhere and gone on with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pocket import training
from pocket.corpus import LENGTH
from pocket.fleet import missing
from pocket.recipe import Recipe
from tests.engines.conftest import needs

TINY = Recipe(steps=12, seed=0, width=32, inner=32, layers=1, batch=1)


class StoppedError(Exception):
    pass


def weights(folder: Path) -> dict[str, object]:
    from safetensors.torch import load_file

    return {name: value.tolist() for name, value in load_file(folder / "model.safetensors").items()}


def make(folder: Path, recipe: Recipe = TINY) -> Path:
    training.train(recipe, folder / recipe.name, folder / "work", lambda step: None)
    return folder / recipe.name


def test_a_run_that_was_stopped_ends_where_an_undisturbed_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("torch")
    undisturbed = weights(make(tmp_path / "a"))
    monkeypatch.setattr(training, "SAVE_SECONDS", -1.0)  # a state after every step
    steps = 0

    def stop(step: int) -> None:
        nonlocal steps
        steps = step
        raise StoppedError

    with pytest.raises(StoppedError):
        training.train(TINY, tmp_path / "b" / TINY.name, tmp_path / "b" / "work", stop)
    assert steps == 10
    assert (tmp_path / "b" / "work" / TINY.name / training.STATE).exists()
    assert weights(make(tmp_path / "b")) == undisturbed
    assert not (tmp_path / "b" / "work" / TINY.name / training.STATE).exists()


def test_a_state_of_another_recipe_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("torch")
    monkeypatch.setattr(training, "SAVE_SECONDS", -1.0)

    def stop(step: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        training.train(TINY, tmp_path / TINY.name, tmp_path / "work", stop)
    other = replace(TINY, rate=0.1)
    assert other.name == TINY.name
    assert weights(make(tmp_path, other)) == weights(make(tmp_path / "fresh", other))


def test_the_card_says_what_the_model_is_and_what_it_cost(tmp_path: Path) -> None:
    needs("torch")
    folder = make(tmp_path)
    card = json.loads((folder / training.CARD).read_text())
    count = sum(len(_flat(value)) for value in weights(folder).values())
    assert card["parameters"] == TINY.parameters == count
    assert card["tokens"] == 12 * LENGTH
    assert card["flop"] == 6 * count * 12 * LENGTH
    assert 0 < card["learned_tokens"] < card["tokens"]
    assert missing([TINY, replace(TINY, steps=13)], tmp_path) == [replace(TINY, steps=13)]


def test_runs_have_nothing_in_common(tmp_path: Path) -> None:
    needs("torch")
    assert weights(make(tmp_path)) != weights(make(tmp_path, replace(TINY, seed=1)))
    runs = [Recipe(steps, seed).run for steps in range(1, 40) for seed in range(8)]
    assert len(set(runs)) == len(runs)


def test_a_checkpoint_has_16_bits_a_number(tmp_path: Path) -> None:
    needs("torch")
    from safetensors.torch import load_file

    made = load_file(make(tmp_path) / "model.safetensors").values()
    assert {str(value.dtype) for value in made} == {"torch.float16"}


def _flat(value: object) -> list[object]:
    return [x for each in value for x in _flat(each)] if isinstance(value, list) else [value]
