"""Models on the hub: its cache on this machine, and what it says of what is not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from harness.errors import UserError
from harness.models import hub, inspection
from harness.models.inspection import read_facts
from harness.models.resolve import pin
from harness.models.spec import ModelSpec
from tests.checkpoints import PARAMETERS, checkpoint, tensors
from tests.toys import toy_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FORMATS = {"float32": "F32"}


@pytest.fixture
def model(tmp_path: Path) -> ModelSpec:
    return replace(toy_model(tmp_path / "unused"), weights="maker/name", revision=None)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache on a machine without network; empty."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def snapshot(cache: Path, revision: str = "main") -> Path:
    repository = cache / "models--maker--name"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / revision).write_text(COMMIT)
    return checkpoint(repository / "snapshots" / COMMIT)


class TestCache:
    def test_a_snapshot_is_looked_at(self, model: ModelSpec, cache: Path) -> None:
        snapshot(cache)
        result = read_facts(model, ask=True)
        assert result is not None
        assert result.parameters == PARAMETERS

    def test_that_of_the_revision(self, model: ModelSpec, cache: Path) -> None:
        folder = snapshot(cache, "step9")
        assert hub.cached("maker/name", "step9") == folder
        assert hub.cached("maker/name", COMMIT) == folder
        assert hub.cached("maker/name", None) is None
        assert read_facts(model, ask=True) is None

    def test_what_a_snapshot_lacks_is_still_to_be_downloaded(
        self, model: ModelSpec, cache: Path
    ) -> None:
        (snapshot(cache) / "model.safetensors").unlink()
        result = read_facts(model, ask=False)
        assert result is not None
        assert (result.parameters, result.faults) == (None, ())
        assert result.architecture.window == 64

    def test_offline_its_commit_is_that_of_the_cache(self, model: ModelSpec, cache: Path) -> None:
        with pytest.raises(UserError, match="HF_HUB_OFFLINE is set"):
            pin(model)
        snapshot(cache)
        assert pin(model) == f"maker/name@{COMMIT}"


class TestAsked:
    """The hub answers; what is asked of it is headers and small files."""

    @pytest.fixture
    def downloads(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
        """Replaces the hub's client; returns the names of files that are downloaded."""
        whole = checkpoint(tmp_path / "whole", template="{{ messages }}")
        asked: list[str] = []

        def download(repository: str, name: str, revision: str, local_dir: str) -> None:
            assert (repository, revision) == ("maker/name", COMMIT)
            asked.append(name)
            (Path(local_dir) / name).write_bytes((whole / name).read_bytes())

        def metadata(repository: str, revision: str) -> Any:
            file = {
                name: SimpleNamespace(dtype=FORMATS[each.dtype], shape=list(each.shape))
                for name, each in tensors().items()
            }
            return SimpleNamespace(
                files_metadata={"model.safetensors": SimpleNamespace(tensors=file)}
            )

        api = SimpleNamespace(
            model_info=lambda *_, **__: SimpleNamespace(sha=COMMIT),
            list_repo_files=lambda *_, **__: [path.name for path in whole.iterdir()],
        )
        client = SimpleNamespace(
            HfApi=lambda: api,
            hf_hub_download=download,
            get_safetensors_metadata=metadata,
        )
        monkeypatch.setattr(hub, "require", lambda *_: client)
        monkeypatch.setattr(hub, "cached", lambda *_: None)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        inspection._asked.cache_clear()
        return asked

    def test_its_facts_are_had_without_the_weights(
        self, model: ModelSpec, downloads: list[str]
    ) -> None:
        result = read_facts(model, ask=True)
        assert result is not None
        assert result.place == f"maker/name@{COMMIT}"
        assert (result.parameters, result.dtype, result.rows) == (PARAMETERS, "float32", 10)
        assert (result.architecture.window, result.template, result.faults) == (64, True, ())
        assert set(downloads) == {"config.json", "tokenizer_config.json", "chat_template.jinja"}

    def test_what_it_does_not_have_is_told(
        self, model: ModelSpec, downloads: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        errors = pytest.importorskip("huggingface_hub.errors")

        def absent(*_: object, **__: object) -> None:
            raise errors.RepositoryNotFoundError("404 Client Error", response=MagicMock())

        api = SimpleNamespace(model_info=absent)
        monkeypatch.setattr(hub, "require", lambda *_: SimpleNamespace(HfApi=lambda: api))
        with pytest.raises(UserError, match="the hub has no maker/name"):
            read_facts(model, ask=True)

    def test_it_is_not_asked_unless_it_may_be(self, model: ModelSpec, downloads: list[str]) -> None:
        assert read_facts(model, ask=False) is None
        assert not downloads
