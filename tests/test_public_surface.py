"""What `from harness import ...` and `from analysis import ...` offer to those who script."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import analysis
import harness
from harness import UserError, load_plan, load_records, load_results

ROOT = Path(__file__).parents[1]
SURFACES = pytest.mark.parametrize("package", [harness, analysis], ids=lambda p: p.__name__)
HEAVY = ("numpy", "pandas", "hydra", "pyarrow", "scipy", "altair", "torch")


def test_importing_the_packages_loads_next_to_nothing() -> None:
    code = f"import sys, harness, analysis; print([n for n in {HEAVY} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@SURFACES
def test_every_name_is_there_and_typed(package: ModuleType) -> None:
    homes: dict[str, str] = package._HOME
    assert set(package.__all__) == {*homes, *(["__version__"] if package is harness else [])}
    for name, home in homes.items():
        assert getattr(package, name) is getattr(importlib.import_module(home), name)
    assert set(dir(package)) == set(package.__all__)
    tree = ast.parse(Path(str(package.__file__)).read_text())
    (typed,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in typed.body if isinstance(node, ast.ImportFrom)]
    assert {name.name: str(node.module) for node in imports for name in node.names} == homes


@SURFACES
def test_every_name_is_explained(package: ModuleType) -> None:
    for name in package.__all__:
        assert name == "__version__" or (getattr(package, name).__doc__ or "").strip(), name


@SURFACES
def test_what_is_not_offered_is_named(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match="no attribute 'load_everything'"):
        _ = package.load_everything


def test_the_examples_of_the_docs_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs" / "scripting.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    session: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/scripting.md", "exec"), session)
    printed = capsys.readouterr().out
    assert "chain_of_thought" in printed
    assert "few_shot+self_consistency 5" in printed


def test_results_are_the_records_by_cell() -> None:
    records = load_records(ROOT / "pocket" / "records")
    results = load_results(ROOT / "pocket" / "records")
    means = records.groupby("cell")["score"].mean() * 100
    assert set(results["cell"]) == set(means.index)
    for _, row in results.iterrows():
        assert row["score"] == pytest.approx(means[row["cell"]], abs=0.051)


def test_a_place_without_records_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not there"):
        load_records(tmp_path / "nowhere")
    with pytest.raises(UserError, match="has no runs and no records"):
        load_records(tmp_path)


def test_a_plan_that_cannot_be_made_says_why() -> None:
    with pytest.raises(UserError, match="no_such_model"):
        load_plan("model=no_such_model")
