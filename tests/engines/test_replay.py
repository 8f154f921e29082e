"""Recorded completions: which line answers which request, and what is said when none does."""

from __future__ import annotations

import asyncio
import json
import os
import re
from array import array
from collections.abc import Mapping
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import pytest

from benchmarks.numeric import lenient_number
from benchmarks.word_problems import GSM8K
from harness.contracts.address import Address
from harness.contracts.pte import PTE
from harness.engines.protocol import (
    CompletionRequest,
    LoadRequest,
    LogLikelihoodRequest,
    RewardRequest,
    Sampling,
    Tag,
)
from harness.engines.recordings import plain_words
from harness.engines.replay import ReplayConfig, prompt_sha
from harness.engines.tokenizer import ByteTokenizer
from harness.errors import EngineError, UserError
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import ToyBenchmark, toy_model, toy_plan, toy_run

IDS = ByteTokenizer().encode("What is 1 + 1?")


def row(**fields: Any) -> dict[str, Any]:
    return {"problem": "toy-0", "role": "solve", "draw": 0, "text": " 0."} | fields


def recorded(folder: Path, *rows: Mapping[str, Any] | str) -> ReplayConfig:
    path = folder / "recorded.jsonl"
    lines = [each if isinstance(each, str) else json.dumps(each) for each in rows]
    path.write_text("\n".join(lines) + "\n")
    return ReplayConfig(str(path))


def ask(folder: Path, config: ReplayConfig, **changes: Any) -> str:
    tag: dict[str, Any]
    tag = {"problem": "toy-0", "role": "solve", "address": Address(), "step": 0, "stack": "base"}
    tag |= {name: changes.pop(name) for name in list(changes) if name in tag}
    fields: dict[str, Any] = {
        "ids": IDS,
        "sampling": Sampling(),
        "max_tokens": 8,
        "stop": (),
        "seed": 0,
    }
    request = CompletionRequest(**(fields | changes), tag=Tag(**tag))

    async def complete() -> str:
        engine = await config.load(LoadRequest(toy_model(folder / "weights"), (), 1000))
        answer = await engine.complete(request)
        assert answer.ids == ByteTokenizer().encode(answer.text)
        return answer.text

    return asyncio.run(complete())


def draw(n: int) -> Address:
    return Address().at("selection", n)


class TestServing:
    """One request to the engine."""

    def test_the_bare_form_serves_draws_by_selection_index(self, tmp_path: Path) -> None:
        config = recorded(tmp_path, *(row(draw=n, text=f"said {n}") for n in range(3)))
        assert [ask(tmp_path, config, address=draw(n)) for n in range(3)] == [
            "said 0",
            "said 1",
            "said 2",
        ]

    def test_problem_and_role_choose_the_line(self, tmp_path: Path) -> None:
        config = recorded(
            tmp_path,
            row(text="solved"),
            row(role="judge", text="judged"),
            row(problem="toy-1", text="another"),
        )
        assert ask(tmp_path, config) == "solved"
        assert ask(tmp_path, config, role="judge") == "judged"
        assert ask(tmp_path, config, problem="toy-1") == "another"

    @pytest.mark.parametrize(
        ("one", "other", "asked"),
        [
            ({"stack": "base"}, {"stack": "few_shot"}, {"stack": "few_shot"}),
            ({"step": 0}, {"step": 1}, {"step": 1}),
            ({}, {"address": "search=1"}, {"address": Address().at("search", 1)}),
            ({"prompt_sha": "0" * 32}, {"prompt_sha": prompt_sha(IDS)}, {}),
            (
                {"sampling": {"temperature": 0.7}},
                {"sampling": {"temperature": 0.0}},
                {"sampling": Sampling(temperature=0.0)},
            ),
        ],
        ids=["stack", "step", "address", "prompt_sha", "sampling"],
    )
    def test_an_optional_field_must_match(
        self, tmp_path: Path, one: dict[str, Any], other: dict[str, Any], asked: dict[str, Any]
    ) -> None:
        config = recorded(tmp_path, row(text="one", **one), row(text="other", **other))
        assert ask(tmp_path, config, **asked) == "other"
        alone = recorded(tmp_path, row(text="one", **one))
        with pytest.raises(EngineError, match="has no recorded completion"):
            ask(tmp_path, alone, **asked)

    def test_an_address_stands_for_itself_whatever_the_draw(self, tmp_path: Path) -> None:
        config = recorded(tmp_path, row(draw=7, address="replicate=1,selection=2", text="there"))
        there = Address().at("replicate", 1).at("selection", 2)
        assert ask(tmp_path, config, address=there) == "there"

    def test_a_missing_line_is_named_in_full(self, tmp_path: Path) -> None:
        config = recorded(tmp_path, row())
        with pytest.raises(EngineError) as caught:
            ask(tmp_path, config, address=draw(3))
        for part in ("recorded.jsonl", "'toy-0'", "'solve'", "selection=3", "'base'"):
            assert part in str(caught.value)
        assert prompt_sha(IDS) in str(caught.value)

    def test_the_first_draw_is_called_draw_0(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match="address 'draw 0'"):
            ask(tmp_path, recorded(tmp_path, row(draw=1)))

    def test_ambiguous_lines_are_named_by_number(self, tmp_path: Path) -> None:
        config = recorded(tmp_path, row(), row(draw=1), row(text="again"))
        with pytest.raises(EngineError, match=r"lines 1, 3 all answer to problem 'toy-0'"):
            ask(tmp_path, config)

    def test_there_are_no_log_likelihoods(self, tmp_path: Path) -> None:
        config = recorded(tmp_path, row())
        assert not config.capabilities.score
        tag = Tag("toy-0", "solve", Address(), 0, "base")

        async def score() -> None:
            engine = await config.load(LoadRequest(toy_model(tmp_path / "weights"), (), 1000))
            await engine.score(LogLikelihoodRequest(IDS, IDS, tag))

        with pytest.raises(EngineError, match="no log-likelihoods"):
            asyncio.run(score())


