"""On the engine without weights every PTE of ours walks its paths, with tools and programs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.pte import PTE
from harness.engines.protocol import Sampling
from harness.engines.weightless.config import WeightlessConfig
from harness.models.spec import SiblingCheckpoint
from harness.plan.cell import Setting
from tests.plan.test_every_pair import TRAINED, InTurns, Questions, all_ptes
from tests.program_toys import ToyPrograms
from tests.toys import toy_model, toy_runner

TOOLS = ("ask", "calculator", "calendar", "python", "search", "translate", "web")
REASONED = (
    *("program_verifier", "verifier", "process_verifier", "model_judge", "self_consistency"),
)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The records of each PTE, with what it needs beside it, on questions and on programs."""
    folder = tmp_path_factory.mktemp("weightless")
    ptes = all_ptes(folder)
    ptes["model_judge"] = replace(ptes["model_judge"], model=toy_model(folder / "j", "judge"))  # type: ignore[type-var]
    stacks: list[list[PTE]] = []
    for name, pte in ptes.items():
        beside = [ptes["toolformer"]] if name in TOOLS else []
        beside += [ptes["chain_of_thought"]] if name in REASONED else []
        stacks.append([pte, *beside])
    roles = {r: s for pte in ptes.values() for r, s in pte.role_sampling.items()}
    tuned = SiblingCheckpoint(str(toy_model(folder / "tuned", "tuned").weights))
    result: list[dict[str, Any]] = []
    for benchmark in (Questions(size=6), InTurns(size=2), ToyPrograms(size=3)):
        runner = toy_runner(
            folder / benchmark.name,
            stacks,
            WeightlessConfig(),
            benchmark,
            models=[toy_model(folder / "weights", instruct_sibling=tuned)],
            setting=Setting("fake", {"solve": Sampling(), **roles}, 100_000, 0),
            budget=None,
        )
        asyncio.run(runner.run())
        frame = runner.records.frame().astype(object)
        result += frame.where(frame.notna(), None).to_dict("records")  # type: ignore[arg-type]
    return result


def test_every_pte_takes_part_and_nothing_fails(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    invoked = {name for row in rows for name in row["invoked"]}
    assert invoked == set(all_ptes(tmp_path)) - TRAINED  # those wait for an artefact
    message = [(row["stack"], row["status"], row["cell_error"], row["error"]) for row in rows]
    assert [each for each in message if each[1] not in ("answered", "no_answer") or each[2]] == []
    assert sum(row["status"] == "answered" for row in rows) > 0.8 * len(rows)


def test_tools_and_programs_run(rows: list[dict[str, Any]]) -> None:
    calls = {call for row in rows for each in row["called"] for call in each["calls"]}
    assert {"tool:search", "sandbox"} <= calls
    assert len([call for call in calls if call.startswith("tool:")]) > 3
    verdicts = {row["verdict"] for row in rows if row["readout"] == "program"}
    assert "failed" in verdicts
