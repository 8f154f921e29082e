"""Search and lookup as the ReAct paper has them, their state in the attempt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.engines.fake import FakeConfig
from harness.errors import UserError
from harness.stack import Stack, parameters
from ptes.tools.calculator import Calculator
from ptes.tools.defaults import default_tools
from ptes.tools.search import Search, search_tools
from tests.tool_toys import CORPUS, WithCorpus, observations, said
from tests.toys import CallTool, ToyBenchmark, toy_plan

TOOLS = search_tools(CORPUS)


def test_a_title_shows_the_first_sentences(tmp_path: Path) -> None:
    (result,) = said(tmp_path, TOOLS, "search", "river aare")
    assert result.startswith("The Aare is a river in Switzerland. It flows through Bern.")
    assert result.endswith("It is 288 km long.")


def test_no_such_title_names_similar_ones_and_finds_nothing(tmp_path: Path) -> None:
    seen, attempt = observations(tmp_path, TOOLS, [("search", "Aare"), ("lookup", "Bern")])
    assert seen[0] == "Could not find [Aare]. Similar: [River Aare, Aare Gorge]."
    assert "search for one first" in seen[1]
    assert attempt.state == {"page": None}


def test_words_of_no_title_name_the_titles_of_texts_that_hold_them(tmp_path: Path) -> None:
    assert said(tmp_path, TOOLS, "search", "Basel") == ["Could not find [Basel]. Similar: [Rhine]."]


def test_with_nearest_the_best_passage_is_shown(tmp_path: Path) -> None:
    tools = search_tools(CORPUS, sentences=1, nearest=True)
    seen = said(tmp_path, tools, "search", "what flows through Basel?", "qwerty")
    assert seen == [
        "The Rhine flows through Basel.",
        "Could not find [qwerty]. Similar: [].",
    ]


def test_lookup_goes_through_the_whole_passage_sentence_by_sentence(tmp_path: Path) -> None:
    calls = [("search", "River Aare"), *[("lookup", "bern")] * 3, ("lookup", "RHINE")]
    seen, _ = observations(tmp_path, TOOLS, [*calls, ("lookup", "bern"), ("lookup", "moon")])
    assert seen[1:] == [
        "(Result 1 / 2) It flows through Bern.",
        "(Result 2 / 2) In Bern people swim in it.",
        "No more results.",
        "(Result 1 / 1) It ends in the Rhine.",
        "(Result 1 / 2) It flows through Bern.",  # another word in between starts it anew
        "No results.",
    ]


def test_a_failed_search_keeps_the_page_and_a_new_one_turns_it(tmp_path: Path) -> None:
    calls = [("search", "Rhine"), ("search", "Bern"), ("lookup", "basel")]
    seen, _ = observations(tmp_path, TOOLS, [*calls, ("search", "River Aare"), ("lookup", "basel")])
    assert seen[2] == "(Result 1 / 1) The Rhine flows through Basel."
    assert seen[4] == "No results."


def test_another_corpus_is_never_served_what_this_one_found(tmp_path: Path) -> None:
    """Both calls share a journal, an attempt and an address."""
    (first,) = said(tmp_path, TOOLS, "search", "Rhine")
    (second,) = said(tmp_path, search_tools(CORPUS, sentences=1), "search", "Rhine")
    assert (first, second) == (
        "The Rhine flows through Basel. It is longer than the Aare.",
        "The Rhine flows through Basel.",
    )


def test_a_corpus_of_its_own_is_in_the_identity_by_content_alone() -> None:
    stack = Stack.of([Search(corpus=CORPUS)])
    assert CORPUS.sha256 in stack.config
    assert CORPUS.name not in stack.config
    assert parameters(Search())["corpus"] is None


def test_without_a_corpus_it_is_refused_with_the_mend(tmp_path: Path) -> None:
    def reasons(benchmark: ToyBenchmark, *ptes: Any) -> list[str]:
        plan, _ = toy_plan(tmp_path, [[], [*ptes]], FakeConfig(), benchmark)
        return [refused.reason for refused in plan.refusals]

    caller = type("Caller", (CallTool,), {"requires": frozenset()})()
    (reason,) = reasons(ToyBenchmark(), Search(), caller)
    assert "set pte.search.corpus.folder=FOLDER" in reason
    assert not reasons(WithCorpus(), Search(), caller)
    assert not reasons(ToyBenchmark(), Search(corpus=CORPUS), caller)
    (reason,) = reasons(WithCorpus(), Search())
    assert "no PTE of this stack calls tools" in reason


def test_default_tools_are_those_that_the_benchmark_names() -> None:
    assert [tool.name for tool in default_tools(WithCorpus().task())] == ["search", "lookup"]
    assert default_tools(ToyBenchmark().task()) == ()


def test_a_default_tool_that_is_not_known_is_an_error() -> None:
    with pytest.raises(UserError, match="names the tool oracle"):
        default_tools(replace(ToyBenchmark().task(), tools=("oracle",)))


def test_the_calculator_answers_or_says_why_not(tmp_path: Path) -> None:
    tools = Calculator().tools(ToyBenchmark().task())
    seen = said(tmp_path, tools, "calculator", "34 + 27", "1 / 0", "import os", " ")
    assert seen[:2] == ["61", "It divides by zero."]
    assert seen[2].startswith("This cannot be calculated: ")
    assert seen[3].startswith("calculator cannot take this: nothing was given")
