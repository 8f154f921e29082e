"""Settings of jobs that cannot work are refused before anything is submitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.engines.fake import FakeConfig
from harness.errors import UserError
from harness.settings.experiment import load
from slurm.cluster import Cluster, Container, Serve
from slurm.queue import minutes
from slurm.submit import cluster_of
from tests.refusals import refusal


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"minutes": 1, "signal_delay": 60}, "raise minutes"),
        ({"nodes": 2}, "cluster.serve=ray"),
        ({"serve": "replicas", "gpus": 4, "replicas": 3}, "a divisor"),
    ],
)
def test_what_cannot_work_says_what_to_set(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        Cluster(**settings)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"serve": "magic"}, "give inprocess, tensor_parallel, replicas or ray"),
        ({"minutes": "4:00:00"}, "its.minutes is '4:00:00': give a whole number"),
        ({"gpus": -1}, "a whole number from 0"),
        ({"gpu_hours": 0}, "above 0"),
        ({"modules": "cuda"}, "give a list, each text"),
    ],
)
def test_what_is_out_of_range_is_named(settings: dict[str, Any], says: str) -> None:
    assert says in refusal(Cluster, **settings)


def test_who_serves_and_the_engine_must_fit() -> None:
    with pytest.raises(UserError, match=r"set engine=server 'engine\.urls_file="):
        Cluster(serve=Serve.REPLICAS).check(FakeConfig())
    with pytest.raises(UserError, match=r"engine\.tensor_parallel_size=4"):
        Cluster(serve=Serve.TENSOR_PARALLEL, gpus=4).check(FakeConfig())
    Cluster().check(FakeConfig())
    Cluster().check(FakeConfig(name="server"))  # servers that somebody else keeps running


def test_the_config_is_this_class_and_its_refusals_come_through(folder: Path) -> None:
    conf = Path(__file__).parents[1] / "conf"
    toy = [
        f"hydra.searchpath=[file://{conf}]",
        "model=toy_model",
        "benchmark=toy",
        "engine=scripted",
    ]
    empty = Container(binds=[], options=["--nv"])
    defaults = Cluster(modules=[], setup=[], serve_options=[], container=empty)
    assert cluster_of(load(toy).config) == defaults
    with pytest.raises(UserError, match=r"cluster\.parallel"):
        cluster_of(load([*toy, "cluster.parallel=0"]).config)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("infinite", float("inf")), ("30:00", 30), ("2:00:00", 120), ("7-00:30:00", 10110)],
)
def test_limits_as_slurm_writes_them(limit: str, expected: float) -> None:
    assert minutes(limit) == expected