class TestFile:
    """What is wrong with a file is said with its line."""

    @pytest.mark.parametrize("field", ["problem", "role", "draw", "text"])
    def test_a_missing_field_is_named_with_its_line(self, tmp_path: Path, field: str) -> None:
        broken = {name: value for name, value in row().items() if name != field}
        config = recorded(tmp_path, row(), "", broken)
        with pytest.raises(UserError, match=rf"recorded\.jsonl, line 3: field '{field}'"):
            _ = config.recording

    @pytest.mark.parametrize(
        "line",
        [
            "{not json",
            "[1, 2]",
            '"text"',
            json.dumps(row(draw="0")),
            json.dumps(row(draw=-1)),
            json.dumps(row(address="nowhere=1")),
            json.dumps(row(address=3)),
        ],
    )
    def test_a_bad_line_is_named(self, tmp_path: Path, line: str) -> None:
        with pytest.raises(UserError, match=r"recorded\.jsonl, line 2"):
            _ = recorded(tmp_path, row(), line).recording

    def test_an_absent_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"nothing\.jsonl cannot be read"):
            _ = ReplayConfig(str(tmp_path / "nothing.jsonl")).recording

    def test_an_empty_file_is_refused_before_the_run(self, tmp_path: Path) -> None:
        reason = recorded(tmp_path, "").check([toy_model(tmp_path / "weights")], 1000)
        assert reason is not None
        assert "holds no recorded completion" in reason

    def test_the_identity_is_the_files_content(self, tmp_path: Path) -> None:
        before = recorded(tmp_path, row()).identity("any weights", "")
        assert recorded(tmp_path, row()).identity("other weights", "") == before
        assert recorded(tmp_path, row(text=" 1.")).identity("any weights", "") != before


Rows = dict[Any, dict[Any, Any]]
"""By stack and problem."""


class TestPlan:
    """Bare lines cannot tell prompts apart, so a sweep over several prompts needs more."""

    STACKS: ClassVar[tuple[list[PTE], ...]] = ([], [FewShot(k=2)])

    def test_several_prompts_with_bare_lines_are_refused(self, tmp_path: Path) -> None:
        config = recorded(tmp_path, row(stack="base"), row(draw=1))
        with pytest.raises(UserError, match=r"line 2 of .* which stack .* 2 different prompts"):
            toy_plan(tmp_path, self.STACKS, config)

    @pytest.mark.parametrize("field", ["stack", "prompt_sha"])
    def test_lines_that_say_which_prompt_are_accepted(self, tmp_path: Path, field: str) -> None:
        config = recorded(tmp_path, row(**{field: "base"}))
        plan, _ = toy_plan(tmp_path, self.STACKS, config)
        assert len(plan.cells) == 2

    def test_selection_alone_shows_one_prompt(self, tmp_path: Path) -> None:
        config = recorded(tmp_path, row())
        plan, _ = toy_plan(tmp_path, [[], [SelfConsistency(n=3)]], config)
        assert len(plan.cells) == 2


