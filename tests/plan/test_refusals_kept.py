"""What was refused once is refused still: all pairs and triples of our PTEs, at several sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.contracts.benchmark import Task
from harness.contracts.pte import PTE, Capabilities
from harness.models.spec import SiblingCheckpoint
from harness.stack import Stack, refusal
from tests.plan.test_every_pair import BENCHMARKS, all_ptes
from tests.toys import ToyBenchmark, toy_model

GOLDEN = Path(__file__).with_name("refused.yaml")
"""Refused by site: PTEs alone, pairs that clash though each is legal alone, and how many of all
pairs and triples, with a hash of which. Written when every conflict was listed by name, before they
were derived from what a PTE declares of itself. Since then react thinks by itself: it is refused
beside chain_of_thought and with exemplars whose tools the stack has not, and its votes differ where
options are scored."""
LATER = {"plain", "verifier", "process_verifier", "self_generated_data", "teacher"}
"""PTEs that came later; `plain` is refused wherever a cue is put down, as in all of these sites."""
WHOLE = Capabilities(score=True, adapters=True)
BARE = Capabilities(score=False, adapters=False)


def sites() -> Iterator[tuple[str, Task, Capabilities, bool]]:
    """Name, task, engine, and whether decoding is greedy."""
    tasks = {name: BENCHMARKS[name].task() for name in ("questions", "options", "programs")}
    for name, task in tasks.items():
        yield name, task, WHOLE, False
    yield "sums", ToyBenchmark().task(), WHOLE, False
    yield "bare exemplars", ToyBenchmark(rationales=False).task(), WHOLE, False
    yield "uncountable", replace(tasks["questions"], votable=False), WHOLE, False
    yield "questions, no scores", tasks["questions"], BARE, False
    yield "options, greedy", tasks["options"], WHOLE, True


def refused(
    *,
    ptes: Mapping[str, PTE],
    model: Any,
    task: Task,
    engine: Capabilities,
    greedy: bool,
    size: int,
) -> list[str]:
    """The stacks of so many PTEs that cannot be used there."""
    results = []
    for chosen in combinations(sorted(ptes), size):
        stack = Stack.of(ptes[name] for name in chosen)
        if refusal(stack, stack.site(model, engine, task), greedy):
            results.append("+".join(chosen))
    return results


def described(ptes: Mapping[str, PTE], model: Any, site: tuple[Any, ...]) -> dict[str, Any]:
    """What is refused at a site, as the golden file has it."""
    task, engine, greedy = site
    one, two, three = (
        refused(ptes=ptes, model=model, task=task, engine=engine, greedy=greedy, size=n)
        for n in (1, 2, 3)
    )
    clashes = [pair for pair in two if not set(pair.split("+")) & set(one)]
    return {"alone": " ".join(one), "clashes": clashes, "two": _known(two), "three": _known(three)}


def _known(stacks: list[str]) -> str:
    return f"{len(stacks)} {blake2b(' '.join(stacks).encode(), digest_size=8).hexdigest()}"


def current(folder: Path) -> dict[str, dict[str, Any]]:
    """What is refused now, by site."""
    ptes = {name: pte for name, pte in all_ptes(folder).items() if name not in LATER}
    tuned = SiblingCheckpoint(str(folder / "tuned"))
    model = toy_model(folder / "weights", instruct_sibling=tuned)
    return {name: described(ptes, model, tuple(site)) for name, *site in sites()}


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return current(tmp_path_factory.mktemp("refused"))


@pytest.mark.parametrize("site", [name for name, *_ in sites()])
@pytest.mark.parametrize("part", ["alone", "clashes", "two", "three"])
def test_the_same_stacks_are_refused(now: dict[str, dict[str, Any]], site: str, part: str) -> None:
    assert now[site][part] == yaml.safe_load(GOLDEN.read_text())[site][part]
