"""Recipes carried out whole on the smallest pocket model: equal artefacts, kills, costs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.artefacts.store import cost_of, read
from harness.console import Console
from harness.errors import UserError
from harness.plan.plan import make
from harness.settings.experiment import load
from harness.training import fit
from harness.training.make import make_artefacts
from tests.training.halves import LARGEST, SMALLEST, quick, scripted, words

pytestmark = pytest.mark.engine
NAME = "self_generated_data"
QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder in which the artefact of the smallest rung was made, and the artefact's own."""
    for module in ("trl", "peft"):
        pytest.importorskip(module)
    folder = tmp_path_factory.mktemp("made")
    (done,) = make_artefacts(scripted(NAME, words(folder, *quick(NAME))), QUIET)
    assert done.fresh
    return folder, done.folder


class KilledError(Exception):
    """Stands for a kill."""


def test_a_fit_that_was_killed_goes_on_and_comes_to_the_same_artefact(
    made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real = fit._teller

    def dying(transformers: Any, tell: Any) -> Any:
        def heard(line: str) -> None:
            steps.append(line)
            if line.startswith("step 3 "):
                raise KilledError
            tell(line)

        return real(transformers, heard)

    monkeypatch.setattr(fit, "_teller", dying)
    with pytest.raises(KilledError):
        make_artefacts(scripted(NAME, words(tmp_path, *quick(NAME))), QUIET)
    monkeypatch.setattr(fit, "_teller", lambda t, tell: real(t, steps.append))
    steps.clear()
    (again,) = make_artefacts(scripted(NAME, words(tmp_path, *quick(NAME))), QUIET)
    first = int(steps[0].split()[1])
    assert first == 3  # the checkpoint after step 2 was gone on from
    assert read(again.folder) == read(made[1])
    assert read(again.folder).id == read(made[1]).id
    assert (again.folder / "losses.csv").read_text() == (made[1] / "losses.csv").read_text()


def test_the_ledger_of_a_fit_is_six_flop_a_parameter_and_token(made: tuple[Path, Path]) -> None:
    artefact = read(made[1])
    training, parts = artefact.training, artefact.cost.parts
    assert training is not None
    assert parts is not None
    assert training.trained_parameters == SMALLEST.parameters
    assert parts["fit"] == pytest.approx(6 * SMALLEST.parameters * training.tokens, rel=0.01)
    rows = [json.loads(line) for line in (made[1] / "examples.jsonl").read_text().splitlines()]
    assert len(rows) == training.rows
    assert all(row["score"] == 1.0 for row in rows)
    assert training.overlap == 0
    assert training.losses["held_out"] is not None
    assert cost_of(made[1]).flop == pytest.approx(sum(parts.values()))


def test_a_plan_uses_the_artefact_and_records_its_cost(made: tuple[Path, Path]) -> None:
    folder, place = made
    sweep = ["sweep=factorial", f"sweep.ptes=[chain_of_thought,self_consistency,{NAME}]"]
    plan = make(load(words(folder, *sweep, *quick(NAME))).request)
    assert plan.refusals == ()
    tuned = [cell for cell in plan.cells if NAME in cell.stack.names]
    assert {len(cell.stack.ptes) for cell in tuned} == {1, 2, 3}
    assert {cell.answering_model.weights for cell in tuned} == {str(place / "weights")}
    for cell in tuned:
        (pte,) = (pte for pte in cell.stack.ptes if pte.name == NAME)
        assert pte.one_time_cost(cell.model).described == cost_of(place).described


def test_another_rung_another_recipe_and_changed_weights_are_refused(
    made: tuple[Path, Path],
) -> None:
    folder, place = made
    one = [f"pte=[{NAME}]", *quick(NAME)]
    with pytest.raises(UserError, match=f"and none of {LARGEST.name}: train it with"):
        make(load(words(folder, *one, model=LARGEST.name)).request)
    stranger = place.with_name(LARGEST.name)
    stranger.symlink_to(place)
    try:
        with pytest.raises(UserError, match=f"it was made from {SMALLEST.name}"):
            make(load(words(folder, *one, model=LARGEST.name)).request)
    finally:
        stranger.unlink()
    with pytest.raises(UserError, match=r"has no artefact in .* yet"):
        make(load(words(folder, *one, f"pte.{NAME}.fit.seed=1")).request)


def test_a_teacher_teaches_weaker_rungs_and_its_tokens_are_paid_at_its_own_rate(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    given = words(tmp_path, *quick("teacher"), f"model@pte.teacher.model={LARGEST.name}")
    (done,) = make_artefacts(scripted("teacher", given), QUIET)
    parts = cost_of(done.folder).parts
    assert parts is not None
    assert parts["collect_sampled"] > 0
    stronger = scripted("teacher", [*given[:1], f"model={LARGEST.name}", *given[2:]])
    assert stronger.models == ()
    assert "is the teacher itself" in stronger.refused[LARGEST.name]


def test_an_adapter_is_an_artefact_too(made: tuple[Path, Path], tmp_path: Path) -> None:
    given = words(tmp_path, *quick(NAME, fit__method="lora", fit__rank=2))
    (done,) = make_artefacts(scripted(NAME, given), QUIET)
    artefact = read(done.folder)
    assert artefact.kind.value == "adapter"
    training, parts = artefact.training, artefact.cost.parts
    assert training is not None
    assert parts is not None
    n, size = training.trained_parameters, SMALLEST.parameters
    assert 0 < n < size
    assert parts["fit"] == pytest.approx((4 * size + 6 * n) * training.tokens, rel=0.01)
    plan = make(load([*given, f"pte=[{NAME}]"]).request)
    assert {cell.answering_model.adapter.path for cell in plan.cells if cell.stack.ptes} == {  # type: ignore[union-attr]
        str(done.folder / "weights")
    }
