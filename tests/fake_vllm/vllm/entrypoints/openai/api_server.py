"""Stands where vLLM's server would be started, for tests of batch scripts; says what it was told."""

from __future__ import annotations

import json
import os
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path

from tests.fake_server import FakeServer


def main() -> None:
    """Serve until told to end."""
    parser = ArgumentParser()
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--max-model-len", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    told, _ = parser.parse_known_args()
    name, window = told.served_model_name, told.max_model_len
    with FakeServer(name, window=window, port=told.port) as server:
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
        said = {
            "job": os.environ["SLURM_ARRAY_TASK_ID"],
            "gpus": os.environ["CUDA_VISIBLE_DEVICES"],
            "arguments": sys.argv[1:],
            "asked": len(server.asked),
        }
        path = Path(os.environ["FAKE_VLLM_SAYS"]) / f"{os.getpid()}.json"
        path.write_text(json.dumps(said))


if __name__ == "__main__":
    main()
