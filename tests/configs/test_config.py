"""From overrides to an experiment: composition, its errors, and the run's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import UserError
from harness.plan.plan import make
from harness.sandbox.contract import Tier
from harness.settings.composing import composed, expand
from harness.settings.experiment import load
from harness.settings.folder import run_folder
from ptes.prompting.few_shot import FewShot
from tests.toys import ToyBenchmark

CONF = Path(__file__).resolve().parents[1] / "conf"
SEARCH = f"hydra.searchpath=[file://{CONF}]"
TOY = [SEARCH, "engine=scripted", "benchmark=toy", "model=toy_model"]


@pytest.fixture(autouse=True)
def _toy_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("PTE_DATA", raising=False)


def labels(*overrides: str) -> set[str]:
    return {stack.label for stack in load([*TOY, *overrides]).request.stacks}


class TestComposition:
    def test_the_toy_experiment_is_whole(self) -> None:
        experiment = load([*TOY, "limit=3", "replicates=2", "runs=elsewhere"])
        assert isinstance(experiment.request.benchmarks["toy"].benchmark, ToyBenchmark)
        assert len(experiment.request.benchmarks["toy"].dataset.items) == 3
        assert [model.name for model in experiment.request.models] == ["toy_model"]
        assert experiment.request.replicates == 2
        assert experiment.journal == Path("elsewhere/journal")
        assert experiment.folder.parent == Path("elsewhere")
        assert "limit: 3" in experiment.config

    def test_sampling_is_resolved_once_by_role(self) -> None:
        sampling = load([*TOY, "sampling.solve.temperature=0.3"]).request.setting.sampling
        assert sampling["solve"].temperature == 0.3
        assert set(sampling) == {"solve"}

    @pytest.mark.parametrize(
        "overrides",
        [
            ["pte=[few_shot,chain_of_thought]"],
            ["sweep.ptes=[few_shot,chain_of_thought]"],
            ["pte=[few_shot]", "sweep.ptes=[chain_of_thought]"],
            ["pte=[few_shot]", "sweep.ptes=[few_shot,chain_of_thought]"],
        ],
    )
    def test_ptes_need_be_named_only_once(self, overrides: list[str]) -> None:
        assert labels(*overrides) == {"few_shot+chain_of_thought"}

    def test_stacks_compose_the_ptes_that_they_name(self) -> None:
        stacks = "sweep.stacks=[[],[few_shot],[few_shot,chain_of_thought]]"
        assert labels("sweep=list", stacks) == {"base", "few_shot", "few_shot+chain_of_thought"}

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("singles", {"base", "few_shot", "chain_of_thought", "self_consistency"}),
            ("factorial", 8),
            ("pairs", 7),
        ],
    )
    def test_sweeps_combine_them(self, kind: str, expected: set[str] | int) -> None:
        names = "sweep.ptes=[few_shot,chain_of_thought,self_consistency]"
        result = labels(f"sweep={kind}", names)
        assert expected in (result, len(result))

    @pytest.mark.parametrize("chosen", ["pte=[few_shot]", "sweep.ptes=[few_shot]", "pte=few_shot"])
    @pytest.mark.parametrize("setting_first", [True, False])
    def test_a_ptes_setting_is_taken_however_it_was_chosen(
        self, chosen: str, setting_first: bool
    ) -> None:
        pair = [chosen, "pte.few_shot.k=3"]
        request = load([*TOY, *(reversed(pair) if setting_first else pair)]).request
        [stack] = request.stacks
        assert stack.ptes == (FewShot(k=3),)

    @pytest.mark.parametrize("chosen", ["pte=[model_judge]", "sweep.ptes=[model_judge]"])
    def test_a_judge_is_any_model(self, chosen: str) -> None:
        request = load([*TOY, chosen, "model@pte.model_judge.model=toy_model"]).request
        [stack] = request.stacks
        assert stack.ptes[0].roles["judge"].name == "toy_model"

    def test_exemplars_follow_the_seed(self) -> None:
        [stack] = load([*TOY, "pte=[few_shot]", "seed=5"]).request.stacks
        assert stack.ptes == (FewShot(seed=5),)

    def test_a_ladder_brings_its_models(self) -> None:
        config = composed(["ladder=pythia"])
        assert len(config.model) == 8
        assert all(name.startswith("pythia_") for name in config.model)

    def test_several_models_and_benchmarks(self) -> None:
        config = composed(["model=[pythia_70m,pythia_160m]", "benchmark=[gsm8k,svamp]"])
        assert list(config.model) == ["pythia_70m", "pythia_160m"]
        assert list(config.benchmark) == ["gsm8k", "svamp"]

    def test_a_third_partys_pte_needs_one_file_and_one_class(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "shouting.py").write_text(
            "from dataclasses import dataclass, replace\n"
            "from typing import ClassVar\n"
            "from harness.contracts.pte import PTE, Slot\n"
            "@dataclass(frozen=True)\n"
            "class Shout(PTE):\n"
            "    marks: int = 1\n"
            "    name: ClassVar[str] = 'shout'\n"
            "    category: ClassVar[str] = 'prompting'\n"
            "    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})\n"
            "    def prompt(self, prompt, task, replicate):\n"
            "        return replace(prompt, question=prompt.question + '!' * self.marks)\n"
        )
        (tmp_path / "conf" / "pte").mkdir(parents=True)
        (tmp_path / "conf" / "pte" / "shout.yaml").write_text(
            "# @package pte.shout\n_target_: shouting.Shout\nmarks: 1\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        search = f"hydra.searchpath=[file://{CONF},file://{tmp_path}/conf]"
        overrides = [search, *TOY[1:], "sweep=factorial", "sweep.ptes=[shout,few_shot]"]
        request = load([*overrides, "pte.shout.marks=4"]).request
        plan = make(request)
        assert {cell.stack.label for cell in plan.cells} == {
            "base",
            "few_shot",
            "shout",
            "shout+few_shot",
        }
        shout = next(stack.ptes[0] for stack in request.stacks if stack.label == "shout")
        assert shout.marks == 4  # type: ignore[attr-defined]


class TestErrors:
    @pytest.mark.parametrize(
        ("override", "parts"),
        [
            ("pte=[nonsense]", ["pte/nonsense", "few_shot", "self_consistency"]),
            ("pte=nonsense", ["pte/nonsense", "few_shot"]),
            ("sweep.ptes=[nonsense]", ["pte/nonsense", "few_shot"]),
            ("model=nonsense", ["model/nonsense", "pythia_70m", "toy_model"]),
            ("model=[toy_model,nonsense]", ["model/nonsense", "pythia_70m"]),
            ("benchmark=nonsense", ["benchmark/nonsense", "gsm8k", "toy"]),
            ("engine=nonsense", ["engine/nonsense", "vllm", "scripted"]),
            ("sweep=nonsense", ["sweep/nonsense", "factorial"]),
            ("ladder=nonsense", ["ladder/nonsense", "pythia"]),
            ("hardware=nonsense", ["hardware/nonsense", "h100"]),
            ("nonsense=3", ["nonsense"]),
            ("pte.few_shot.nonsense=3", ["pte.few_shot.nonsense"]),
            ("pte.nonsense.k=3", ["pte.nonsense.k"]),
            ("benchmark.toy.nonsense=3", ["benchmark.toy.nonsense"]),
            ("sampling.solve.nonsense=3", ["sampling.solve.nonsense"]),
            ("justaword", ["justaword"]),
            ("pte.few_shot.k=abc", ["pte.few_shot"]),
            ("limit=abc", ["limit", "'abc'"]),
            ("limit=0", ["limit", "from 1"]),
            ("context_window=wide", ["context_window", "'wide'"]),
            ("replicates=1.5", ["replicates", "1.5"]),
            ("seed=null", ["seed is null"]),
            ("sampling.solve.temperature=hot", ["sampling.solve.temperature", "'hot'"]),
            ("sampling.solve.temperature=-1", ["sampling.solve.temperature", "-1"]),
            ("sampling=3", ["sampling.solve"]),
            ("runs=null", ["runs"]),
            ("benchmark=null", ["benchmark is null", "a list of names"]),
            ("sweep.ptes=few_shot", ["sweep.ptes", "[few_shot]"]),
            ("sweep.stacks=[few_shot]", ["sweep.stacks", "[few_shot]"]),
            ("engine=replay", ["engine.file"]),
        ],
    )
    def test_what_is_wrong_is_named(self, override: str, parts: list[str]) -> None:
        with pytest.raises(UserError) as caught:
            load([*TOY, "pte=[few_shot]", override])
        for part in parts:
            assert part in str(caught.value)
        assert "Traceback" not in str(caught.value)
        assert "HYDRA_FULL_ERROR" not in str(caught.value)

    def test_what_a_component_refuses_comes_through_unchanged(self) -> None:
        adapter = ["pte=[lora_adapter]", "pte.lora_adapter.path=/nowhere"]
        with pytest.raises(UserError, match=r"^pte\.lora_adapter\.path: /nowhere holds no"):
            load([*TOY, *adapter])

    def test_a_bad_override_is_an_error_where_only_the_folder_is_asked_for(self) -> None:
        with pytest.raises(UserError, match="benchmark/nonsense"):
            composed(["benchmark=nonsense"])


class TestMultirun:
    def test_every_combination_is_a_job(self) -> None:
        jobs = expand([*TOY, "pte.few_shot.k=1,2", "seed=3,4"])
        assert [job[-2:] for job in jobs] == [
            ["pte.few_shot.k=1", "seed=3"],
            ["pte.few_shot.k=1", "seed=4"],
            ["pte.few_shot.k=2", "seed=3"],
            ["pte.few_shot.k=2", "seed=4"],
        ]
        assert all(job[1:-2] == TOY[1:] for job in jobs)
        assert {load(job).request.setting.seed for job in expand([*TOY, "seed=3,4"])} == {3, 4}

    def test_a_list_is_one_value(self) -> None:
        assert len(expand(["benchmark=[gsm8k,svamp]"])) == 1
        jobs = expand(["pte=[few_shot],[few_shot,chain_of_thought]"])
        assert [job[0] for job in jobs] == ["pte=[few_shot]", "pte=[few_shot,chain_of_thought]"]

    def test_what_cannot_be_parsed_is_an_error(self) -> None:
        with pytest.raises(UserError, match="justaword"):
            expand(["justaword"])


class TestFolder:
    def folder(self, *overrides: str) -> Path:
        return run_folder(composed([*TOY, *overrides]))

    def test_the_same_command_has_the_same_folder(self) -> None:
        command = ["pte=[few_shot]", "pte.few_shot.k=3", "limit=5"]
        assert self.folder(*command) == self.folder(*command)
        assert self.folder(*command) == self.folder(*reversed(command))

    @pytest.mark.parametrize(
        "override",
        [
            "limit=5",
            "seed=1",
            "replicates=2",
            "sampling.solve.temperature=0.5",
            "context_window=4096",
            "greedy_base=false",
            "benchmark.toy.size=6",
            "engine.delay=0.1",
            "pte=[few_shot]",
            "model.toy_model.parameters=2.0e6",
            "budget=paper",
            "sweep=singles",
        ],
    )
    def test_a_changed_setting_is_another_folder(self, override: str) -> None:
        assert self.folder(override) != self.folder()

    def test_where_things_lie_does_not_change_its_name(self) -> None:
        before = run_folder(composed(["benchmark=gsm8k"]))
        for override in ("runs=/elsewhere", "data=/some/data", "journal=/j", "hardware=cpu"):
            assert run_folder(composed(["benchmark=gsm8k", override])).name == before.name
        assert run_folder(composed(["runs=/elsewhere"])).parent == Path("/elsewhere")

    def test_where_the_data_lie_does_not_change_a_cell(self, tmp_path: Path) -> None:
        from benchmarks.word_problems import SVAMP

        assert repr(SVAMP(data=str(tmp_path))) == repr(SVAMP(data="elsewhere"))
        assert repr(SVAMP(limit=3)) != repr(SVAMP(limit=4))

    def test_the_name_says_what_is_measured(self) -> None:
        assert self.folder("sweep=singles", "sweep.ptes=[few_shot]").name.startswith("toy-singles-")

    def test_a_run_can_be_named(self) -> None:
        assert self.folder("name=mine", "runs=there") == Path("there/mine")


class TestSandbox:
    def test_the_strongest_safe_tier_and_one_worker_a_cpu_are_the_default(self) -> None:
        sandbox = load(TOY).sandbox
        assert (sandbox.tier, sandbox.workers) == (None, None)

    def test_the_unsafe_tier_has_to_be_named(self) -> None:
        sandbox = load([*TOY, "sandbox.tier=unsafe", "sandbox.workers=3"]).sandbox
        assert (sandbox.tier, sandbox.workers) == (Tier.UNSAFE, 3)

    @pytest.mark.parametrize("wrong", ["sandbox.tier=docker", "sandbox.workers=0"])
    def test_what_it_cannot_be_is_named(self, wrong: str) -> None:
        with pytest.raises(UserError, match=wrong.partition("=")[0].replace(".", r"\.")):
            load([*TOY, wrong])
