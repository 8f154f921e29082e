"""The doctor's smoke run, for real on this machine's engines, and against engines that err."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from array import array
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from harness.doctor.contract import Asked, Status
from harness.engines.protocol import Completion, CompletionRequest, LoadRequest
from harness.engines.transformers import TransformersConfig
from harness.errors import UserError
from pocket.doctor import CHECKS, checks
from pocket.doctor.comparing import Comparison, parting
from pocket.doctor.session import MODEL, PROBLEMS, Session, session
from tests.thorough import THOROUGH

ROOT = Path(__file__).parents[2]
NAMES = [check.name for check in CHECKS]


def needs(package: str) -> None:
    if find_spec(package) is None and os.environ.get("CI") != "true":
        pytest.skip(f"{package} is not installed: see requirements/cpu.txt")


def test_outputs_part_where_they_first_differ() -> None:
    one = array("I", [1, 2, 3])
    assert parting(one, array("I", [1, 2, 3])) is None
    assert parting(one, array("I", [1, 9, 3])) == 1
    assert parting(one, array("I", [1, 2])) == 2


def test_only_a_near_tie_excuses_a_difference() -> None:
    tied = Comparison(same=14, margins=(1e-4, 1e-3), tokens=100, agreed=90)
    assert tied.wrong(exact=True) == 0
    assert "2 part at a near tie" in tied.told(exact=True)
    parted = replace(tied, margins=(1e-4, 0.1))
    assert parted.wrong(exact=True) == 1
    assert parted.wrong(exact=False) == 0
    assert "1 part where there is none" in parted.told(exact=True)


def test_an_engine_without_weights_cannot_be_tried() -> None:
    with pytest.raises(UserError, match="take engine=vllm"):
        Session.of(Asked(words=("engine=fake",)))


def test_the_number_format_is_the_user_s_where_it_was_given() -> None:
    words = ("engine=transformers",)
    assert Session.of(Asked(words=words)).exact
    assert not Session.of(Asked(words=(*words, "engine.dtype=bfloat16"))).exact


# Real engines


@pytest.mark.engine
def test_the_smoke_run_on_vllm(tmp_path: Path) -> None:
    needs("vllm")
    # Adapters take an engine of their own, and have their tests in test_real.py.
    names = NAMES if THOROUGH else [name for name in NAMES if name != "LoRA"]
    only = ["--only", ",".join(names), "--json", "found.json"]
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli.main", "doctor", *only],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "found.json").read_text())["checks"]
    assert [check["name"] for check in found] == names
    assert {check["status"] for check in found} == {"ok"}
    figures = {name: value for check in found for name, value in check["figures"].items()}
    assert figures["engine"] == "vllm"
    assert figures["tokens_per_second"] > figures["tokens_per_second_alone"] > 0
    assert figures["cached_share"] > 0.5
    assert not THOROUGH or figures["changed"] > PROBLEMS / 2


@pytest.fixture(scope="module")
def loaded() -> Iterator[tuple[Asked, Session]]:
    """A session with transformers, which loads in a second."""
    needs("transformers")
    asked = Asked(words=("engine=transformers", "engine.device=cpu"))
    here = session(asked)
    yield asked, here
    here.close()


@pytest.mark.engine
def test_the_smoke_run_on_transformers(loaded: tuple[Asked, Session]) -> None:
    asked, _ = loaded
    found = {check.name: check.run(asked) for check in CHECKS}
    skipped = [name for name, each in found.items() if each.status is Status.SKIP]
    assert skipped == ["prefix cache", "LoRA"]
    assert all(found[name].status is Status.OK for name in found if name not in skipped), found


Answers = Any


@pytest.fixture
def erring(
    loaded: tuple[Asked, Session], monkeypatch: pytest.MonkeyPatch
) -> tuple[Asked, Session, Any]:
    """The same with an engine under test whose answers a test can spoil; the reference is sound."""
    asked, here = loaded
    here.reference()
    engine = here.load()
    sound = engine.complete

    def spoil(change: Answers) -> None:
        async def complete(request: CompletionRequest) -> Completion:
            return change(request, await sound(request))  # type: ignore[no-any-return]

        monkeypatch.setattr(engine, "complete", complete)

    return asked, here, spoil


@pytest.mark.engine
def test_another_token_in_one_answer_is_found(erring: tuple[Asked, Session, Any]) -> None:
    asked, _, spoil = erring

    def change(request: CompletionRequest, said: Completion) -> Completion:
        if request.seed != 3:
            return said
        return replace(said, ids=array("I", [*said.ids[:4], (said.ids[4] + 1) % 50, *said.ids[5:]]))

    spoil(change)
    found = checks.greedy(asked)
    assert found.status is Status.FAIL
    assert f"{PROBLEMS - 1} of {PROBLEMS} greedy outputs are the same" in found.what
    assert "1 part where there is none" in found.what
    assert found.mend


@pytest.mark.engine
def test_log_likelihoods_that_are_off_are_found(
    erring: tuple[Asked, Session, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, here, _ = erring
    engine: Any = here.engine
    sound = engine.score

    async def score(request: Any) -> Any:
        result = await sound(request)
        return replace(result, logprob=result.logprob + 0.02)

    monkeypatch.setattr(engine, "score", score)
    found = checks.log_likelihoods(asked)
    assert found.status is Status.FAIL
    assert "0.02 at most, and 0.005 is allowed" in found.what


@pytest.mark.engine
def test_a_cache_that_gives_nothing_or_another_answer_is_found(
    erring: tuple[Asked, Session, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, here, spoil = erring
    monkeypatch.setattr(here, "config", object())  # as if it were an engine with a cache
    spoil(lambda request, said: replace(said, cached=0))
    found = checks.prefix_cache(asked)
    assert (found.status, found.what[:8]) == (Status.FAIL, "0 of 161")
    turn = iter(range(10))
    spoil(lambda request, said: replace(said, cached=192, ids=array("I", [next(turn)])))
    assert "another" in checks.prefix_cache(asked).what
    spoil(lambda request, said: replace(said, cached=192))
    assert checks.prefix_cache(asked).status is Status.OK


@pytest.mark.engine
def test_a_swap_that_does_not_bring_the_weights_back_is_found(
    erring: tuple[Asked, Session, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, here, _ = erring
    engine: Any = here.engine

    async def loaded_with(request: LoadRequest) -> Any:
        return await TransformersConfig(dtype="float32", device="cpu").load(request)

    def swapping(back: bool) -> Any:
        async def swap(request: LoadRequest) -> bool:
            if back or request.model.name != MODEL:
                engine._model = (await loaded_with(request))._model
            return True

        return swap

    monkeypatch.setattr(engine, "swap", swapping(back=True))
    assert checks.swap(asked).status is Status.OK
    monkeypatch.setattr(engine, "swap", swapping(back=False))
    found = checks.swap(asked)
    assert found.status is Status.FAIL
    assert "says something else" in found.what
