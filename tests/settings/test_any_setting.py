"""Every field of every component that ships, with values that it may not have: each is refused
in a line that names it, or is legal, and never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy as copy
from pathlib import Path
from typing import Any

import pytest
from omegaconf import DictConfig, OmegaConf

from harness.engines.fake import FakeConfig
from harness.engines.protocol import Sampling
from harness.errors import UserError
from harness.plan.cell import Setting
from harness.settings.building import build
from harness.settings.checking import component_problems, problems_of
from harness.settings.composing import composed
from harness.settings.parameters import parameters
from harness.settings.root import BLOCKS, MANY, ONE, SAMPLING, Root
from harness.settings.targets import located
from tests.settings.conftest import TOY
from tests.thorough import size
from tests.toys import ToyBenchmark, toy_plan

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
VALUES: list[Any] = [
    "abc", "", " ", "7", "no", "\0", "\ud800", "naïve", 2.5, -1, -0.5, 0, 1, 10**12, 10**30, 1e308,
    float("nan"), float("inf"), True, None, [], ["abc"], [[1]], {}, {"abc": 1},
    {"_target_": "no.such.Thing"}, {"_target_": "harness.stack.Stack"}, "???",
]  # fmt: skip
WITH_MODELS = {
    f"pte/{name}.yaml" for name in ("model_judge", "verifier", "process_verifier", "teacher")
}
FILES = [
    path.relative_to(CONFIGS).as_posix()
    for path in sorted(CONFIGS.glob("*/*.yaml"))
    if "_target_" in path.read_text()
    and (path.parent.name != "model" or path.stem in ("smollm2_135m", "pocket_00080_a"))
]


def settings(file: str) -> DictConfig:
    """The settings of a shipped component, with what its file leaves open."""
    result = OmegaConf.load(CONFIGS / file)
    assert isinstance(result, DictConfig)
    result.pop("defaults", None)
    root = OmegaConf.load(CONFIGS / "config.yaml")
    assert isinstance(root, DictConfig)
    for key in ("limit", "data", "seed"):
        if OmegaConf.is_interpolation(result, key):
            result[key] = None if key == "data" else root[key]
    if "artefacts" in result:  # in the folder of runs, from the command's benchmarks
        result.update({"artefacts": "artefacts", "trained_on": ["toy"]})
    if file in WITH_MODELS:
        result.model = OmegaConf.load(CONFIGS / "model" / "smollm2_135m.yaml")
    for key in ("path", "file", "fetch"):
        if OmegaConf.is_missing(result, key):
            result[key] = "tests.fetchers.page"
    return result


def with_one(node: DictConfig, key: str, value: Any) -> DictConfig:
    plain: dict[str, Any] = OmegaConf.to_container(node)  # type: ignore[assignment]
    return OmegaConf.create({**plain, key: value})


def share(number: int) -> list[Any]:
    """The values that the field of this number is given: each third one, all with THOROUGH=1."""
    every = size(1, 3)
    return VALUES[number % every :: every]


def fields(node: DictConfig) -> Iterator[str]:
    yield from parameters(located(node._target_)).known


@pytest.mark.parametrize("file", FILES)
def test_what_ships_is_right(file: str) -> None:
    assert component_problems("it", settings(file)) == []


@pytest.mark.parametrize("file", FILES)
def test_any_value_is_refused_by_name_or_legal(file: str, tmp_path: Path) -> None:
    node = settings(file)
    for number, key in enumerate(fields(node), FILES.index(file)):
        for value in share(number):
            changed = with_one(node, key, value)
            problems = component_problems("it", changed)
            assert all(line.startswith(f"it.{key}") for line in problems), (key, value, problems)
            assert all("\n" not in line for line in problems)
            if not problems and file.startswith("pte/"):
                plan(changed, tmp_path)


def plan(node: DictConfig, folder: Path) -> None:
    """What is legal makes a plan, or one that is refused for what it says."""
    roles = ("solve", "judge", "test", "value", "reflect", "decompose", "implement")
    sampling = {role: Sampling() for role in (*roles, "ask", "translate")}
    setting = Setting("fake", sampling, 10_000, 0)
    with suppress(UserError):
        made = build("it", node)
        toy_plan(folder, [[], [made]], FakeConfig(), ToyBenchmark(), setting=setting)


@pytest.mark.parametrize("file", FILES)
def test_a_slip_of_the_keyboard_is_corrected(file: str) -> None:
    node = settings(file)
    for key in fields(node):
        if len(key) < 4:
            continue
        slip = key[:-2] + key[-1] + key[-2] if key[-1] != key[-2] else key + "s"
        problems = component_problems("it", with_one(node, slip, 1))
        message = [line for line in problems if line.startswith(f"it.{slip}: there is no such")]
        assert len(message) == 1, (slip, problems)
        assert f"did you mean {key}?" in message[0]


@pytest.fixture(scope="module")
def whole() -> DictConfig:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTE_TOY_WEIGHTS", "weights")
        return composed(TOY)


LATER = [name for name, each in parameters(Root).known.items() if not each.required]
"""What configurations that were stored before it came do not have."""
TOP = [*parameters(Root).known, *BLOCKS, SAMPLING, *MANY, *ONE]


@pytest.mark.parametrize("key", TOP)
def test_any_value_at_the_top_is_refused_by_name_or_legal(key: str, whole: DictConfig) -> None:
    block = key not in parameters(Root).known and key != "tracking"
    for value in share(TOP.index(key)):
        changed = copy(whole)
        OmegaConf.update(changed, key, value, merge=False)
        problems = problems_of(changed)
        assert all(key in line for line in problems), (value, problems)
        # Of a rehearsal every setting has a default, and a sweep may be of no PTE.
        assert problems or not block or (value == {} and key in ("pte", "rehearsal")), value


@pytest.mark.parametrize("key", [key for key in TOP if key not in LATER])
def test_nothing_at_the_top_may_be_missing(key: str, whole: DictConfig) -> None:
    changed = copy(whole)
    OmegaConf.set_struct(changed, False)
    del changed[key]
    assert f"{key} is not set" in problems_of(changed)


def test_every_top_level_setting_has_its_type() -> None:
    root = OmegaConf.load(CONFIGS / "config.yaml")
    assert isinstance(root, DictConfig)
    assert isinstance(root, DictConfig)
    assert {*root} - {"defaults", "hydra"} <= {*TOP}
