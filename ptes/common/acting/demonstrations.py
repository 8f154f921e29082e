"""Exemplars that use tools: what a tool comes to is what the stack's own tool says there.

An exemplar holds thoughts and actions. Its actions are carried out when it is first shown, searches
on the exemplar's own passages, so that no demonstration shows what the tools would not do: another
setting of a tool is another demonstration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from harness.contracts.attempt import Attempt
from harness.contracts.draw import Draw
from harness.contracts.passage import Corpus
from harness.contracts.problem import Exemplar
from harness.contracts.tool import Tool
from harness.solvers.tool_use import meant, preview, use

Call = tuple[str, str]
"""The name of a tool, and its argument."""


class Notation(Protocol):
    """A way of writing calls of tools in an exemplar."""

    @property
    def form(self) -> str:
        """The form of exemplars that is written so."""
        ...

    def calls(self, text: str) -> list[Call]:
        """The calls in a text, in order."""
        ...

    def with_results(self, text: str, results: Sequence[str]) -> str:
        """The text with what each of its calls came to, in place of any result in it."""
        ...


@dataclass(frozen=True)
class Demonstrations:
    """Shows how these tools are used."""

    tools: tuple[Tool, ...]
    notation: Notation
    _made: dict[str, str] = field(default_factory=dict, init=False, compare=False, repr=False)
    """By question, what local tools came to: the same for every attempt."""

    def possible(self, exemplars: Sequence[Exemplar]) -> bool:
        """Whether all exemplars have the form, and call no tool but these."""
        offered = {tool.name for tool in self.tools}
        return all(
            self.notation.form in each.forms and tools_called(each, self.notation) <= offered
            for each in exemplars
        )

    async def of(
        self, exemplars: Sequence[Exemplar], attempt: Attempt, draw: Draw
    ) -> tuple[Exemplar, ...]:
        """The exemplars with what their calls come to.

        Args:
            exemplars: all of which have the notation's form.
            attempt: that they are shown in, for tools that are not local: these are asked once a
                problem, at its own address.
            draw: of the attempt.
        """
        results = []
        for each in exemplars:
            text = await self._carried_out(each, attempt, draw)
            results.append(replace(each, forms={**each.forms, self.notation.form: text}))
        return tuple(results)

    async def _carried_out(self, exemplar: Exemplar, attempt: Attempt, draw: Draw) -> str:
        if exemplar.question in self._made:
            return self._made[exemplar.question]
        text = exemplar.forms[self.notation.form]
        calls, tools = self.notation.calls(text), _over_passages(self.tools, exemplar)
        if _all_local(calls, tools):
            written = self.notation.with_results(text, await _previewed(calls, tools, draw))
            self._made[exemplar.question] = written
            return written

        async def make(own: Draw) -> list[str]:
            done, results = replace(attempt, state={}), []
            for name, argument in calls:
                done, said = await use(tools, name, argument, done, own)
                results.append(said)
            return results

        shared = f"demonstration {self.notation.form} {exemplar.question}"
        return self.notation.with_results(text, await draw.shared(shared, make))


def tools_called(exemplar: Exemplar, notation: Notation) -> frozenset[str]:
    """Names of the tools that an exemplar calls."""
    return frozenset(name for name, _ in notation.calls(exemplar.forms[notation.form]))


def _over_passages(tools: Sequence[Tool], exemplar: Exemplar) -> tuple[Tool, ...]:
    """The tools as they would be over an exemplar's own passages, where it has any."""
    if not exemplar.passages:
        return tuple(tools)
    corpus = Corpus.of("an exemplar's passages", exemplar.passages)
    return tuple(tool.over(corpus) if tool.over else tool for tool in tools)


def _all_local(calls: Sequence[Call], tools: Sequence[Tool]) -> bool:
    found = [meant(tools, *call) for call in calls]
    return all(each.local for each in found if isinstance(each, Tool))


async def _previewed(calls: Sequence[Call], tools: Sequence[Tool], draw: Draw) -> list[str]:
    state: Mapping[str, Any] = {}
    results = []
    for name, argument in calls:
        state, said = await preview(tools, name, argument, state, draw)
        results.append(said)
    return results
