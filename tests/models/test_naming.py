"""Names of models that are given by their place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.models.naming import is_place, name_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("/data/My-Model.v2", "my_model_v2"),
        ("/data/135M", "model_135m"),
        ("Qwen/Qwen2.5-0.5B", "qwen_qwen2_5_0_5b"),
        (f"/cache/models--Qwen--Qwen2.5-0.5B/snapshots/{COMMIT}", "qwen_qwen2_5_0_5b_0123456"),
        ("inside:pocket/weights/pocket_00080_a", "pocket_00080_a"),
        ("/", "model"),
        ("/data/null", "model_null"),
    ],
)
def test_a_name_is_made_of_the_place(place: str, name: str) -> None:
    assert name_of(place, ()) == name


def test_a_name_that_is_taken_is_made_longer() -> None:
    taken: set[str] = set()
    for place in ("/a/x", "/b/x", "/c/b/x", "/a_/x"):
        name = name_of(place, taken)
        assert name not in taken
        assert re.fullmatch(r"[a-z]\w*", name)
        taken.add(name)
    assert {"x", "b_x", "c_b_x"} < taken


def test_names_do_not_depend_on_what_else_there_is(tmp_path: Path) -> None:
    assert name_of("/a/x", {"y"}) == name_of("/a/x", ())


@pytest.mark.parametrize("word", ["/folder", "./folder", "../x", "~/x", "maker/name", "package:x"])
def test_places(word: str) -> None:
    assert is_place(word)


def test_a_config_is_no_place() -> None:
    assert not is_place("pythia_70m")
