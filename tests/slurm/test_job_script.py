"""The scripts: complete, correct shell, and what the settings ask for."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from slurm.cluster import Cluster, Container, Serve
from slurm.script import SubmissionPaths, text

SITE = SubmissionPaths(Path("/lustre/my runs/sweep"), Path("/lustre/my runs/journal"))
SHAPES = {
    Serve.INPROCESS: Cluster(),
    Serve.TENSOR_PARALLEL: Cluster(serve=Serve.TENSOR_PARALLEL, gpus=4),
    Serve.REPLICAS: Cluster(serve=Serve.REPLICAS, gpus=8, replicas=4, serve_options=["--x=a b"]),
    Serve.RAY: Cluster(serve=Serve.RAY, gpus=8, nodes=4),
}
FULL = {
    "account": "lab",
    "partition": "gpu",
    "qos": "long",
    "constraint": "a100",
    "memory_gb": 1.5,
    "modules": ["cuda/12.4"],
    "environment": {"HF_HOME": "/lustre/it's here"},
    "setup": ["ulimit -n 65536"],
    "forward": ["HF_TOKEN"],
    "container": Container(image="/images/pte.sif", binds=["/data"]),
    "sbatch": {"mail-type": "FAIL"},
}


@pytest.mark.parametrize("serve", Serve)
@pytest.mark.parametrize("settings", [{}, FULL], ids=["plain", "full"])
def test_every_script_is_shell(serve: Serve, settings: dict[str, Any]) -> None:
    shape = SHAPES[serve]
    cluster = Cluster(**{**vars(shape), **settings})
    script = text(cluster, SITE, range(24))
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    assert script.count("submitit.core._submit") == 1  # the work stands in it once
    assert "{{" not in script
    assert "#SBATCH --array=0-23%24\n" in script
    # Whatever ended the work, the lines after it decide on a requeue by its exit code.
    after = script.split("submitit.core._submit")[1].splitlines()[1:]
    first = next(line for line in after if line and not line.startswith("#"))
    assert first == "code=$?"


def test_settings_are_in_the_script_and_no_value_of_a_forwarded_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    script = text(Cluster(**FULL), SITE, range(24))  # type: ignore[arg-type]
    for line in (
        "#SBATCH --account=lab",
        "#SBATCH --partition=gpu",
        "#SBATCH --qos=long",
        "#SBATCH --constraint=a100",
        "#SBATCH --mem=1536M",
        "#SBATCH --gpus-per-node=1",
        "#SBATCH --export=HF_TOKEN",
        "#SBATCH --mail-type=FAIL",
        "#SBATCH --signal=USR2@120",
        "#SBATCH --requeue",
        "module load cuda/12.4",
        """export HF_HOME='/lustre/it'"'"'s here'""",
        "ulimit -n 65536",
    ):
        assert line in script.splitlines()
    assert "secret" not in script
    assert "inside=(apptainer exec --nv --bind '/lustre/my runs/sweep'" in script
    assert """ "${inside[@]}" python3 -u -m submitit.core._submit """ in script


def test_one_job_is_no_array() -> None:
    assert "--array" not in text(Cluster(), SITE, [0])
