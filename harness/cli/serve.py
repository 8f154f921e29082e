"""`pte serve`: vLLM's OpenAI-compatible server, as `engine=server` of the same sweep needs it."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.cli.options import add_overrides
from harness.engines.remote_code import load_format
from harness.engines.server.card import served_name
from harness.engines.server.config import ServerConfig
from harness.engines.tokenizer import CheckpointTokenizer
from harness.engines.vllm.config import CPU_BLOCK, cores
from harness.engines.vllm.reward import pooling
from harness.errors import UserError, require
from harness.models.resolve import Resolved, fetch
from harness.models.spec import ModelSpec
from harness.plan.plan import make
from harness.run.loading import bound, checkpoint
from harness.settings.experiment import RunConfig, load

SUMMARY = "serve a sweep's model with vLLM, for engine=server"
DESCRIPTION = (
    "Fetches a model of the sweep and becomes vLLM's server of it, with the name, number format\n"
    "and context window that 'pte run engine=server' of the same sweep looks for. A key in the\n"
    "variable VLLM_API_KEY guards the server. With the options that --print shows 'vllm serve'\n"
    "does the same elsewhere."
)
MODULE = "vllm.entrypoints.openai.api_server"
"""What `vllm serve` runs; the command itself is broken in vLLM's CPU build."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument("--model", help="which of the sweep's models, where it has several")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=port, default=8000, help="port to listen on, 1 to 65535")
    parser.add_argument(
        "--vllm",
        default="",
        metavar="OPTIONS",
        help="vLLM's own: --vllm='--tensor-parallel-size 4'",
    )
    parser.add_argument("--print", action="store_true", help="print the command, serve nothing")
    add_overrides(parser)


def port(text: str) -> int:
    """The port that a word names; argparse tells what is none."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a whole number, 1 to 65535")
    return int(text)


def execute(options: argparse.Namespace) -> int:
    """Become the server, or print its command."""
    overrides = options.overrides
    if not any(word.startswith("engine=") for word in overrides):
        overrides = ["engine=server", *overrides]
    experiment = load(overrides)
    resolved = fetch(_chosen(experiment, options.model))
    place = ["--host", options.host, "--port", str(options.port)]
    own = shlex.split(options.vllm)
    # Servers with one seed would say the same to requests that carry none.
    place += ["--seed", str(secrets.randbelow(2**31))]
    weights = ["--model", folder_of(resolved)]
    command = [sys.executable, "-m", MODULE, *weights, *served(experiment, resolved), *place, *own]
    if options.print:
        print(shlex.join(command))
        return 0
    require("vllm", "vllm")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "4")
    os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", cores())
    sys.stdout.flush()
    os.execv(command[0], command)


def _chosen(experiment: RunConfig, name: str | None) -> ModelSpec:
    plan = make(experiment.request)
    models = {checkpoint(model): model for cell in plan.cells for _, model in bound(cell)}
    named = {model.name: model for model in models.values()}
    if name is None and len(named) == 1:
        return next(iter(named.values()))
    if name not in named:
        raise UserError(f"this sweep asks {', '.join(named)}: choose one with --model NAME")
    return named[name]


def folder_of(resolved: Resolved) -> str:
    """The folder or hub id from which a server is to read the weights."""
    return str(Path(resolved.spec.weights).absolute())


def served(experiment: RunConfig, resolved: Resolved) -> Sequence[str]:
    """The options by which a server is the one that the sweep looks for.

    Raises:
        UserError: the sweep asks no servers.
    """
    config = experiment.request.engine
    if not isinstance(config, ServerConfig):
        raise UserError(f"servers are asked by engine=server, not engine={config.name}")
    name = served_name(resolved.identity, config.dtype, config.quantisation)
    options = {
        "--served-model-name": name,
        "--dtype": config.dtype,
        "--max-model-len": str(experiment.request.setting.context_window),
        "--max-num-seqs": str(config.concurrency),
        # Limits and penalties are the sweep's, not those that a checkpoint suggests.
        "--generation-config": "vllm",
        "--load-format": load_format(resolved.spec),
    }
    if config.quantisation:
        options["--quantization"] = config.quantisation
    words = [word for option in options.items() for word in option]
    if resolved.spec.reward is not None:
        words += _judging(resolved.spec)
    if resolved.spec.remote_code:
        words.append("--trust-remote-code")
    if not require("torch", "vllm").cuda.is_available():
        words += ["--enforce-eager", "--block-size", str(CPU_BLOCK)]
    return [*words, "--enable-prompt-tokens-details"]


def _judging(model: ModelSpec) -> list[str]:
    """The options by which a server judges, and writes nothing."""
    tokenizer = CheckpointTokenizer(Path(model.weights), chat=False, remote_code=model.remote_code)
    options = {key: value for key, value in pooling(model, tokenizer).items() if value}
    words = []
    for key, value in options.items():
        said = json.dumps(value) if isinstance(value, dict) else str(value)
        words += [f"--{key.replace('_', '-')}", said]
    return words
