"""The model and ladder files: what they build, and that a ladder can be fitted on them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from harness.models.spec import ModelSpec, SiblingCheckpoint, TrainingCompute

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
MODEL_FILES = sorted((CONFIGS / "model").glob("*.yaml"))
LADDER_FILES = sorted((CONFIGS / "ladder").glob("*.yaml"))
BUNDLED = "smollm2_135m_instruct"
RECORDED = "recorded"
"""Family of those who spoke in a recording: no checkpoints, and of which nothing is assumed."""
SOME_SEEDS = {"pocket_two_seeds"}
"""Ladders of some of the runs of every rung."""

ROOT_CONFIG = f"""\
hydra:
  searchpath:
    - file://{CONFIGS}
defaults:
  - model: [{BUNDLED}]
  - optional ladder: null
  - _self_
"""


def build(path: Path) -> ModelSpec:
    spec = instantiate(OmegaConf.load(path))
    assert isinstance(spec, ModelSpec)
    return spec


def rungs(path: Path) -> list[str]:
    """The rungs a ladder file names, in its order."""
    content: Any = OmegaConf.to_container(OmegaConf.load(path))
    [entry] = content["defaults"]
    return list(entry["override /model"])


def compose_root(folder: Path, *overrides: str) -> DictConfig:
    (folder / "root.yaml").write_text(ROOT_CONFIG)
    with initialize_config_dir(version_base="1.3", config_dir=str(folder)):
        return compose(config_name="root", overrides=list(overrides))


def test_files_exist() -> None:
    assert BUNDLED in {path.stem for path in MODEL_FILES}
    assert {path.stem for path in LADDER_FILES} == {
        "llama2",
        "llama3_1",
        "olmo2",
        "olmo2_stage1",
        "pocket",
        "pocket_two_seeds",
        "pythia",
        "qwen2_5",
        "qwen2_5_coder",
        "qwen3",
        "smollm2",
    }


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_model(path: Path) -> None:
    spec = build(path)
    assert spec.name == path.stem
    assert path.read_text().splitlines()[0] == f"# @package model.{path.stem}"
    # What a reward model's files hold beside its head need not be known.
    assert spec.parameters is not None or spec.stage == "reward" or spec.family == RECORDED
    assert spec.parameters is None or spec.parameters > 0
    assert spec.training_tokens is None or spec.training_tokens > 0
    assert (spec.context_window is None) == (spec.family == RECORDED)
    assert spec.context_window is None or spec.context_window > 0
    assert isinstance(spec.training, TrainingCompute)
    assert (spec.reward is not None) == (spec.stage == "reward")
    chats = spec.stage in ("instruct", "think") or spec.family == RECORDED
    assert spec.reward or spec.chat == chats
    assert spec.chat or spec.thinking == "never"
    assert (spec.stage == "think") == (spec.thinking == "always")


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_compute_is_6nd_or_unknown_and_sourced(path: Path) -> None:
    spec = build(path)
    used, tokens = spec.used_parameters, spec.training_tokens
    if spec.compute.flop is None:
        assert spec.compute.source.startswith("unknown: ")
        assert not spec.compute.valid_for_ceg
    else:
        assert used is not None
        assert tokens is not None
        assert spec.compute.flop == pytest.approx(6 * used * tokens, rel=0.001)
        assert spec.compute.source == "6ND"
    assert spec.compute.note
    text = path.read_text().lower()
    assert "recalled" not in text
    assert "approx" not in text


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_what_was_never_loaded_says_so_and_where_its_figures_are_from(path: Path) -> None:
    """Those of later families: their revisions are null, and every figure has its source."""
    spec = build(path)
    text = path.read_text()
    marked = "revision: null  # never loaded" in text
    assert marked == ("Never loaded by this project." in spec.compute.note)
    if marked:
        assert spec.revision is None
        figures = (
            "parameters",
            "active_parameters",
            "training_tokens",
            "context_window",
            "thinking",
        )
        lines = [line for line in text.splitlines() if line.startswith(figures)]
        assert len(lines) >= 3
        assert all("  # " in line for line in lines)
        assert "arXiv:" in text or "github.com/" in text or "huggingface.co/" in text


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_a_reward_model_that_was_never_executed_says_so(path: Path) -> None:
    spec = build(path)
    if spec.reward is not None:
        assert spec.reward.tried == ("Not tried." not in spec.compute.note)
        assert "licence: " in path.read_text()
        assert spec.reward.licence or "licence: null  # not found" in path.read_text()


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_sibling(path: Path) -> None:
    spec = build(path)
    if spec.instruct_sibling is None:
        with pytest.raises(ValueError, match="no instruct sibling"):
            spec.sibling()
        return
    assert isinstance(spec.instruct_sibling, SiblingCheckpoint)
    sibling = spec.sibling()
    assert sibling.weights != spec.weights
    assert sibling.training == spec.training
    assert sibling.chat
    alike = [other for other in map(build, MODEL_FILES) if other.weights == sibling.weights]
    assert {other.thinking for other in alike} <= {sibling.thinking}
    assert spec.sibling(chat=False).thinking == "never"


def test_one_checkpoint_one_name() -> None:
    specs = [spec for spec in map(build, MODEL_FILES) if spec.family != RECORDED]
    assert len({(spec.weights, spec.revision) for spec in specs}) == len(specs)


def test_no_two_runs_of_the_pocket_ladder_share_a_seed() -> None:
    pocket = [build(path) for path in MODEL_FILES if path.stem.startswith("pocket_")]
    assert len({spec.training_seed for spec in pocket}) == len(pocket) >= 32
    assert None not in {spec.training_seed for spec in pocket}


@pytest.mark.parametrize("path", LADDER_FILES, ids=lambda path: path.stem)
def test_ladder(path: Path) -> None:
    names = rungs(path)
    assert {*names} <= {file.stem for file in MODEL_FILES}
    specs = [build(CONFIGS / "model" / f"{name}.yaml") for name in names]
    assert len({spec.family for spec in specs}) == 1
    assert len({spec.stage for spec in specs}) == 1
    assert all(spec.compute.valid_for_ceg for spec in specs)
    flop = [spec.compute.flop for spec in specs if spec.compute.flop is not None]
    assert len(flop) == len(specs)
    assert len({*flop}) >= 3
    assert all(low <= high for low, high in pairwise(flop))  # equal: one rung, several seeds


@pytest.mark.parametrize("path", LADDER_FILES, ids=lambda path: path.stem)
def test_ladder_is_whole(path: Path) -> None:
    """No rung of the same family and stage is left out."""
    names = rungs(path)
    first = build(CONFIGS / "model" / f"{names[0]}.yaml")
    alike = [
        spec
        for spec in map(build, MODEL_FILES)
        if (spec.family, spec.stage) == (first.family, first.stage)
    ]
    if path.stem in SOME_SEEDS:
        flop = {build(CONFIGS / "model" / f"{name}.yaml").compute.flop for name in names}
        assert flop == {spec.compute.flop for spec in alike}
    else:
        assert {*names} == {spec.name for spec in alike}


def test_no_ladder_leaves_the_default_model(tmp_path: Path) -> None:
    assert list(compose_root(tmp_path).model) == [BUNDLED]


@pytest.mark.parametrize("path", LADDER_FILES, ids=lambda path: path.stem)
def test_ladder_replaces_the_models(path: Path, tmp_path: Path) -> None:
    config = compose_root(tmp_path, f"ladder={path.stem}")
    assert list(config.model) == rungs(path)
    specs = [instantiate(model) for model in config.model.values()]
    assert all(isinstance(spec, ModelSpec) for spec in specs)
    assert [spec.name for spec in specs] == rungs(path)
