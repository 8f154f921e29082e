"""Wrong settings by name: each is refused in one line, with the value and what is allowed."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from harness.settings.experiment import load
from tests.settings.conftest import TOY, Refused

VOTE = "pte=[self_consistency]"
VLLM = "engine=vllm"
WANDB = "tracking=wandb"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        # Types, strictly.
        ([VOTE, "pte.self_consistency.n=2.5"], "n is 2.5: give a whole number from 2"),
        ([VOTE, "pte.self_consistency.n='5'"], "n is '5': give a whole number from 2"),
        ([VOTE, "pte.self_consistency.n=true"], "n is true: give a whole number"),
        ([VOTE, "pte.self_consistency.adaptive=no"], "adaptive is 'no': give true or false"),
        ([VOTE, "pte.self_consistency.adaptive=1"], "adaptive is 1: give true or false"),
        (["greedy_base=off"], "greedy_base is 'off': give true or false"),
        (["benchmark=gsm8k", "benchmark.gsm8k.pool=abc"], "benchmark.gsm8k.pool is 'abc'"),
        (["runs=3"], "runs is 3: give text"),
        (["data=3"], "data is 3: give text that is not blank, or null"),
        (["model.toy_model.chat=maybe"], "model.toy_model.chat is 'maybe': give true or false"),
        (["model.toy_model.training=3"], "training is 3: give a TrainingCompute"),
        (["pte=[few_shot]", "pte.few_shot.k=null"], "pte.few_shot.k is null"),
        (["pte=[few_shot]", "pte.few_shot.k=[8]"], "pte.few_shot.k is [8]: give a whole number"),
        # Ranges.
        (["benchmark=gsm8k", "benchmark.gsm8k.pool=-5"], "pool is -5: give a whole number from 0"),
        (["sampling.solve.top_p=1.5"], "top_p is 1.5: give a number above 0 and up to 1"),
        (["sampling.solve.top_k=-3"], "sampling.solve.top_k is -3: give a whole number from 0"),
        (["sampling.solve.temperature=-0.1"], "temperature is -0.1: give a number from 0 to 10"),
        (["replicates=0"], "replicates is 0: give a whole number from 1 to 10000"),
        (["replicates=1000000000000"], "replicates is 1000000000000"),
        (["limit=-1"], "limit is -1: give a whole number from 1"),
        (["seed=-1"], "seed is -1: give a whole number from 0"),
        (["context_window=0"], "context_window is 0"),
        (["budget.multiplier=0"], "budget.multiplier is 0: give a number from 1, or null"),
        (["hardware.utilisation=30"], "hardware.utilisation is 30: give a number above 0"),
        (["hardware.flop_per_second=-1"], "hardware.flop_per_second is -1"),
        ([VLLM, "engine.tensor_parallel_size=-1"], "tensor_parallel_size is -1"),
        ([VLLM, "engine.gpu_memory_fraction=90"], "gpu_memory_fraction is 90"),
        ([VLLM, "engine.lora_rank=0"], "engine.lora_rank is 0: give a whole number from 1 to 512"),
        (["engine=transformers", "engine.batch_size=0"], "engine.batch_size is 0"),
        (["engine=transformers", "engine.device=gpu"], "engine.device is 'gpu': give auto, cpu"),
        (["engine=server", "engine.timeout=0"], "engine.timeout is 0: give a number above 0"),
        (["engine=server", "engine.retries=-1"], "engine.retries is -1"),
        (["sandbox.workers=0"], "sandbox.workers is 0"),
        (["cluster.minutes=-5"], "cluster.minutes is -5: give a whole number from 1"),
        (["cluster.nodes=1.5"], "cluster.nodes is 1.5"),
        (["cluster.memory_gb=64G"], "cluster.memory_gb is '64G': give a number above 0, or null"),
        ([WANDB, "tracking.attempts=-1"], "tracking.attempts is -1"),
        ([WANDB, "tracking.interval=0"], "tracking.interval is 0"),
        (["model.toy_model.parameters=0"], "model.toy_model.parameters is 0"),
        (["model.toy_model.training.flop=-1"], "model.toy_model.training.flop is -1"),
        (["model.toy_model.training.flop=22.5"], "model.toy_model.training.flop is 22.5: give a"),
        (["pte=[react]", "pte.react.steps=0"], "pte.react.steps is 0"),
        (["pte=[webgpt]", "pte.webgpt.steps=51"], "pte.webgpt.steps is 51"),
        (["pte=[web]", "pte.web.fetch=a.b", "pte.web.timeout=-1"], "pte.web.timeout is -1"),
        # Numbers that are none, and too large ones.
        (["limit=nan"], "limit is nan: give a finite number"),
        (["sampling.solve.temperature=inf"], "temperature is inf: give a finite number"),
        (["seed=99999999999999999999999999"], "give a number of at most 63 bits"),
        (["engine=server", "engine.urls=[http://a:99999]"], "is no address"),
        (["engine=server", "engine.urls=http://a:8000"], "engine.urls is 'http://a:8000': give a"),
        (["name=.."], "give the name of a folder below `runs`"),
        (["name=/elsewhere"], "give the name of a folder below `runs`"),
        # Words out of a list.
        ([VLLM, "engine.dtype=float33"], "did you mean float32?"),
        ([VLLM, "engine.quantisation=fp9"], "did you mean fp8?"),
        (["engine=server", "engine.scores=logprobs"], "give prompt_logprobs, echo or none"),
        (["sweep.kind=factorials"], "did you mean factorial?"),
        (["sandbox.tier=docker"], "give namespaces, landlock or unsafe, or null"),
        ([WANDB, "tracking.mode=onlin"], "did you mean online?"),
        (["cluster.serve=rays"], "did you mean ray?"),
        (["benchmark=arc_challenge", "benchmark.arc_challenge.readout=program"], "loglikelihood"),
        # Names.
        (["pte=[self_consistancy]"], "did you mean self_consistency?"),
        (["benchmark=GSM8k"], "did you mean gsm8k?"),
        (["model=pythia_70"], "did you mean pythia_70m?"),
        (["engine=vlm"], "did you mean vllm?"),
        (["modle=pythia_70m"], "modle: there is no such setting; did you mean model?"),
        (["contextwindow=3"], "did you mean context_window?"),
        ([VOTE, "pte.self_consistency.nn=3"], "did you mean n?"),
        (["sampling.solv.top_p=1"], "did you mean solve?"),
        (["limit.x=3"], "limit is a single value"),
        (["pte.few_shot.k=3"], "pte.few_shot is not part of this sweep"),
        (["model@pte.model_judge.model=toy_model"], "pte.model_judge is not part of this sweep"),
        (["+model.mine.weights=x"], "model.mine has no _target_"),
        (["+pte.mine.k=3"], "pte.mine has no _target_"),
        (["+nonsense=3"], "nonsense: there is no such setting"),
        (["sampling.solve={top_q:1}"], "sampling.solve.top_q: there is no such setting"),
        # What belongs together.
        (["context_window=384", "pte=[react]", "pte.react.tokens=384"], "pte.react.tokens is 384"),
        (["ladder=pythia"], "ladder=pythia and model=toy_model both choose the models"),
        (["sweep.stacks=[[few_shot]]"], "sweep=one reads none: set sweep=list"),
        (["context_window=200000"], "set context_window=100000"),
        (["cluster.minutes=1", "cluster.signal_delay=600"], "raise minutes"),
        # Lists.
        (["pte=[few_shot,few_shot]"], "pte names few_shot 2 times"),
        (["benchmark=[toy,toy]"], "benchmark names toy 2 times"),
        (["sweep=list", "sweep.stacks=[[few_shot],[few_shot]]"], "has the stack"),
        (["sweep=list", "sweep.stacks=[[few_shot,few_shot]]"], "sweep.stacks names few_shot twice"),
        (["model=[]"], "model is []: name at least one"),
        (["benchmark=[]"], "benchmark is []: name at least one"),
        (["engine=[vllm,fake]"], "engine is ['vllm', 'fake']: choose one"),
        (["sweep=singles"], "sweep=singles needs PTEs"),
        (["sweep=list"], "sweep=list needs stacks"),
        # What is left out.
        (["engine=replay"], "engine.file is not set: give text"),
        (["~seed"], "seed is not set"),
        (["~engine"], "engine is not set"),
        (["engine=null"], "engine is null: give a name"),
        # Places and targets.
        (["pte=[few_shot]", "pte.few_shot._target_=ptes.fewshot.FewShot"], "cannot be imported"),
        (["pte=[few_shot]", "pte.few_shot._target_=3"], "give the dotted path of a class"),
        (["benchmark.toy._target_=ptes.tools.ask.Ask"], "Ask, which is no Benchmark"),
        (["pte=[few_shot]", "pte.few_shot.k=${nowhere}"], "'nowhere' not found"),
        (["pte=[few_shot]", "pte.few_shot.k=${oc.env:PTE_NOWHERE}"], "PTE_NOWHERE"),
        # What cannot be read.
        (["pte=[few_shot"], "cannot be read: close brackets and quotes"),
        (["name=é"], "put text with other signs than letters in quotes"),
        (["pte=few_shot,react"], "lists several values, which is for 'pte run -m'"),
        (["justaword"], "'justaword' is no override: give NAME=VALUE"),
        (["=3"], "cannot be read"),
        ([""], "'' is no override"),
    ],
)
def test_one_line_says_what_is_wrong(words: list[str], line: str, refused: Refused) -> None:
    said = refused(*words)
    assert len(said) == 1
    assert line in said[0]


def test_what_a_model_may_write_has_to_fit_the_window(refused: Refused) -> None:
    pocket = ["ladder=pocket", "benchmark=pocket_arithmetic", "engine=vllm"]
    (said,) = refused(*pocket, "benchmark.pocket_arithmetic.reasoning_tokens=6400", toy=False)
    assert "benchmark.pocket_arithmetic.reasoning_tokens is 6400, and context_window is 384" in said
    (said,) = refused(*pocket, "benchmark.pocket_arithmetic.reasoning_tokens=380", toy=False)
    assert "reasoning_tokens and benchmark.pocket_arithmetic.answer_tokens are 388" in said


def test_every_wrong_setting_has_its_line(refused: Refused) -> None:
    said = refused(
        VOTE,
        "pte.self_consistency.n=1",
        "pte.self_consistency.m=1",
        "limit=abc",
        "sampling.solve.top_p=2",
        "cluster.minutes=0",
    )
    begins = ["pte.self_consistency.m:", "pte.self_consistency.n is 1", "limit is 'abc'"]
    begins += ["sampling.solve.top_p is 2", "cluster.minutes is 0"]
    assert len(said) == len(begins)
    assert all(any(line.startswith(begin) for line in said) for begin in begins)


def test_what_refers_to_a_wrong_setting_is_not_told_as_well(refused: Refused) -> None:
    assert refused("limit=0") == ["limit is 0: give a whole number from 1 to 1e9, or null"]


@pytest.mark.parametrize("place", ["[file:///no/such/folder]", "[nowhere]", "[pkg://no.such]"])
def test_a_place_that_is_not_there_is_an_error(place: str, refused: Refused) -> None:
    (said,) = refused(f"hydra.searchpath={place}", toy=False)
    assert "hydra.searchpath names" in said


def test_two_search_paths_are_an_error(refused: Refused, tmp_path: Path) -> None:
    (said,) = refused(f"hydra.searchpath=[file://{tmp_path}]")
    assert "hydra.searchpath is given 2 times" in said


def test_what_the_class_knows_and_the_file_does_not_list_can_be_set() -> None:
    [model] = load([*TOY, "model.toy_model.chat=true"]).request.models
    assert model.chat


def cpu_seconds() -> float:
    """What the processes that this one has waited for have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("verb", ["plan", "run", "serve", "submit"])
def test_every_verb_refuses_alike_before_anything_loads(verb: str) -> None:
    """In a process of its own: in seconds, with exit code 2, and nothing that loads a model."""
    script = (
        "import sys\n"
        "from harness.cli.main import main\n"
        f"code = main({[verb, *TOY[:1], 'benchmark=gsm8k', 'limit=0', 'seed=no']!r})\n"
        "heavy = {'torch', 'vllm', 'transformers', 'datasets'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "sys.exit(code)\n"
    )
    before = cpu_seconds()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("pte: ")
    assert "limit is 0: give" in done.stderr
    assert "seed is 'no': give a whole number from 0" in done.stderr
    assert "Traceback" not in done.stderr
    assert cpu_seconds() - before < 5.0
