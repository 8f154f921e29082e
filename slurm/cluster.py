"""What a job asks of Slurm and how its model is served: the config group `cluster`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from harness.engines.protocol import EngineConfig
from harness.errors import UserError

URLS_FILE = "$PTE_URLS_FILE"
"""Where a job's servers are listed; the templates set the variable."""
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

    image: str | None = None
    binds: Sequence[str] = ()
    """Folders to see inside, besides those of the run, as `HERE` or `HERE:THERE`."""
    command: str = "apptainer"
    options: Sequence[str] = ("--nv",)
    python: str = "python3"
    """The image's Python that has the harness."""


@dataclass(frozen=True)
class Cluster:
    """Settings of the jobs; None leaves the cluster's own default."""

    account: str | None = None
    partition: str | None = None
    qos: str | None = None
    constraint: str | None = None
    exclude: str | None = None
    nodes: int = 1
    gpus: int = 1
    """A node; 0 for jobs that need none."""
    gres: str | None = None
    """In place of `gpus`, where the cluster wants a type."""
    cpus: int = 8
    memory_gb: float | None = None
    """A node."""
    minutes: int = 240
    """A job's time limit, after which it is requeued and goes on."""
    signal_delay: int = 120
    """Seconds before the limit at which a job is told to drain."""
    parallel: int = 64
    """Jobs of the array that run at once."""
    gpu_hours: float = 2.0
    """What one job is estimated to take; decides how many jobs there are."""
    max_requeues: int = 20
    modules: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    forward: Sequence[str] | None = None
    """Names of variables that jobs take from the submitting shell; None for all of them."""
    setup: Sequence[str] = ()
    """Lines of shell before anything else."""
    container: Container = field(default_factory=Container)
    serve: Serve = Serve.INPROCESS
    replicas: int = 1
    serve_options: Sequence[str] = ()
    """Further options of `vllm serve`."""
    serve_wait: int = 1800
    """Seconds after which servers that are not ready fail the job."""
    sbatch: Mapping[str, str] = field(default_factory=dict)
    """Further options of sbatch by name."""

    def __post_init__(self) -> None:
        if self.serve not in list(Serve):
            raise UserError(f"cluster.serve is {self.serve!r}: give {', '.join(Serve)}")
        object.__setattr__(self, "serve", Serve(self.serve))
        for name in ("nodes", "cpus", "minutes", "signal_delay", "parallel", "replicas"):
            _whole(name, getattr(self, name), 1)
        for name in ("gpus", "max_requeues"):
            _whole(name, getattr(self, name), 0)
        for name in ("gpu_hours", "memory_gb"):
            _positive(name, getattr(self, name))
        for name in ("modules", "setup", "serve_options"):
            _texts(name, getattr(self, name))
        if self.forward is not None:
            _texts("forward", self.forward)
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


def _whole(name: str, value: object, least: int) -> None:
    if type(value) is not int or value < least:
        raise UserError(f"cluster.{name} is {value!r}: give a whole number from {least}")


def _positive(name: str, value: object) -> None:
    if value is not None and (type(value) not in (int, float) or value <= 0):  # type: ignore[operator]
        raise UserError(f"cluster.{name} is {value!r}: give a number above 0")


def _texts(name: str, value: object) -> None:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise UserError(f"cluster.{name} is {value!r}: give a list of words")
