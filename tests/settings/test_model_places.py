"""Models given by their place, and whose training compute a model on the command line has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from harness.errors import UserError
from harness.models import hub
from harness.models.download_origin import DOWNLOADS
from harness.settings.composing import composed
from harness.settings.experiment import load, stored
from tests.checkpoints import PARAMETERS, checkpoint

COMMIT = "0123456789abcdef0123456789abcdef01234567"
POCKET = ["benchmark=pocket_arithmetic", "limit=1", "context_window=384"]
FLOP = 1.267e20
"""Training compute that the config of pythia_70m gives."""


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(hub, "cached", lambda *_: None)


def models(*overrides: str) -> dict[str, Any]:
    """The composed configs of models by name."""
    result: Any = OmegaConf.to_container(composed(overrides).model, resolve=True)
    return dict(result)


class TestPlaces:
    def test_a_folder_is_what_its_files_say(self, tmp_path: Path) -> None:
        folder = checkpoint(tmp_path / "Tiny-1.5", template="{{ messages }}")
        [(name, model)] = models(f"model={folder}").items()
        assert name == model["name"] == model["family"] == "tiny_1_5"
        assert model["weights"] == str(folder)
        assert model["parameters"] == PARAMETERS
        assert model["context_window"] == 64
        assert (model["chat"], model["stage"]) == (True, "instruct")
        assert model["training_tokens"] is None
        assert model["training"]["flop"] is None
        assert model["training"]["source"] == "unknown"

    def test_a_folder_without_a_slash_is_taken_for_a_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checkpoint(tmp_path / "tiny")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(UserError, match=r"no such model; the folder of that name is model=\./"):
            models("model=tiny")
        assert list(models("model=./tiny")) == ["tiny"]

    def test_without_a_template_it_is_a_base_model(self, tmp_path: Path) -> None:
        [model] = models(f"model={checkpoint(tmp_path / 'x')}").values()
        assert (model["chat"], model["stage"]) == (False, "base")

    def test_folders_hub_ids_and_names_in_one_list(self, tmp_path: Path) -> None:
        one, two = checkpoint(tmp_path / "a" / "x"), checkpoint(tmp_path / "b" / "x")
        result = models(f"model=[{one},{two},maker/Name-7B,pythia_70m]")
        assert list(result) == ["x", "b_x", "maker_name_7b", "pythia_70m"]
        assert result["maker_name_7b"]["parameters"] is None
        assert result["maker_name_7b"]["context_window"] is None
        assert result["pythia_70m"]["training"]["flop"] == FLOP

    def test_the_same_command_gives_the_same_names_again(self, tmp_path: Path) -> None:
        word = f"model=[{checkpoint(tmp_path / 'pythia_70m')},pythia_70m]"
        first = list(models(word))
        assert first == list(models(word))
        assert first[0] != "pythia_70m"

    def test_a_relative_folder_is_made_absolute(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checkpoint(tmp_path / "x")
        monkeypatch.chdir(tmp_path)
        [model] = models("model=./x").values()
        assert model["weights"] == str(tmp_path / "x")

    def test_its_settings_are_set_below_its_name(self, tmp_path: Path) -> None:
        folder = checkpoint(tmp_path / "x", template="{{ messages }}")
        known = ["model.x.training.flop=1e20", "model.x.training.source=a_paper"]
        [model] = models(f"model={folder}", "model.x.chat=false", *known).values()
        assert not model["chat"]
        assert model["training"]["flop"] == 1e20
        assert model["training"]["source"] == "a_paper"

    def test_a_judge_may_be_a_folder_too(self, tmp_path: Path) -> None:
        folder = checkpoint(tmp_path / "x")
        config = composed(["pte=[model_judge]", f"model@pte.model_judge.model={folder}"])
        assert config.pte.model_judge.model.weights == str(folder)
        assert "x" not in config.model

    def test_a_stored_configuration_holds_all_of_it(self, tmp_path: Path) -> None:
        word = f"model={checkpoint(tmp_path / 'x', max_position_embeddings=384)}"
        experiment = load([*POCKET, word])
        again = stored(experiment.config, [*POCKET, word])
        assert again.request.models == experiment.request.models
        assert again.folder == experiment.folder

    def test_what_a_config_knows_of_the_same_weights_is_told(self) -> None:
        [model] = models("model=Qwen/Qwen2.5-0.5B").values()
        assert model["training"]["flop"] is None
        assert "model=qwen2_5_0_5b is of the same weights" in model["training"]["note"]

    @pytest.mark.parametrize(
        ("place", "parts"),
        [
            ("/no/such/folder", ("there is no such folder",)),
            ("./no_such_folder", ("there is no such folder",)),
            ("a/b/c", ("there is no such folder", "MAKER/NAME")),
        ],
    )
    def test_a_place_with_nothing_is_told(self, place: str, parts: tuple[str, ...]) -> None:
        with pytest.raises(UserError) as caught:
            composed([f"model={place}"])
        for part in (f"model={place}", *parts):
            assert part in str(caught.value)

    def test_a_folder_that_is_no_checkpoint_is_told(self, tmp_path: Path) -> None:
        empty = tmp_path / "empty"
        empty.mkdir()
        with pytest.raises(UserError, match="no checkpoint: it has no config"):
            composed([f"model={empty}"])

    def test_a_file_is_no_folder(self, tmp_path: Path) -> None:
        file = checkpoint(tmp_path) / "model.safetensors"
        with pytest.raises(UserError, match="is a file"):
            composed([f"model={file}"])

    def test_one_place_named_twice_is_told(self, tmp_path: Path) -> None:
        folder = checkpoint(tmp_path / "x")
        with pytest.raises(UserError, match="named twice"):
            composed([f"model=[{folder},{folder}]"])


def pythia(*settings: str) -> dict[str, Any]:
    """The config of pythia_70m with some settings."""
    words = [f"model.pythia_70m.{setting}" for setting in settings]
    return dict(models("model=pythia_70m", *words)["pythia_70m"])


class TestReplacedWeights:
    def test_a_folder_has_no_compute_of_the_named_model(self, tmp_path: Path) -> None:
        model = pythia(f"weights={checkpoint(tmp_path)}")
        assert model["training"]["flop"] is None
        assert model["training"]["source"] == "unknown: other weights"
        assert "model.pythia_70m.same_weights=true" in model["training"]["note"]
        assert model["training_tokens"] is None

    @pytest.mark.parametrize("setting", ["revision=step1000", "weights=EleutherAI/pythia-160m"])
    def test_nor_has_another_revision_or_hub_id(self, setting: str) -> None:
        assert pythia(setting)["training"]["flop"] is None

    def test_what_the_user_states_is_theirs(self, tmp_path: Path) -> None:
        weights = f"weights={checkpoint(tmp_path)}"
        stated = pythia(weights, "training.flop=5e20")["training"]
        assert (stated["flop"], stated["source"]) == (5e20, "stated on the command line")
        sourced = pythia(weights, "training.flop=5e20", "training.source=notes")["training"]
        assert (sourced["flop"], sourced["source"]) == (5e20, "notes")

    def test_a_figure_of_the_users_is_not_from_the_configs_source(self) -> None:
        stated = pythia("training.flop=5e20")["training"]
        assert (stated["flop"], stated["source"]) == (5e20, "stated on the command line")

    def test_the_users_word_keeps_the_compute_and_is_recorded(self, tmp_path: Path) -> None:
        model = pythia(f"weights={checkpoint(tmp_path)}", "same_weights=true")
        assert model["training"]["flop"] == FLOP
        assert "on the user's word" in model["training"]["source"]
        assert model["same_weights"]
        assert model["training_tokens"] == 299892736000

    def test_the_users_word_must_be_true_or_false(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="same_weights is 'yes'"):
            pythia(f"weights={checkpoint(tmp_path)}", "same_weights=yes")

    def test_a_snapshot_of_the_hubs_cache_keeps_it(self, tmp_path: Path) -> None:
        cache = tmp_path / "models--EleutherAI--pythia-70m-deduped"
        (cache / "refs").mkdir(parents=True)
        (cache / "refs" / "step143000").write_text(COMMIT)
        model = pythia(f"weights={checkpoint(cache / 'snapshots' / COMMIT)}")
        assert (model["training"]["flop"], model["training"]["source"]) == (FLOP, "6ND")
        (cache / "refs" / "step143000").write_text(COMMIT[::-1])
        other = pythia(f"weights={cache / 'snapshots' / COMMIT}")
        assert other["training"]["flop"] is None

    def test_a_download_of_the_pinned_commit_keeps_it(self, tmp_path: Path) -> None:
        folder = checkpoint(tmp_path)
        (folder / DOWNLOADS).mkdir(parents=True)
        pinned = composed(["model=qwen2_5_0_5b"]).model.qwen2_5_0_5b.revision
        for file in [path for path in folder.iterdir() if path.is_file()]:
            note = folder / DOWNLOADS / f"{file.name}.metadata"
            note.write_text(f"{pinned}\netag\n{file.stat().st_mtime}\n")
        words = ["model=qwen2_5_0_5b", f"model.qwen2_5_0_5b.weights={folder}"]
        assert models(*words)["qwen2_5_0_5b"]["training"]["flop"] == pytest.approx(
            5.29e22, rel=0.01
        )

    def test_a_copy_of_a_pocket_model_keeps_it(self) -> None:
        weights = Path(__file__).resolve().parents[2] / "pocket" / "weights"
        for name, known in (("pocket_00080_a", True), ("pocket_00250_a", False)):
            words = ["model=pocket_00080_a", f"model.pocket_00080_a.weights={weights / name}"]
            flop = models(*words)["pocket_00080_a"]["training"]["flop"]
            assert (flop is not None) == known

    def test_weights_as_they_are_declared_are_not_replaced(self) -> None:
        model = pythia("weights=EleutherAI/pythia-70m-deduped", "revision=step143000")
        assert model["training"]["flop"] == FLOP
