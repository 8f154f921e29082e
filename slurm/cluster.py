"""What a job asks of Slurm and how its model is served: the config group `cluster`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from harness.engines.protocol import EngineConfig
from harness.errors import UserError
from harness.ranges import Count, CountFromZero, Positive, Text

URLS_FILE = "$PTE_URLS_FILE"
"""File in which a job's servers are listed; the templates set the variable."""
URLS = f"engine.urls_file={URLS_FILE}"


class Serve(StrEnum):
    """Who holds the model in a job; each is a template in `slurm/templates`."""

    INPROCESS = "inprocess"
    """The harness itself, on one GPU."""
    TENSOR_PARALLEL = "tensor_parallel"
    """The harness itself, spread over the GPUs of a node."""
    REPLICAS = "replicas"
    """Several `vllm serve` on the job's node, behind the harness's balancer."""
    RAY = "ray"
    """One `vllm serve` over several nodes, by Ray."""

    @property
    def apart(self) -> bool:
        """Whether servers hold the model, which the harness asks over HTTP."""
        return self in (Serve.REPLICAS, Serve.RAY)


@dataclass(frozen=True)
class Container:
    """An Apptainer image in which the harness (and `vllm serve`) run; none by default."""

    image: Text | None = None
    binds: Sequence[Text] = ()
    """Folders to see inside, besides those of the run, as `HERE` or `HERE:THERE`."""
    command: Text = "apptainer"
    options: Sequence[Text] = ("--nv",)
    python: Text = "python3"
    """The image's Python that has the harness."""


@dataclass(frozen=True)
class Cluster:
    """Settings of the jobs; None leaves the cluster's own default."""

    account: Text | None = None
    partition: Text | None = None
    qos: Text | None = None
    constraint: Text | None = None
    exclude: Text | None = None
    nodes: Count = 1
    gpus: CountFromZero = 1
    """A node; 0 for jobs that need none."""
    gres: Text | None = None
    """Generic resources asked for in place of `gpus`, where the cluster wants a type."""
    cpus: Count = 8
    memory_gb: Positive | None = None
    """A node."""
    minutes: Count = 240
    """A job's time limit, after which it is requeued and goes on."""
    signal_delay: Count = 120
    """Seconds before the limit at which a job is told to drain."""
    parallel: Count = 64
    """Jobs of the array that run at once."""
    gpu_hours: Positive = 2.0
    """What one job is expected to take; decides how many jobs there are."""
    max_requeues: CountFromZero = 20
    modules: Sequence[Text] = ()
    environment: Mapping[str, str | int | float] = field(default_factory=dict)
    forward: Sequence[Text] | None = None
    """Names of variables that jobs take from the submitting shell; None for all of them."""
    setup: Sequence[Text] = ()
    """Lines of shell before anything else."""
    container: Container = field(default_factory=Container)
    serve: Serve = Serve.INPROCESS
    replicas: Count = 1
    serve_options: Sequence[Text] = ()
    """Further options of `vllm serve`."""
    serve_wait: Count = 1800
    """Seconds after which servers that are not ready fail the job."""
    sbatch: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    """Further options of sbatch by name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "serve", Serve(self.serve))
        self._check_time()
        self._check_shape()

    def _check_time(self) -> None:
        if self.signal_delay >= 60 * self.minutes:
            raise UserError(
                f"cluster.minutes is {self.minutes} and cluster.signal_delay {self.signal_delay} "
                "seconds: a job would be told to drain before it starts; raise minutes"
            )

    def _check_shape(self) -> None:
        if self.nodes > 1 and self.serve is not Serve.RAY:
            raise UserError(
                f"cluster.nodes is {self.nodes}, and serve={self.serve} uses one node: "
                "set cluster.serve=ray, or nodes=1"
            )
        if self.serve is Serve.REPLICAS and self.gpus % self.replicas:
            raise UserError(
                f"cluster.gpus is {self.gpus}, which {self.replicas} replicas cannot share evenly: "
                "set cluster.replicas to a divisor"
            )

    def check(self, engine: EngineConfig) -> None:
        """Whether the engine is the one that these jobs serve.

        Raises:
            UserError: it is not; says what to set.
        """
        remote = engine.name == "server"
        if self.serve.apart and not remote:
            raise UserError(
                f"cluster.serve={self.serve} starts servers, and engine={engine.name} would not "
                f"ask them: set engine=server '{URLS}'"
            )
        if self.serve.apart and getattr(engine, "urls_file", None) != URLS_FILE:
            raise UserError(
                f"cluster.serve={self.serve}: each job asks servers of its own, set '{URLS}'"
            )
        if remote and not self.serve.apart:
            return  # servers that somebody else keeps running
        spread = getattr(engine, "tensor_parallel_size", 1)
        if spread > max(1, self.gpus) and not self.gres:
            raise UserError(
                f"engine.tensor_parallel_size is {spread} and a job has {self.gpus} GPUs: "
                f"set cluster.gpus={spread}"
            )
        if self.serve is Serve.TENSOR_PARALLEL and spread == 1:
            raise UserError(
                "cluster.serve=tensor_parallel spreads the model over the node's GPUs: "
                f"set engine.tensor_parallel_size={max(2, self.gpus)}"
            )
