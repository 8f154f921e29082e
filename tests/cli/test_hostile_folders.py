"""Whatever a stranger's folder, recording or CSV holds, a verb says a line of it, and runs nothing.

Each file of a run is replaced in turn: by what is no JSON, is too deep, too large or of another
shape, by a link out of the folder, a folder, a loop. Kinds, not all of them: every verb that reads.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.cli.main import main
from harness.engines.replay import ReplayConfig
from harness.errors import UserError
from harness.records import form, sealed
from harness.run import signs
from tests.cli.test_cli import CONF
from tests.thorough import THOROUGH, size

TOY = (
    f"hydra.searchpath=[file://{CONF}]",
    *("engine=scripted", "benchmark=toy", "model=toy_model", "benchmark.toy.size=2", "name=theirs"),
)
ESCAPES = "\x1b[2J\x07\u202e"
RAW = {
    "empty": b"",
    "zeros": bytes(1000),
    "binary": bytes(range(256)) * 8,
    "deep list": b"[" * 200_000,
    "deep mapping": b'{"a":' * 100_000,
    "not UTF-8": b'{"a": "\xff"}',
    "a huge number": b'{"cells": [], "command": [], "flop": ' + b"1" * 5000 + b"}",
    "an infinite number": b'{"cells": [], "command": [], "created": 1e999}',
    "a list": b"[1]",
    "null": b"null",
    "a tag": b"!!python/object/apply:os.system ['touch it-ran']\n",
    "a pickle": b"cos\nsystem\n(S'touch it-ran'\ntR.",
    "escapes": b'{"cells": "' + ESCAPES.encode() + b'"}',
}
KINDS = list(RAW) if THOROUGH else ["deep list", "a tag"]
VERBS = (
    ("status",),
    ("status", "--json"),
    ("results",),
    ("results", "--format", "csv"),
    ("show",),
    ("show", "--problem", "toy-0"),
    ("track", "tracking.mode=offline"),
    ("work", "--work-unit", "0"),
    ("resume",),
)
Verb = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound run of two problems."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "weights").mkdir()
    (folder / "weights" / "config.json").write_text("{}")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PTE_TOY_WEIGHTS", str(folder / "weights"))
        patch.setenv("PTE_CACHE", str(folder / "cache"))
        assert main(["run", *TOY]) == 0
    return folder / "runs" / "theirs"


@pytest.fixture
def theirs(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that somebody else may have made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PTE_CACHE", str(tmp_path / "cache"))
    shutil.copytree(run.parent, tmp_path / "runs")
    return tmp_path / "runs" / "theirs"


@pytest.fixture
def verb(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Verb:
    """Runs a verb; it raises nothing, shows no control character, and runs nothing."""

    def call(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        for told in (sealed._told, form._told, signs._warned):
            told.clear()
        caplog.clear()
        code = main(words)
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        assert not set("\x1b\x07\u202e") & set(out + err)
        assert not Path("it-ran").exists()
        if code == 2:
            assert len([line for line in err.splitlines() if line.startswith("pte: ")]) == 1, err
        return code, out + err + caplog.text

    return call


def every_verb(verb: Verb, folder: Path) -> list[tuple[int, str]]:
    return [verb(words[0], str(folder), *words[1:]) for words in VERBS]


def files(run: Path) -> list[str]:
    kinds: dict[tuple[Path, str], str] = {}
    for path in sorted(each for each in run.rglob("*") if each.is_file()):
        kinds.setdefault((path.parent, path.suffix), str(path.relative_to(run)))
    return [name for name in kinds.values() if not name.startswith("locks")]


@pytest.mark.parametrize("kind", KINDS)
def test_no_content_of_any_file_is_more_than_damage(
    theirs: Path, verb: Verb, kind: str, run: Path
) -> None:
    for name in [*files(run), "portions.json", "slurm/submissions.jsonl"]:
        whole = theirs / name
        before = whole.read_bytes() if whole.exists() else None
        whole.parent.mkdir(exist_ok=True)
        whole.write_bytes(RAW[kind])
        said = every_verb(verb, theirs)
        assert all(code in (0, 1, 2) for code, _ in said)
        if name.startswith(("plan", "records", "status")) or (name[:5] == "spent" and RAW[kind]):
            assert any("damaged" in text or "records" in text for _, text in said), (name, said)
        if before is None:
            whole.unlink()
        else:
            whole.write_bytes(before)
    assert verb("results", str(theirs))[0] == 0  # nothing was lost


@pytest.mark.parametrize("kind", ["secret", "loop", "folder", "gone"][: size(4, 2)])
def test_links_out_of_the_folder_loops_and_folders(
    theirs: Path, verb: Verb, run: Path, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "secret").write_text("hunter2: [")
    for name in files(run):
        path = theirs / name
        path.rename(tmp_path / "kept")
        if kind == "folder":
            path.mkdir()
        elif kind != "gone":
            path.symlink_to(tmp_path / "secret" if kind == "secret" else path)
        said = every_verb(verb, theirs)
        assert not any("hunter2" in text for _, text in said)
        path.rmdir() if kind == "folder" else path.unlink(missing_ok=True)
        (tmp_path / "kept").rename(path)
    assert (tmp_path / "secret").read_text() == "hunter2: ["


STRANGE: tuple[Any, ...] = (None, -1, 1e300, 2**62, "x" + ESCAPES, "=cmd()", [], {}, [[1]], True)


@pytest.mark.parametrize("name", ["plan.json", "status/main.json", "spent/main.jsonl"])
def test_no_value_of_any_field_is_more_than_damage(theirs: Path, verb: Verb, name: str) -> None:
    path = theirs / name
    sound = json.loads(path.read_text().splitlines()[0] if "jsonl" in name else path.read_text())
    sound.pop("checksum", None)
    inner = sound["cells"][0] if "cells" in sound else {}
    for number, key in list(enumerate([*sound, *inner]))[:: size(1, 4)]:
        data = json.loads(json.dumps(sound))
        into = data["cells"][0] if number >= len(sound) else data
        into[key] = STRANGE[number % len(STRANGE)]
        path.write_text(json.dumps(data))
        for words in (("status",), ("status", "--json"), ("show",)):
            assert verb(words[0], str(theirs), *words[1:])[0] in (0, 2)
        del into[key]
        path.write_text(json.dumps(data))
        assert verb("status", str(theirs))[0] in (0, 2)


def changed(name: str, array: pa.Array) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        place = table.column_names.index(name)
        return table.set_column(place, name, pa.chunked_array([array]))

    return change


DEEP = "[" * 100_000
TABLES: dict[str, Callable[[pa.Table], pa.Table]] = {
    "another type": changed("score", pa.array(["a", "b"])),
    "a list": changed("cell", pa.array([["a"], ["b"]])),
    "a score beyond all": changed("score", pa.array([1e308, 2.0])),
    "a negative cost": changed("flop", pa.array([-1.0, 1.0])),
    "no JSON": changed("sampling", pa.array(["{", "{"])),
    "deep JSON": changed("sampling", pa.array([DEEP, DEEP])),
    "JSON of another shape": changed("stack_config", pa.array(['{"a": 1}', "3"])),
    "candidates that are none": changed("candidates", pa.array([1, 2])),
    "a column twice": lambda table: table.append_column("cell", table.column("cell")),
    "other records": lambda table: pa.table({"a": [1]}, metadata=table.schema.metadata),
}


@pytest.mark.parametrize("kind", TABLES)
def test_parquet_that_no_run_writes_is_left_out_by_name(
    theirs: Path, verb: Verb, kind: str
) -> None:
    paths = sorted((theirs / "records").glob("*.parquet"))
    odd = pq.read_table(paths[0])
    hostile = b'{"columns": [{"metadata": ' + b"[" * 50_000  # what pandas would read
    made = TABLES[kind](odd)
    pq.write_table(
        made.replace_schema_metadata({**odd.schema.metadata, b"pandas": hostile}), paths[0]
    )
    for words in (("results",), ("show",), ("status",)):
        code, said = verb(words[0], str(theirs))
        assert code in (0, 2)
        if words == ("show",):  # others read columns of their own
            assert paths[0].name in said
            assert "left out" in said


def test_metadata_for_pandas_are_not_read(theirs: Path, verb: Verb) -> None:
    for path in (theirs / "records").glob("*.parquet"):
        table = pq.read_table(path)
        hostile = {**table.schema.metadata, b"pandas": b'{"columns": ' + b"[" * 50_000}
        pq.write_table(table.replace_schema_metadata(hostile), path)
    assert verb("results", str(theirs))[0] == 0
    assert verb("status", str(theirs))[0] == 0


@pytest.mark.parametrize("kind", [*KINDS, "binary", "an infinite number"])
def test_estimates_and_published_scores(verb: Verb, tmp_path: Path, kind: str) -> None:
    for name in ("estimates.json", "scores.csv"):
        (tmp_path / name).write_bytes(RAW[kind])
    where = ["-o", str(tmp_path / "out")]
    assert verb("forecast", "--measured", str(tmp_path / "estimates.json"), *where)[0] == 2
    assert verb("analyze", str(tmp_path / "scores.csv"), *where)[0] == 2
    assert verb("power", "--from", str(tmp_path / "scores.csv"))[0] == 2


@pytest.mark.parametrize(
    "value", ["1e999", "nan", "-1", "9" * 5000, "=1+1", "\x1b[2J", '"' + "x" * 10**6]
)
def test_values_of_published_scores(verb: Verb, tmp_path: Path, value: str) -> None:
    head = "model,family,stage,training_flop,benchmark,stack,score"
    for place in range(7):
        row = ["m", "f", "base", "1e20", "b", "base", "50"]
        row[place] = value
        (tmp_path / "scores.csv").write_text(f"{head}\n{','.join(row)}\n")
        code, _ = verb(
            "analyze",
            str(tmp_path / "scores.csv"),
            "-o",
            str(tmp_path / f"o{place}"),
            "--replicates",
            "99",
        )  # refused before any work, if the table is not
        assert code == 2


LINE: dict[str, Any] = {"problem": "p", "role": "solve", "draw": 0, "text": "t"}


CHANGES: tuple[dict[str, Any], ...] = (
    {"address": 3},
    {"address": "a" * 10**5},
    {"step": "x"},
    {"stack": [1]},
    {"sampling": [1]},
    {"sampling": {"temperature": {"_target_": "os.system"}}},
    {"finish_reason": {}},
    {"draw": 10**400},
    {"text": None},
)
LINES = [*RAW.values(), *(json.dumps(LINE | change).encode() for change in CHANGES)]


@pytest.mark.parametrize("line", LINES)
def test_a_recording_is_read_as_data(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "recorded.jsonl"
    file.write_bytes(line)
    if not line:
        assert not ReplayConfig(str(file)).recording.lines
        return
    with pytest.raises(UserError, match="line 1: ") as error:
        _ = ReplayConfig(str(file)).recording
    assert "\n" not in str(error.value)
