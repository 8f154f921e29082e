"""`python -m slurm.hydra_app -m OVERRIDES hydra/launcher=submitit_slurm`: a run a Hydra job.

For those who like Hydra's own sweeps. Unlike `pte submit` it waits for its jobs, and a job is a
whole run: what ends this process before they are queued loses them, never their draws. Since Hydra
composes by itself here, PTEs whose settings are changed have to be named in `pte=[...]`, and what
their roles are sampled with needs a plus (`+sampling.reflect.temperature=0.2`). Set
`hydra.launcher.max_num_timeout`: it is 0, and a job at its limit would not be requeued.
"""

from __future__ import annotations

import os

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from harness.anchor import CONFIGS
from harness.cli.run import run_one
from slurm.job import resumable


@hydra.main(config_path=str(CONFIGS), config_name="config", version_base="1.3")
def app(config: DictConfig) -> int:
    """Run one combination as `pte run` does.

    Returns:
        The exit code of `pte run`; what counts are the records, not this.
    """
    given = HydraConfig.get().overrides
    GlobalHydra.instance().clear()  # `pte run` composes anew
    places = [word for word in given.hydra if word.startswith("hydra.searchpath=")]

    def run() -> int:
        return run_one([*places, *given.task])

    return resumable(run) if "SLURM_JOB_ID" in os.environ else run()


if __name__ == "__main__":
    app()
