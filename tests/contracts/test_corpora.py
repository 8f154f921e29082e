"""A corpus read from files of the user's own."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from harness.contracts.passage import Passage, content_hash
from harness.corpora import from_folder, sentences
from harness.errors import UserError


def test_files_become_passages_in_the_order_of_their_paths(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "Otter.txt").write_text("Otters swim. They eat fish!\n\nThey\nplay.")
    (tmp_path / "deep" / "Bear.md").write_text("Bears sleep (in winter). A.B. said so.")
    rows = [
        {"title": "Crow", "text": "Crows fly. They croak."},
        {"title": "Elk", "sentences": ["Big."]},
    ]
    (tmp_path / "more.jsonl").write_text("\n\n".join(map(json.dumps, rows)))
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "picture.png").write_bytes(b"\xff\xfe")
    corpus = from_folder(str(tmp_path))
    assert corpus.read() == (
        Passage("Otter", ("Otters swim.", "They eat fish!", "They", "play.")),
        Passage("Bear", ("Bears sleep (in winter).", "A.B. said so.")),
        Passage("Crow", ("Crows fly.", "They croak.")),
        Passage("Elk", ("Big.",)),
    )
    assert corpus.sha256 == content_hash(corpus.read())
    assert corpus.name == tmp_path.name
    assert pickle.loads(pickle.dumps(corpus)).read() == corpus.read()


def test_one_file_is_a_corpus_too(tmp_path: Path) -> None:
    path = tmp_path / "crows.jsonl"
    path.write_text(json.dumps({"title": "Crow", "text": "Crows fly."}))
    assert from_folder(str(path)).read() == (Passage("Crow", ("Crows fly.",)),)


def test_content_and_not_place_is_what_a_corpus_is_known_by(tmp_path: Path) -> None:
    for folder, text in (("one", "Same."), ("two", "Same."), ("three", "Other.")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "text.txt").write_text(text)
    one, two, three = (from_folder(str(tmp_path / each)) for each in ("one", "two", "three"))
    assert one == two != three


def test_sentences_end_where_the_next_begins() -> None:
    assert sentences('It was 3.5 m. "Really?" 12 e.g. this.') == (
        "It was 3.5 m.",
        '"Really?" 12 e.g. this.',
    )
    assert sentences(" \n ") == ()


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("a.png", "x", "has no passages"),
        ("a.jsonl", "{", "row 1 has not `title`"),
        ("a.jsonl", '{"title": "x"}', "row 1 has not `title`"),
        ("a.jsonl", '{"title": 3, "text": "x"}', "row 1 has a title"),
        ("a.jsonl", '{"title": "x", "sentences": [3]}', "row 1 has a title"),
        ("a.jsonl", '{"title": "x", "text": " "}', "row 1 has a title"),
        ("a.jsonl", "[1]", "row 1 has not `title`"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, file: str, content: str, complaint: str) -> None:
    (tmp_path / file).write_text(content)
    with pytest.raises(UserError, match=complaint):
        from_folder(str(tmp_path))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no .*nowhere"):
        from_folder(str(tmp_path / "nowhere"))


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot read"):
        from_folder(str(tmp_path))
