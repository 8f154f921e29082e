"""Parsel: describe smaller functions, write each several times, search the combinations.

Zelikman et al. 2022. The given function is one node of the decomposition; its implementations are
the stack's own programs, so that exemplars and reasoning shape them as they do without Parsel.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import ClassVar

from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.paper import PaperSettings
from harness.contracts.problem import Exemplar
from harness.contracts.program import FENCE, FunctionStub, fenced, function_of
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot, StackContext
from harness.contracts.rehearsal import RehearsalReply, RehearsalRequest
from harness.contracts.sampling import Sampling
from harness.contracts.solver import Policy
from harness.contracts.tool import Tool
from harness.ranges import Count
from harness.solvers.free import speak
from harness.solvers.rollout import Rollout
from harness.syntax import tree
from ptes.common.programs.execution import asks_no_program
from ptes.common.programs.own_tests import SAMPLING, own_tests, rehearsed_tests
from ptes.scaffolding.decomposition import Described, combinations, components, parsed

DECOMPOSE, IMPLEMENT = "decompose", "implement"
TESTS_EACH = 5
DECOMPOSITION_TOKENS = 200
BATCH = 8
"""Combinations that are run before the next ones are looked at."""
INSTRUCTION = (
    "Break the Python function into smaller ones. Write a line for each function: its name, its "
    "arguments in brackets, a colon, and what it returns. Begin with the given function; indent "
    "the functions that it calls below it."
)
EXAMPLE = Exemplar(
    'def steepest(heights):\n    """Return the place of the largest climb between neighbours."""',
    {
        "answer": "steepest(heights): the index of the largest climb\n"
        "    climbs(heights): the list of differences between neighbours\n"
        "    place_of_largest(numbers): the index of the largest number, the first of equals"
    },
)

"""Shows the form; our own, and the same for every problem."""
BODY = "Complete the Python function."


@dataclass(frozen=True, kw_only=True)
class ParselPolicy:
    """Proposes a whole program in one step."""

    inner: Policy
    task: Task
    k: int
    tests: int
    functions: int
    combinations: int

    async def propose(self, attempt: Attempt, draw: Draw) -> Attempt:
        """The combination of implementations that passes most constraints, the first of equals."""
        root = function_of(attempt.problem).entry_point
        plan = await self._decompose(attempt, draw)
        functions = parsed(plan, root, self.functions)
        helpers = [function for name, function in functions.items() if name != root]
        finished, implemented = await asyncio.gather(
            self._roots(attempt, functions, draw),
            asyncio.gather(*(self._implement(each, functions, draw) for each in helpers)),
        )
        programs = {each.name: texts for each, texts in zip(helpers, implemented, strict=True)}
        programs[root] = [each.answer for each in finished if each.answer is not None]
        if not programs[root]:
            return finished[0]
        constraints = await self._constraints(attempt, functions, draw)
        chosen: dict[str, str] = {}
        for names in components(functions, root):
            chosen |= await self._settle(names, programs, chosen, constraints, draw)
        # The root comes first: its header's imports serve the others.
        written = chosen.pop(root)
        author = next(each for each in finished if each.answer == written)
        program = _joined({root: written} | chosen)
        answer, canonical = await draw.read(program)
        return replace(
            attempt,
            response=program,
            steps=(*attempt.steps, plan, program),
            answer=answer,
            canonical=canonical,
            strict=None if author.strict is None else answer,
            finish=author.finish,
            cut=author.cut,
            status=AttemptStatus.NO_ANSWER if answer is None else AttemptStatus.ANSWERED,
        )

    async def _decompose(self, attempt: Attempt, draw: Draw) -> str:
        function = function_of(attempt.problem)
        prompt = Prompt(
            question=fenced(function.header),
            instruction=INSTRUCTION,
            role=DECOMPOSE,
            exemplars=(replace(EXAMPLE, question=fenced(EXAMPLE.question)),),
            notes=attempt.prompt.notes,
        )
        if self.task.free is not None:
            limits = replace(self.task.free, reply_tokens=DECOMPOSITION_TOKENS)
            shown = draw.show(replace(prompt, free=True, direct=False))
            return (await speak(shown, limits, draw))[0]
        shown = draw.show(prompt, first_line(function))
        reply = await draw.complete(shown, DECOMPOSITION_TOKENS, ("\n\n", FENCE, "\ndef"))
        return f"{first_line(function)}{reply.text}"

    async def _roots(
        self, attempt: Attempt, functions: dict[str, Described], draw: Draw
    ) -> list[Attempt]:
        """Finished attempts at the given function, its helpers being told in a note."""
        root = function_of(attempt.problem).entry_point
        notes = (*attempt.prompt.notes, *_callees_note(functions[root], functions))
        message = replace(attempt, prompt=replace(attempt.prompt, notes=notes))
        rollout = Rollout(self.task, self.inner, prompting=())
        places = (draw.at("policy", n) for n in range(self.k))
        return list(await asyncio.gather(*(rollout.solve(message, place) for place in places)))

    async def _implement(
        self, function: Described, functions: dict[str, Described], draw: Draw
    ) -> list[str]:
        prompt = Prompt(
            question=function.header,
            instruction=BODY,
            role=IMPLEMENT,
            header=function.header,
            notes=_callees_note(function, functions),
        )
        places = (draw.at("policy", n) for n in range(self.k))
        return await asyncio.gather(*(self._written(function, prompt, place) for place in places))

    async def _written(self, function: Described, prompt: Prompt, draw: Draw) -> str:
        """One implementation, as the benchmark's rule reads it; it fails where none was written."""
        free, header = self.task.free, function.header
        if free is None:
            context = draw.show(prompt)
            reply = await draw.complete(context, self.task.answer_tokens, self.task.stops)
            said = f"{header}{reply.text}"
        else:
            said, _ = await speak(draw.show(replace(prompt, free=True)), free, draw)
        stub = FunctionStub(function.name, header, header, ())
        reading, _ = await draw.read_program(said, stub)
        return f"{header}\n    pass" if reading is None else reading.program

    async def _constraints(
        self, attempt: Attempt, functions: dict[str, Described], draw: Draw
    ) -> dict[str, tuple[str, ...]]:
        function = function_of(attempt.problem)
        written = await own_tests(
            attempt.problem, draw, self.tests, TESTS_EACH, free=self.task.free
        )
        own = tuple(line for sample in written for line in sample)
        asserts = {name: each.asserts for name, each in functions.items()}
        return asserts | {function.entry_point: (*function.examples, *own)}

    async def _settle(
        self,
        names: tuple[str, ...],
        programs: dict[str, list[str]],
        settled: dict[str, str],
        constraints: dict[str, tuple[str, ...]],
        draw: Draw,
    ) -> dict[str, str]:
        """One implementation of each of these functions, chosen together."""
        # Equal implementations would be equal combinations.
        distinct = [list(dict.fromkeys(programs[name])) for name in names]
        tests = tuple(line for name in names for line in constraints[name])
        choices = iter(combinations(tuple(map(len, distinct)), self.combinations))
        most, best = -1, dict[str, str]()
        while batch := list(islice(choices, BATCH)):
            made = [
                dict(zip(names, (d[n] for d, n in zip(distinct, choice, strict=True)), strict=True))
                for choice in batch
            ]
            ran = await asyncio.gather(*(draw.check(_joined(m | settled), tests) for m in made))
            for passed, each in zip(map(sum, ran), made, strict=True):
                if passed > most:
                    most, best = passed, each
            if most == len(tests):
                break
        return best


