"""Stands in for vLLM's server in tests of batch scripts, and writes down what it was told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

from tests.fake_server import FakeServer

ENDS = {signal.SIGTERM, signal.SIGINT}


def main() -> None:
    """Serve until told to end."""
    parser = ArgumentParser()
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--max-model-len", type=int, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    message, _ = parser.parse_known_args()
    name, window = message.served_model_name, message.max_model_len
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)  # before there are threads
    if os.environ.get("FAKE_VLLM_ENGINE"):  # as vLLM's, in a process that outlives a killed server
        engine = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(os.environ["FAKE_VLLM_SAYS"], f"engine-{engine.pid}").touch()
    takes = float(os.environ.get("FAKE_VLLM_SECONDS", "0"))
    at_once = int(os.environ.get("FAKE_VLLM_CAPACITY", "10000"))
    with FakeServer(
        name,
        window=window,
        host=message.host,
        port=message.port,
        seconds=takes,
        capacity=at_once,
    ) as server:
        signal.sigwait(ENDS)
        said = {
            "job": os.environ.get("SLURM_ARRAY_TASK_ID", "0"),
            "gpus": os.environ["CUDA_VISIBLE_DEVICES"],
            "arguments": sys.argv[1:],
            "asked": len(server.asked),
        }
        path = Path(os.environ["FAKE_VLLM_SAYS"]) / f"{os.getpid()}.json"
        path.write_text(json.dumps(said))


if __name__ == "__main__":
    main()
