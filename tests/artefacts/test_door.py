"""What the door refuses, with its reason, of artefacts that others have made."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.artefacts.contract import Artefact, Base, Kind
from harness.artefacts.cost import OneTimeCost, Share, lora_fit_flop, published
from harness.artefacts.door import admit, check_ladder
from harness.artefacts.store import read, weights_hash, write
from harness.errors import UserError
from harness.models.resolve import pin
from harness.models.spec import ModelSpec, SiblingCheckpoint, TrainingCompute
from ptes.data.instruct_sibling import InstructSibling
from ptes.data.lora_adapter import LoraAdapter
from tests.toys import toy_model

COST = OneTimeCost({"published": 3e12}, "the paper, table 2")


@pytest.fixture
def model(tmp_path: Path) -> ModelSpec:
    return toy_model(tmp_path / "base", "rung")


@pytest.fixture
def folder(tmp_path: Path, model: ModelSpec) -> Path:
    made = tmp_path / "artefact"
    (made / "weights").mkdir(parents=True)
    (made / "weights" / "adapter_config.json").write_text("{}")
    base = Base(model.name, model.weights, pin(model), chat=False, template=None)
    write(Artefact(Kind.ADAPTER, base, COST, weights_hash(made), source="a paper"), made)
    return made


def test_a_published_adapter_comes_in_with_its_cost(folder: Path, model: ModelSpec) -> None:
    artefact = admit(folder, model, (Kind.ADAPTER,))
    pte = LoraAdapter(str(folder))
    assert pte.one_time_cost(model).flop == 3e12
    assert pte.one_time_cost(model).artefact == artefact.id
    assert pte.weights(model).adapter is not None


def test_another_rungs_is_refused(folder: Path, tmp_path: Path) -> None:
    other = toy_model(tmp_path / "other", "other")
    with pytest.raises(UserError, match=r"it was made from rung .* and fits no other model"):
        admit(folder, other, (Kind.ADAPTER,))


def test_other_weights_of_the_same_name_are_refused(folder: Path, tmp_path: Path) -> None:
    other = replace(toy_model(tmp_path / "other", "changed"), name="rung")
    with pytest.raises(UserError, match="other weights of the name rung"):
        admit(folder, other, (Kind.ADAPTER,))


def test_another_kind_another_template_and_damage_are_refused(
    folder: Path, model: ModelSpec
) -> None:
    with pytest.raises(UserError, match="of the kind adapter, and outcome_head is needed"):
        admit(folder, model, (Kind.OUTCOME_HEAD,))
    with pytest.raises(UserError, match=r"trained under plain text.*model\.rung\.chat=false"):
        admit(folder, replace(model, chat=True), (Kind.ADAPTER,))
    (folder / "weights" / "adapter_config.json").write_text('{"r": 8}')
    with pytest.raises(UserError, match=r"is not what artefact\.json describes"):
        admit(folder, model, (Kind.ADAPTER,))


def test_a_changed_chat_template_is_refused(folder: Path, model: ModelSpec) -> None:
    said = read(folder)
    chat = replace(model, chat=True)
    template = Path(model.weights) / "chat_template.jinja"
    template.write_text("{{ messages }}")
    base = Base(chat.name, chat.weights, pin(chat), chat=True, template="another")
    write(replace(said, base=base), folder)
    with pytest.raises(UserError, match="another chat template"):
        admit(folder, chat, (Kind.ADAPTER,))


@pytest.mark.parametrize("text", ["", "[]", '{"kind": "adapter"}', '{"kind": "spell"}'])
def test_what_describes_no_artefact_is_told(folder: Path, text: str) -> None:
    (folder / "artefact.json").write_text(text)
    with pytest.raises(UserError, match="describes no artefact"):
        read(folder)


def test_a_rung_that_lacks_what_others_have_is_named(folder: Path, model: ModelSpec) -> None:
    root = folder.parent / "ladder"
    check_ladder(root, model, "pte train x")  # before anything is trained there is nothing to say
    (root / "other").mkdir(parents=True)
    (root / "other" / "artefact.json").write_text((folder / "artefact.json").read_text())
    with pytest.raises(UserError, match="artefacts of other, and none of rung: train it with"):
        check_ladder(root, model, "pte train x")


def test_a_plain_adapter_of_another_hub_model_is_refused(tmp_path: Path, model: ModelSpec) -> None:
    (tmp_path / "adapter_config.json").write_text(
        json.dumps({"base_model_name_or_path": "maker/large"})
    )
    pte, hub = LoraAdapter(str(tmp_path), one_time=5.0), replace(model, weights="maker/small")
    assert pte.one_time_cost(model).flop == 5.0
    with pytest.raises(UserError, match="is an adapter of maker/large, and the rung rung is"):
        pte.applies_to(_site(hub))
    assert pte.applies_to(_site(replace(hub, weights="maker/large"))) is None


def _site(model: ModelSpec):  # type: ignore[no-untyped-def]
    from harness.contracts.pte import Capabilities
    from harness.stack import Stack
    from tests.toys import ToyBenchmark

    return Stack(()).site(model, Capabilities(adapters=True), ToyBenchmark().task())


def test_tuning_of_a_sibling_is_read_on_each_rung(model: ModelSpec) -> None:
    tuning = TrainingCompute(7e15, "its report", True)
    told = replace(model, instruct_sibling=SiblingCheckpoint("maker/tuned", tuning=tuning))
    untold = replace(model, instruct_sibling=SiblingCheckpoint("maker/tuned"))
    assert InstructSibling().one_time_cost(told).described == {
        "parts": {"published": 7e15},
        "source": "its report",
        "artefact": "",
    }
    assert InstructSibling().one_time_cost(untold).flop is None
    assert InstructSibling(one_time=2.0).one_time_cost(told).flop == 2.0


def test_costs_by_hand() -> None:
    # A million parameters beside which ten thousand are trained, on a thousand tokens.
    assert lora_fit_flop(1e6, 1e4, 1e3) == 4e9 + 6e7
    assert Share(published(5.0), 100.0).told.endswith("within the definition's 10%")
    assert "ABOVE" in Share(published(11.0), 100.0).told
    assert "unknown" in Share(published(None), 100.0).told
