"""From samples to examples: what is kept, and the token ids that it is learned from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path

from harness.contracts.address import Address
from harness.contracts.benchmark import Task
from harness.contracts.problem import Problem
from harness.contracts.program import open_block
from harness.contracts.prompt import Prompt
from harness.contracts.pte import Slot
from harness.contracts.recipe import Keep
from harness.engines.chat_template import DATE
from harness.engines.rendering import Renderer
from harness.engines.tokenizer import CheckpointTokenizer
from harness.errors import UserError
from harness.models.resolve import Resolved
from harness.solvers.direct import DirectPolicy
from harness.solvers.rollout import Rollout
from harness.stack import Stack
from harness.training.samples import Sample

IGNORED = -100
"""Label of a token that the loss leaves out, as torch has it."""


@dataclass(frozen=True)
class Example:
    """A kept sample, ready for the file of examples."""

    benchmark: str
    problem: str
    question: str
    response: str
    score: float | None


@dataclass(frozen=True)
class Encoded:
    """An example as a model sees it."""

    ids: list[int]
    labels: list[int]
    """The ids that are learned, `IGNORED` elsewhere."""


def kept(samples: Iterable[Sample], keep: Keep, tasks: Mapping[str, Task]) -> list[Example]:
    """The samples that are learned from, in their order: by problem, then by draw.

    Args:
        samples: of one model.
        keep: says which.
        tasks: of the benchmarks, by name.
    """
    taken: dict[tuple[str, str], list[Example]] = {}
    for sample in samples:
        if not _wanted(sample, keep):
            continue
        response = _ended(sample.response, tasks[sample.benchmark])
        held = taken.setdefault((sample.benchmark, sample.problem), [])
        same = any(each.response == response and each.score == sample.score for each in held)
        if response.strip() and not same and len(held) < keep.most:
            held.append(
                Example(sample.benchmark, sample.problem, sample.question, response, sample.score)
            )
    return [example for held in taken.values() for example in held]


def _wanted(sample: Sample, keep: Keep) -> bool:
    if keep.by == "grader":
        return sample.score == 1.0
    return keep.by == "all" or sample.status == "answered"


def _ended(response: str, task: Task) -> str:
    """A response up to the end of the line of its last cue: what follows answers something else."""
    head, cue, answer = response.rpartition(task.cue) if task.cue else ("", "", response)
    return f"{head}{cue}{answer.partition(chr(10))[0]}".rstrip() if cue else response.rstrip()


def parted(examples: Sequence[Example], share: float, seed: int) -> tuple[list[Example], ...]:
    """Examples to train on, and those of the held-out problems: a share of them, by hash."""

    def rank(example: Example) -> str:
        text = f"{seed}|{example.benchmark}|{example.problem}"
        return blake2b(text.encode(), digest_size=8).hexdigest()

    problems = sorted({rank(each) for each in examples})
    held = set(problems[: round(share * len(problems))])
    train = [each for each in examples if rank(each) not in held]
    return train, [each for each in examples if rank(each) in held]


def text_of(examples: Iterable[Example]) -> str:
    """The file of examples: a row of JSON each."""
    return "".join(json.dumps(asdict(each), sort_keys=True) + "\n" for each in examples)


class Encoder:
    """Renders examples as the harness's own prompts with their replies, for one checkpoint."""

    def __init__(
        self,
        resolved: Resolved,
        stack: Stack,
        tasks: Mapping[str, Task],
        problems: Mapping[tuple[str, str], Problem],
        system: str | None = None,
        date: str = DATE,
    ) -> None:
        spec = resolved.spec
        tokenizer = CheckpointTokenizer(
            Path(spec.weights), spec.chat, date, remote_code=spec.remote_code
        )
        self._renderer = Renderer(tokenizer, spec.chat, system)
        self._end = tokenizer.raw.eos_token_id
        self._stack, self._tasks, self._problems = stack, tasks, problems

    def encode(self, example: Example) -> Encoded:
        """Ids of prompt and reply, of which the reply and the end after it are learned."""
        prompt = self._prompt(example)
        shown, _ = self._renderer.render(prompt)
        said = example.response
        program = bool(prompt.header) and not prompt.free
        direct = program and prompt.reasoning is None
        goes_on = said.startswith(prompt.header) if direct else prompt.header in said
        if program and not goes_on:
            raise UserError(
                f"a sample of {example.problem} does not go on with the function's header, and "
                "cannot be taught: sample with other PTEs"
            )
        if direct:  # the prompt ends in the header
            said = said.removeprefix(prompt.header)
            whole = shown + self._renderer.tokenizer.encode(said)
        else:
            if program:
                said = _with_block(said, prompt.header)
            if not self._renderer.chat and said[:1].isspace():  # as it was said, with no other
                whole = shown + self._renderer.tokenizer.encode(said)
            else:
                whole, _ = self._renderer.render(prompt, said)
        ids = [*whole, *([] if self._end is None else [self._end])]
        common = _common(shown, ids)
        return Encoded(ids, [IGNORED] * common + ids[common:])

    def _prompt(self, example: Example) -> Prompt:
        task = self._tasks[example.benchmark]
        rollout = Rollout(task, DirectPolicy(task), self._stack.filling(Slot.PROMPT))
        problem = self._problems[example.benchmark, example.problem]
        return rollout.start(problem, _Nowhere()).prompt  # type: ignore[arg-type]


def _with_block(said: str, header: str) -> str:
    """A rationale and its program as the model saw them, the block opened before the header."""
    reasons, _, body = said.rpartition(header)
    return f"{reasons}{open_block(header)}{body}"


@dataclass(frozen=True)
class _Nowhere:
    """The draw of a prompt that nobody is asked: its address, and no ear for who took part."""

    address: Address = field(default_factory=Address)

    def invoked(self, pte: str) -> None:
        """Take no note."""


def _common(shown: Sequence[int], whole: Sequence[int]) -> int:
    """How many leading ids two rows share."""
    pairs = enumerate(zip(shown, whole, strict=False))
    shorter = min(len(shown), len(whole))
    return next((place for place, (one, other) in pairs if one != other), shorter)