class TestRun:
    """Whole toy runs on recorded completions."""

    def rows(self, folder: Path, stacks: Any, config: ReplayConfig, limit: int) -> Rows:
        runner = toy_run(folder, stacks, config, ToyBenchmark(limit=limit))
        frame = runner.records.frame()
        return frame.set_index(["stack", "problem"]).to_dict("index")

    def test_the_vote_submits_the_majority_of_recorded_draws(self, tmp_path: Path) -> None:
        # The right answers are 0 and 2; the first draw of toy-1 is wrong, its vote is right.
        votes = {"toy-0": "00550", "toy-1": "72212"}
        rows = [
            row(problem=problem, draw=n, text=f" {digit}.")
            for problem, digits in votes.items()
            for n, digit in enumerate(digits)
        ]
        config = recorded(tmp_path, *rows)
        result = self.rows(tmp_path, [[], [SelfConsistency(n=5)]], config, 2)
        assert result["base", "toy-0"]["answer"] == "0"
        assert result["base", "toy-1"]["answer"] == "7"
        assert result["self_consistency", "toy-0"]["answer"] == "0"
        assert result["self_consistency", "toy-1"]["answer"] == "2"
        assert result["self_consistency", "toy-1"]["score"] == 1.0
        weights = [c["weight"] for c in result["self_consistency", "toy-1"]["candidates"]]
        assert weights == [1.0, 3.0, 3.0, 1.0, 3.0]

    def test_a_missing_line_fails_its_attempt_alone(self, tmp_path: Path) -> None:
        result = self.rows(tmp_path, [[]], recorded(tmp_path, row()), 2)
        assert result["base", "toy-0"]["status"] == "answered"
        failed = result["base", "toy-1"]
        assert failed["status"] == "error"
        assert pd.isna(failed["score"])
        for part in ("'toy-1'", "'solve'", "draw 0"):
            assert part in failed["error"]

    def test_ambiguous_lines_fail_their_attempt_alone(self, tmp_path: Path) -> None:
        config = recorded(tmp_path, row(), row(text=" 9."), row(problem="toy-1", text=" 2."))
        result = self.rows(tmp_path, [[]], config, 2)
        assert "lines 1, 2" in result["base", "toy-0"]["error"]
        assert result["base", "toy-1"]["score"] == 1.0

    def test_a_missing_draw_is_left_out_of_the_vote(self, tmp_path: Path) -> None:
        rows = [row(draw=n, text=f" {digit}.") for n, digit in enumerate("500")]
        result = self.rows(tmp_path, [[SelfConsistency(n=4)]], recorded(tmp_path, *rows), 1)
        voted = result["self_consistency", "toy-0"]
        assert voted["answer"] == "0"
        assert [c["status"] for c in voted["candidates"]] == ["answered"] * 3 + ["error"]
        assert "selection=3" in voted["candidates"][3]["error"]

    def test_raw_text_is_cut_at_stop_strings_before_it_is_read(self, tmp_path: Path) -> None:
        texts = (" none\n7", "Question: 7\nQuestion: 8", " 2, which is 1 + 1.\nQuestion: 9?")
        rows = [row(problem=f"toy-{n}", text=text) for n, text in enumerate(texts)]
        result = self.rows(tmp_path, [[]], recorded(tmp_path, *rows), 3)
        answers = [result["base", f"toy-{n}"]["answer"] for n in range(3)]
        assert pd.isna(answers[0])
        assert answers[1:] == ["7", "2"]
        assert result["base", "toy-0"]["status"] == "no_answer"
        assert result["base", "toy-0"]["score"] == 0.0

    def test_a_rationale_and_its_answer_are_two_steps(self, tmp_path: Path) -> None:
        config = recorded(
            tmp_path,
            row(step=0, text="Nothing and nothing, 99 times."),
            row(step=1, text=" 0."),
            row(problem="toy-1", text="1 and 1. The answer is 2.\nQuestion: 5?"),
        )
        result = self.rows(tmp_path, [[ChainOfThought()]], config, 2)
        assert result["chain_of_thought", "toy-0"]["answer"] == "0"
        assert result["chain_of_thought", "toy-0"]["calls"] == 2
        assert result["chain_of_thought", "toy-1"]["answer"] == "2"
        assert result["chain_of_thought", "toy-1"]["calls"] == 1

    def test_lines_are_told_apart_by_their_stack(self, tmp_path: Path) -> None:
        config = recorded(
            tmp_path, row(stack="base", text=" 1."), row(stack="few_shot", text=" 0.")
        )
        result = self.rows(tmp_path, [[], [FewShot(k=2)]], config, 1)
        assert result["base", "toy-0"]["answer"] == "1"
        assert result["few_shot", "toy-0"]["answer"] == "0"

    def test_a_changed_file_is_asked_anew(self, tmp_path: Path) -> None:
        first = self.rows(tmp_path, [[]], recorded(tmp_path, row()), 1)
        (tmp_path / "run").rename(tmp_path / "before")
        second = self.rows(tmp_path, [[]], recorded(tmp_path, row(text=" 4.")), 1)
        assert first["base", "toy-0"]["answer"] == "0"
        assert second["base", "toy-0"]["answer"] == "4"

    def test_no_weights_are_looked_for(self, tmp_path: Path) -> None:
        absent = toy_model(tmp_path / "weights", weights="/no/such/folder")
        config = recorded(tmp_path, row())
        runner = toy_run(
            tmp_path,
            [[]],
            config,
            ToyBenchmark(limit=1),
            models=[absent],
        )
        frame = runner.records.frame()
        assert list(frame["score"]) == [1.0]
        assert list(frame["revision"]) == ["none"]

    def test_costs_are_counted_in_bytes(self, tmp_path: Path) -> None:
        result = self.rows(tmp_path, [[]], recorded(tmp_path, row(text=" nil €")), 1)
        assert result["base", "toy-0"]["token_unit"] == "byte"
        assert result["base", "toy-0"]["generated_tokens"] == len(" nil €".encode())


