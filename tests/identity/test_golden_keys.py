"""The journal's keys, byte for byte: whoever changes one of these loses every draw ever paid for.

Do not mend a failure here by writing the new value down: mend what changed the key.
"""

from __future__ import annotations

import asyncio
from array import array
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.address import Address
from harness.contracts.attempt import Attempt
from harness.contracts.passage import Corpus, Passage
from harness.contracts.problem import Problem
from harness.contracts.prompt import Prompt
from harness.contracts.tool import Tool
from harness.draws.asker import (
    Asker,
    completion_key,
    execution_key,
    prompt_key,
    reward_key,
    score_key,
)
from harness.draws.attempt_draw import AttemptDraw
from harness.draws.role_model import RoleModel
from harness.draws.session import Session
from harness.engines.protocol import GREEDY, Identity, Sampling
from harness.engines.replay import ReplayConfig, prompt_sha
from harness.journal import Journal
from harness.models.reward_head import RewardHead
from harness.run.programs import SolversSandbox
from harness.solvers.tool_use import use
from pocket.corpus import fingerprint
from ptes.tools.browser import browser_tools
from ptes.tools.calculator import Calculator
from ptes.tools.calendar import calendar
from ptes.tools.search import search_tools

IDS = array("I", [1, 2, 3, 50_000])
HERE = Address().at("selection", 2).at("search", 1)
SAMPLING = Sampling(0.7, 0.95, 20)
CORPUS = Corpus.of("towns", [Passage("Ulm", ("Ulm lies on the Danube.", "It is old."))])


def role_model(sampling: Sampling = SAMPLING, adapter: str = "") -> RoleModel:
    who = Identity(
        weights="org/model@abc",
        adapter=adapter,
        dtype="bfloat16",
        quantisation="none",
        engine="vllm",
        version="0.11.0",
    )
    unused: Any = None  # no key asks the engine or renders a prompt
    return RoleModel(
        model="model",
        engine=unused,
        renderer=unused,
        identity=who,
        sampling=sampling,
        flop_per_token=2e9,
    )


def completion(stop: tuple[str, ...], **changes: Any) -> str:
    return completion_key(role_model(**changes), IDS, 64, stop, HERE).hex()


@pytest.mark.parametrize(
    ("made", "pinned"),
    [
        (completion(("\n",)), "9a3aaf8d1b93623eb9e131aeb8110b9e"),
        (completion(()), "21aa46b1fa61e928a2b2f51dfc28419d"),
        (
            completion(("\n\nQuestion:", "it's", 'a "b"', "é\t\x00")),
            "fc76ab816dd6081ada334685ef0f7064",
        ),
        (completion(("\n",), sampling=GREEDY), "ee4970fab54f5cbee1604412896ee7c7"),
        (completion(("\n",), sampling=Sampling(1, 1)), "3332454d51635ebc5239ab324b98f107"),
        (completion(("\n",), adapter="sha256:77"), "6ceee5fa05f8c6f756094dec7f54c26a"),
        (
            completion_key(role_model(), IDS, 64, ("\n",), Address()).hex(),
            "e32da28990ee691e4d594f9d872940a1",
        ),
    ],
)
def test_completions(made: str, pinned: str) -> None:
    assert made == pinned


def test_scores_prompts_and_executions() -> None:
    assert (
        score_key(role_model(), IDS, array("I", [7, 8])).hex() == "70e4c84f50bd3dc6a2a53a194af4fd16"
    )
    assert prompt_key(IDS).hex() == "d4eeaaab4b3ed4cfe9b35e4168c49c7c"
    assert prompt_sha(IDS) == "5cc17aa410c5b0f88cde941f845b7d20"
    made = execution_key("namespaces|x|Python 3", "asserts", "a = 1\n", ["assert a"]).hex()
    assert made == "a5ca0decc37bb5c045a0b44e816808f4"


@pytest.mark.parametrize(
    ("head", "at", "pinned"),
    [
        (RewardHead("outcome"), [3], "aa3c25b6e5ab16acb1db5c709a39736d"),
        (RewardHead("process", step="\n"), [1, 3], "082377130a6d055e0c66f95a4dfa6b3e"),
        (
            RewardHead("process", step=" +", returned=(648, 387)),
            [1, 3],
            "1cf7e46301f552b1a74d49334f69b026",
        ),
    ],
)
def test_rewards(head: RewardHead, at: list[int], pinned: str) -> None:
    """What is shown is in the ids; how it is read is in the head. Sampling touches neither."""
    for sampling in (SAMPLING, GREEDY):
        judge = replace(role_model(sampling), head=head)
        assert reward_key(judge, IDS, array("I", at)).hex() == pinned


