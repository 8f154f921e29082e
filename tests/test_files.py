"""Files and folders that are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.files import making_folder, replace_text, take_place


def test_what_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "there.txt"
    replace_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        replace_text(path, "half \udc80")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "made"
    with making_folder(folder) as part:
        (part / "one").write_text("1")
        assert not folder.exists()
    assert (folder / "one").read_text() == "1"
    assert list(folder.parent.iterdir()) == [folder]


def test_a_folder_that_fails_half_way_does_not_appear(tmp_path: Path) -> None:
    def fail(part: Path) -> None:
        (part / "one").write_text("1")
        raise KeyError

    with pytest.raises(KeyError), making_folder(tmp_path / "made") as part:
        fail(part)
    assert list(tmp_path.iterdir()) == []


def test_of_two_who_make_a_folder_the_first_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    with making_folder(folder) as slow:
        (slow / "by").write_text("slow")
        with making_folder(folder) as fast:
            (fast / "by").write_text("fast")
    assert (folder / "by").read_text() == "fast"
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_lacks_what_was_made_is_no_copy(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "other").write_text("not ours")
    with pytest.raises(OSError, match="not empty"), making_folder(folder) as part:
        (part / "one").write_text("1")
    assert [path.name for path in folder.iterdir()] == ["other"]
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("there", ["nothing", "file", "folder", "link to a folder"])
@pytest.mark.parametrize("comes", ["file", "folder"])
def test_one_takes_the_place_of_another(tmp_path: Path, comes: str, there: str) -> None:
    old, new, kept = tmp_path / "old", tmp_path / "new", tmp_path / "kept"
    _make(kept, "folder", "kept")
    _make(new, comes, "new")
    if there == "link to a folder":
        old.symlink_to(kept)
    else:
        _make(old, there, "old")
    take_place(new, old)
    assert not new.exists()
    assert (old / "x" if comes == "folder" else old).read_text() == "new"
    assert (kept / "x").read_text() == "kept"


def _make(path: Path, kind: str, text: str) -> None:
    if kind == "folder":
        path.mkdir()
        (path / "x").write_text(text)
    elif kind == "file":
        path.write_text(text)