def scored(folder: Path, config: ReplayConfig, at: int = 1, **tag: Any) -> tuple[float, ...]:
    said: dict[str, Any]
    said = {"problem": "toy-0", "role": "verifier", "address": Address(), "step": 0}
    asked = RewardRequest(IDS, array("I", range(at)), Tag(**(said | {"stack": "base"} | tag)))

    async def reward() -> tuple[float, ...]:
        engine = await config.load(LoadRequest(toy_model(folder / "weights"), (), 1000))
        return (await engine.reward(asked)).values

    return asyncio.run(reward())


class TestScores:
    """A verifier's scores in a recording."""

    def test_those_of_a_line_are_found_by_role_and_address(self, tmp_path: Path) -> None:
        rewards = {"verifier": 0.75, "process_verifier": [0.5, 0.9]}
        config = recorded(tmp_path, row(), row(draw=1, rewards=rewards))
        assert config.capabilities.reward
        assert scored(tmp_path, config, address=draw(1)) == pytest.approx((log(3),))
        steps = scored(tmp_path, config, 2, role="process_verifier", address=draw(1))
        assert steps == pytest.approx((0.0, log(9)))
        with pytest.raises(EngineError, match="the verifier's score"):
            scored(tmp_path, config, address=draw(0))
        with pytest.raises(EngineError, match="holds 2 scores, and 3 are asked for"):
            scored(tmp_path, config, 3, role="process_verifier", address=draw(1))

    def test_what_is_no_probability_is_refused_unless_the_scale_says_so(
        self, tmp_path: Path
    ) -> None:
        config = recorded(tmp_path, row(rewards={"verifier": 4.5}))
        with pytest.raises(EngineError, match=r"engine\.scale=logit"):
            scored(tmp_path, config)
        assert scored(tmp_path, replace(config, scale="logit")) == (4.5,)

    def test_a_recording_without_any_serves_no_verifier(self, tmp_path: Path) -> None:
        assert not recorded(tmp_path, row()).capabilities.reward


