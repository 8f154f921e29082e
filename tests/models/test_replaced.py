"""Other weights under a model's name: whose training compute is it?"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.models import hub
from harness.models.download_origin import DOWNLOADS, download_origin
from harness.models.replacement import Replacement
from harness.models.spec import ModelSpec
from tests.checkpoints import checkpoint
from tests.toys import toy_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = COMMIT[::-1]


@pytest.fixture
def declared(tmp_path: Path) -> ModelSpec:
    return replace(toy_model(tmp_path / "unused"), weights="maker/name", revision="step9")


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(hub, "cached", lambda *_: None)


def snapshot(base: Path, repository: str = "maker/name", commit: str = COMMIT, **refs: str) -> Path:
    """A snapshot in a hub's cache, with what its branches and tags are."""
    cache = base / f"models--{repository.replace('/', '--')}"
    (cache / "refs").mkdir(parents=True, exist_ok=True)
    for name, at in refs.items():
        (cache / "refs" / name).write_text(at)
    return checkpoint(cache / "snapshots" / commit)


def downloaded(folder: Path, commit: str = COMMIT) -> Path:
    """A folder as `hf download --local-dir` leaves it."""
    notes = checkpoint(folder) / DOWNLOADS
    notes.mkdir(parents=True)
    for file in [path for path in folder.iterdir() if path.is_file()]:
        (notes / f"{file.name}.metadata").write_text(f'{commit}\n"etag"\n{time.time()}\n')
    return folder


def proven(declared: ModelSpec, weights: Path | str, revision: str | None = None) -> bool:
    return Replacement(declared, str(weights), revision or declared.revision).proven()


class TestOrigin:
    def test_a_snapshots_path_says_it(self, tmp_path: Path) -> None:
        result = download_origin(snapshot(tmp_path, step9=COMMIT, main=OTHER))
        assert result is not None
        assert (result.repository, result.commit) == ("maker/name", COMMIT)
        assert result.revisions == ("step9",)

    def test_notes_of_a_download_say_the_commit(self, tmp_path: Path) -> None:
        result = download_origin(downloaded(tmp_path))
        assert result is not None
        assert (result.repository, result.commit) == (None, COMMIT)

    def test_files_that_were_changed_since_are_no_download(self, tmp_path: Path) -> None:
        folder = downloaded(tmp_path)
        later = time.time() + 10
        os.utime(folder / "model.safetensors", (later, later))
        assert download_origin(folder) is None

    def test_files_that_came_from_elsewhere_are_no_download(self, tmp_path: Path) -> None:
        folder = downloaded(tmp_path)
        shutil.copy(folder / "model.safetensors", folder / "more.safetensors")
        assert download_origin(folder) is None

    def test_files_of_two_commits_are_no_download(self, tmp_path: Path) -> None:
        folder = downloaded(tmp_path)
        note = folder / DOWNLOADS / "config.json.metadata"
        note.write_text(note.read_text().replace(COMMIT, OTHER))
        assert download_origin(folder) is None

    def test_a_plain_folder_says_nothing(self, tmp_path: Path) -> None:
        assert download_origin(checkpoint(tmp_path)) is None


class TestProof:
    def test_nothing_replaced_needs_none(self, declared: ModelSpec) -> None:
        assert not Replacement(declared, "maker/name", "step9").changed
        assert proven(declared, "maker/name")

    def test_a_snapshot_of_the_revision_is_the_same(
        self, declared: ModelSpec, tmp_path: Path
    ) -> None:
        assert proven(declared, snapshot(tmp_path, step9=COMMIT))

    def test_a_snapshot_of_the_pinned_commit_is_the_same(
        self, declared: ModelSpec, tmp_path: Path
    ) -> None:
        assert proven(replace(declared, revision=COMMIT), snapshot(tmp_path))

    def test_a_snapshot_of_another_revision_is_not(
        self, declared: ModelSpec, tmp_path: Path
    ) -> None:
        assert not proven(declared, snapshot(tmp_path, step9=OTHER, step1=COMMIT))

    def test_a_snapshot_of_another_model_is_not(self, declared: ModelSpec, tmp_path: Path) -> None:
        assert not proven(declared, snapshot(tmp_path, "maker/tuned", step9=COMMIT))

    def test_a_download_of_the_pinned_commit_is_the_same(
        self, declared: ModelSpec, tmp_path: Path
    ) -> None:
        folder = downloaded(tmp_path)
        assert proven(replace(declared, revision=COMMIT), folder)
        assert not proven(replace(declared, revision=OTHER), folder)
        assert not proven(declared, folder)  # nothing says which commit step9 is

    def test_what_the_hub_says_of_the_revision_counts(
        self, declared: ModelSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub, "commit_of", lambda *_: COMMIT)
        assert proven(declared, downloaded(tmp_path))

    def test_a_folder_of_the_same_shape_is_not(self, declared: ModelSpec, tmp_path: Path) -> None:
        assert not proven(declared, checkpoint(tmp_path))

    def test_another_revision_is_not(self, declared: ModelSpec) -> None:
        assert not proven(declared, "maker/name", "step1")
        assert not proven(declared, "maker/name", COMMIT)

    def test_another_hub_id_is_not(self, declared: ModelSpec) -> None:
        assert not proven(declared, "maker/tuned")

    def test_a_copy_of_a_folder_is_the_same(self, declared: ModelSpec, tmp_path: Path) -> None:
        own = replace(declared, weights=str(checkpoint(tmp_path / "own")), revision=None)
        copy = checkpoint(tmp_path / "copy")
        assert proven(own, copy)
        (copy / "model.safetensors").write_bytes(b"others")
        assert not proven(own, copy)

    def test_the_note_names_the_mend(self, declared: ModelSpec) -> None:
        note = Replacement(declared, "/folder", "step9").note
        for part in (
            "maker/name@step9",
            "/folder",
            "model.toy_model.same_weights=true",
            "model.toy_model.training.flop",
        ):
            assert part in note