def test_a_recording_is_known_by_its_content_as_before(tmp_path: Path) -> None:
    file = tmp_path / "said.jsonl"
    file.write_text('{"problem": "p", "role": "solve", "draw": 0, "text": "7"}\n')
    assert ReplayConfig(str(file)).identity("", "").version == sha256(file.read_bytes()).hexdigest()


def test_what_sandboxes_are_known_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.python_version", lambda: "3.12.1")

    class Box:
        tier = "landlock"

    assert SolversSandbox(Box()).identity == (  # type: ignore[arg-type]
        "landlock"
        "|Limits(cpu_seconds=0.25, wall_seconds=10.0, memory_bytes=1073741824, threads=32, "
        "file_bytes=16777216, output_bytes=4194304, timeouts=5)"
        "|Limits(cpu_seconds=3.0, wall_seconds=10.0, memory_bytes=1073741824, threads=32, "
        "file_bytes=16777216, output_bytes=4194304, timeouts=5)"
        "|Python 3.12.1"
    )


def handle(folder: Path) -> AttemptDraw:
    async def read(text: str) -> tuple[str | None, str | None]:
        return None, None

    session = Session(
        asker=Asker(Journal.open(folder)),
        role_models={},
        reader=read,
        benchmark="gsm8k",
        problem="gsm8k-00001",
        stack="react",
        window=2048,
    )
    return AttemptDraw(session, HERE)


def test_effects(tmp_path: Path) -> None:
    draw = handle(tmp_path)

    async def make() -> int:
        return 3

    async def both() -> None:
        await draw.effect("roll", {"b": [1, None], "a": 0.5}, make)
        await draw.effect("roll", {"b": [1, None], "a": 0.5}, make)

    asyncio.run(both())
    assert list(draw.session.draws) == [
        "8fcad3f4a1cf593765044e2d6b718ff7",
        "23b8a76653bfcb55db94de02710c6f85",
    ]


def tools() -> dict[str, Tool]:
    every = (
        *search_tools(CORPUS, 5, True),
        *browser_tools(CORPUS, 3),
        calendar("2024-01-01"),
        calendar(None),
        *Calculator().tools(None),  # type: ignore[arg-type]
    )
    return {f"{tool.name}/{tool.identity[-10:]}": tool for tool in every}


TOOLS = {
    "search/0f9|5|True": "ae166dca32207194b02a7b76e61aaad7",
    "lookup/0f9|5|True": "a39db205cfa866f682e290a5950e1a6d",
    "search/9|3|search": "ba347b9ab87fe5f216316c63d950fa43",
    "open/0f9|3|open": "9c86dbec9d6c1884f57c6b7921e3a4de",
    "find/0f9|3|find": "dafd65f59353d48a1fd3568fab719cc2",
    "quote/f9|3|quote": "4151b81a6ee4dca5c7ca977385467214",
    "scroll/9|3|scroll": "0346ffca0dfe2d8f7b54821c0b4996e6",
    "top/90f9|3|top": "1e53537fb5767f8ad1fd5e4767c31091",
    "back/0f9|3|back": "196347c04bc51c3496dc755a4b306152",
    "calendar/2024-01-01": "d0229c118be83e89f835e1af6e0fdc3a",
    "calendar/today=None": "eb345dbd8a90713575fa185690c79105",
    "calculator/": "8d7fb463813f4a3131ea560cca48e171",
}


def test_every_tool_of_ours_is_pinned() -> None:
    assert set(TOOLS) == set(tools())


@pytest.mark.parametrize("name", tools())
def test_tools(name: str, tmp_path: Path) -> None:
    draw, tool = handle(tmp_path), tools()[name]
    attempt = Attempt(Problem("p", "q"), Prompt("q"), HERE)
    asyncio.run(use([tool], tool.name, "Ulm", attempt, draw))
    assert list(draw.session.draws) == [TOOLS[name]]


def test_documents_of_the_pocket_ladder() -> None:
    assert fingerprint() == "dac3beaf9c239fc3"