class TestALineAProblem:
    """Anybody's own file, its fields named."""

    ASKED = "What is  1 + 1?"
    ROW: ClassVar[dict[str, Any]] = {
        "q": ASKED,
        "base": {"text": " 1."},
        "best": {"text": " 2."},
        "more": [{"text": " 3.", "p": 0.2}, {"text": " 4.", "p": 0.8}],
    }

    def config(self, folder: Path, *rows: Mapping[str, Any], **fields: Any) -> ReplayConfig:
        made = recorded(folder, *rows)
        return ReplayConfig(made.file, **({"question": "q"} | fields))

    def test_draws_and_the_one_that_was_chosen(self, tmp_path: Path) -> None:
        other = self.ROW | {"q": "What is 1 + 1? And 2?", "best": {"text": " 9."}}
        config = self.config(tmp_path, self.ROW, other, draws=("base.text", "best.text"), chosen=1)
        assert [ask(tmp_path, config, address=draw(n)) for n in range(2)] == [" 1.", " 2."]
        values = [scored(tmp_path, config, address=draw(n)) for n in range(2)]
        assert values[0] < values[1]

    def test_the_words_that_were_chosen_are_so_wherever_they_stand(self, tmp_path: Path) -> None:
        same = self.ROW | {"base": {"text": " 2.\n"}}
        fields = ("base.text", "more.*.text", "best.text")
        config = self.config(tmp_path, same, draws=fields, chosen=3)
        first, other, _, last = (scored(tmp_path, config, address=draw(n)) for n in range(4))
        assert first == last > other

    def test_lists_of_samples_with_their_scores(self, tmp_path: Path) -> None:
        config = self.config(tmp_path, self.ROW, draws=("more.*.text",), rewards=("more.*.p",))
        assert [ask(tmp_path, config, address=draw(n)) for n in range(2)] == [" 3.", " 4."]
        assert scored(tmp_path, config, address=draw(1)) == pytest.approx((log(4),))

    def test_other_fields_are_other_draws(self, tmp_path: Path) -> None:
        one = self.config(tmp_path, self.ROW, draws=("base.text",))
        other = self.config(tmp_path, self.ROW, draws=("best.text",))
        assert one.identity("", "").version != other.identity("", "").version

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"draws": ("base.words",)}, "line 1: it has no field base.words"),
            ({"draws": ("base",)}, "holds dict, not str"),
            ({"draws": ("base.text",), "chosen": 3}, "engine.chosen is 3, and it holds 1 draws"),
            (
                {"draws": ("more.*.text",), "rewards": ("base.text",)},
                "hold 1 values, and 2 are wanted",
            ),
        ],
    )
    def test_what_is_not_there_is_named(
        self, fields: dict[str, Any], message: str, tmp_path: Path
    ) -> None:
        with pytest.raises(UserError, match=re.escape(message)):
            self.config(tmp_path, self.ROW, **fields).recording.scored  # noqa: B018

    def test_settings_that_do_not_go_together(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="go together"):
            ReplayConfig("x", question="q")
        with pytest.raises(UserError, match=r"of files that engine\.draws reads"):
            ReplayConfig("x", chosen=1)


PUBLISHED = {"6b": (286, 515), "175b": (458, 742)}
"""Right answers of 1,319 without and with the verifier, as the file's own labels count them."""


@pytest.mark.parametrize("who", PUBLISHED)
def test_openais_solutions_give_their_published_counts(who: str) -> None:
    """Read and graded by the benchmark's rules, solution by solution."""
    folder = os.environ.get("PTE_DATA", "nowhere")
    file = Path(folder) / "recordings" / "gsm8k_verifier.jsonl"
    if not file.is_file() and os.environ.get("CI") != "true":
        pytest.skip("PTE_DATA names no folder with recordings/gsm8k_verifier.jsonl")
    fields = (f"{who}_finetuning.solution", f"{who}_verification.solution")
    config = ReplayConfig(str(file), question="question", draws=fields, chosen=1)
    benchmark = GSM8K(data=folder, limit=None)
    targets = {plain_words(item.problem.question): item.target for item in benchmark.load().items}
    counts = [0, 0]
    for (question, _), lines in config.recording.lines.items():
        for number, line in enumerate(lines):
            answer = lenient_number(line.text)
            counts[number] += int(benchmark.grade(targets[question], answer).score)
    assert tuple(counts) == PUBLISHED[who]