def first_line(function: FunctionStub) -> str:
    """How a decomposition begins: the given function with its arguments, up to the colon."""
    for node in ast.walk(tree(f"{function.header}\n    pass")):
        if isinstance(node, ast.FunctionDef) and node.name == function.entry_point:
            return f"{node.name}({', '.join(each.arg for each in node.args.args)}):"
    return f"{function.entry_point}:"


def _callees_note(function: Described, functions: dict[str, Described]) -> tuple[str, ...]:
    lines = [functions[name].line for name in function.calls if name != function.name]
    return ("\n".join(["These functions are there to be called:", *lines]),) if lines else ()


def _joined(programs: dict[str, str]) -> str:
    return "\n\n\n".join(programs.values())


@dataclass(frozen=True)
class Parsel(PTE):
    """Decomposes, writes every function `k` times, and searches at most `combinations` of them.

    `tests` is the number of samples of tests of its own; `functions` the most that a decomposition
    may have, the given one included.
    """

    k: Count = 8
    tests: Count = 1
    functions: Count = 4
    combinations: Count = 100

    name: ClassVar[str] = "parsel"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Zelikman et al. 2022",
        beside="it draws several decompositions, each implemented several times, about 32 times "
        "the base's work on HumanEval; ours draws one decomposition, so no number of it is ours",
    )
    needs_sampling: ClassVar[bool] = True
    replaces: ClassVar[frozenset[Slot]] = frozenset({Slot.POLICY})
    role_sampling: ClassVar[Mapping[str, Sampling]] = {
        **SAMPLING,
        DECOMPOSE: Sampling(0.7),
        IMPLEMENT: Sampling(0.7),
    }
    signals: ClassVar[frozenset[str]] = frozenset({"own_tests", "visible_tests"})

    def with_share(self, share: float) -> Parsel:
        return replace(self, k=min(self.k, max(2, int(self.k * share))))

    def fills_row(self, task: Task) -> str | None:
        # Without several functions, or several programs of each, nothing is combined.
        combines = min(self.k, self.functions, self.combinations) > 1
        return self.name if combines else None

    def applies_to(self, site: StackContext) -> str | None:
        return asks_no_program(self.name, site)

    def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        return ParselPolicy(
            inner=inner,
            task=task,
            k=self.k,
            tests=self.tests,
            functions=self.functions,
            combinations=self.combinations,
        )

    def rehearsal_reply(self, asked: RehearsalRequest) -> RehearsalReply | None:
        """Tests; and a decomposition with one helper, at worst with as many as there may be."""
        if asked.role != DECOMPOSE:
            return rehearsed_tests(asked)
        helpers = self.functions - 1 if asked.full else min(1, self.functions - 1)
        lines = (f"    part_{n}(value): what part {n} of it comes to" for n in range(helpers))
        return RehearsalReply(opens="\n".join([" what it says", *lines]))
