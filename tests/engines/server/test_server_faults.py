"""A run whose servers go wrong comes to the same records as one whose servers do not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.engines.protocol import LoadRequest
from harness.engines.server.config import ServerConfig
from harness.engines.server.errors import LONGEST_DELAY, backoff, retry_after
from harness.errors import EngineError, EngineLostError, UserError
from harness.journal import Journal
from harness.models.spec import ModelSpec
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.selection.self_consistency import SelfConsistency
from tests.engines.server.conftest import Serve, completion
from tests.fake_server import BROKEN, BUSY, RESET, STALL, FakeServer, Fault, until
from tests.run.test_kill import keys
from tests.toys import ToyBenchmark, toy_run

STACKS = [[], [ChainOfThought(), SelfConsistency(n=5)]]
SIZE = 8


def fleet(*servers: FakeServer, **settings: Any) -> ServerConfig:
    quick = {"health": 1.0, "timeout": 20.0, "concurrency": 16}
    return ServerConfig(urls=tuple(server.url for server in servers), **(quick | settings))


def records(folder: Path, config: ServerConfig, model: ModelSpec) -> pd.DataFrame:
    runner = toy_run(folder, STACKS, config, ToyBenchmark(size=SIZE), models=[model])
    result = keys(folder / "journal")
    assert len(result) == len(set(result))
    frame = runner.records.frame().sort_values(["cell", "problem"]).reset_index(drop=True)
    return frame[[column for column in frame if column != "engine_settings"]]


@pytest.fixture(scope="module")
def calm(name: str, model: ModelSpec, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Records of a run on one server to which nothing happens; `attrs` says what it was asked."""
    with FakeServer(name) as server:
        result = records(tmp_path_factory.mktemp("calm"), fleet(server), model)
        result.attrs["asked"] = len(server.asked)
    assert (result["status"] == "answered").all()
    return result


@pytest.mark.parametrize(
    "faults",
    [
        [BUSY] * 12,
        [BROKEN] * 10,
        [RESET] * 6,
        [Fault(503, after="0"), Fault(502), Fault(408)] * 3,
        [Fault(change={"finish_reason": "abort"})] * 3,
    ],
    ids=["429", "500", "reset", "mixed", "abort"],
)
def test_faults_that_pass_leave_no_trace(
    serve: Serve, model: ModelSpec, tmp_path: Path, calm: pd.DataFrame, faults: list[Fault]
) -> None:
    one, other = serve(), serve()
    one.faults.extend(faults)
    other.faults.extend(faults)
    result = records(tmp_path, fleet(one, other), model)
    pd.testing.assert_frame_equal(result, calm)
    assert not one.faults


def test_a_stalled_request_is_asked_elsewhere(
    serve: Serve, model: ModelSpec, tmp_path: Path, calm: pd.DataFrame
) -> None:
    one, other = serve(), serve()
    one.faults.append(STALL)
    result = records(tmp_path, fleet(one, other, timeout=3.0), model)
    pd.testing.assert_frame_equal(result, calm)


@pytest.mark.parametrize("how", ["dies", "stalls", "storms"])
def test_a_server_that_goes_midway_and_returns(
    serve: Serve, model: ModelSpec, tmp_path: Path, calm: pd.DataFrame, how: str
) -> None:
    one, other = serve(seconds=0.05), serve(seconds=0.05)
    config = fleet(one, other, concurrency=2)
    after: list[int] = []

    def trouble() -> None:
        until(lambda: len(one.asked) >= 5)
        set_trouble(one, how)
        seen = len(other.asked)
        until(lambda: len(other.asked) > seen + 10)  # the work goes on elsewhere
        other.seconds = 1.0  # or all may be done before the first is seen to be well
        end_trouble(one, how)
        seen = len(one.asked)
        until(lambda: len(one.asked) > seen + 3, 60)
        other.seconds = 0.05
        after.append(len(one.asked) - seen)

    result = beside(trouble, lambda: records(tmp_path, config, model))
    pd.testing.assert_frame_equal(result, calm)
    assert after


def set_trouble(server: FakeServer, how: str) -> None:
    if how == "dies":
        server.die()
    elif how == "stalls":
        server.silent = True
    else:
        server.mode = BROKEN


def end_trouble(server: FakeServer, how: str) -> None:
    if how == "dies":
        server.revive()
    server.silent, server.mode = False, None


def beside(work: Callable[[], None], run: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Run while something else happens in a thread, whose failure is this one's."""
    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    result = run()
    thread.join()
    assert not failed, failed
    return result


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_refused_request_is_one_failed_attempt_and_is_not_repeated(
    serve: Serve, model: ModelSpec, tmp_path: Path, status: int
) -> None:
    server = serve()
    server.faults.append(Fault(status, message="this prompt is not liked"))
    runner = toy_run(tmp_path, [[]], fleet(server), ToyBenchmark(size=SIZE), models=[model])
    frame = runner.records.frame()
    failed = frame[frame["status"] == "error"]
    assert len(failed) == 1
    assert "this prompt is not liked" in failed["error"].iloc[0]
    assert "127.0.0.1" not in failed["error"].iloc[0]
    assert len(server.asked) == SIZE


def test_a_request_that_always_fails_costs_itself_alone(serve: Serve, model: ModelSpec) -> None:
    server = serve()

    async def work() -> None:
        engine = await fleet(server, retries=2).load(LoadRequest(model, (), 1000))
        server.faults.extend([BROKEN] * 3)
        try:
            with pytest.raises(EngineError, match="3 tries failed, the last: status 500"):
                await engine.complete(completion())
            await engine.complete(completion())
        finally:
            await engine.close()

    asyncio.run(work())
    assert len(server.asked) == 4


def test_when_all_servers_are_gone_the_run_stops_and_can_be_resumed(
    serve: Serve, model: ModelSpec, tmp_path: Path, calm: pd.DataFrame
) -> None:
    one, other = serve(seconds=0.05), serve(seconds=0.05)
    config = fleet(one, other, concurrency=2, patience=1.0)
    _ = config.cards

    def kill() -> None:
        until(lambda: len(one.asked) > 5)
        one.die()
        other.die()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(EngineLostError, match="none of 2 servers"):
        records(tmp_path, config, model)
    killer.join()
    kept = keys(tmp_path / "journal")
    assert kept
    third = serve()
    pd.testing.assert_frame_equal(records(tmp_path, fleet(third), model), calm)
    assert set(kept) < set(keys(tmp_path / "journal"))
    journal = Journal.open(tmp_path / "journal")
    drawn = [journal.get(bytes.fromhex(key)) for key in kept]
    completions = sum(record is not None and record["kind"] == "complete" for record in drawn)
    journal.close()
    assert len(third.asked) == calm.attrs["asked"] - completions


def test_a_server_that_returns_as_another_model_is_not_asked(
    serve: Serve, model: ModelSpec, tmp_path: Path, calm: pd.DataFrame
) -> None:
    one, other = serve(seconds=0.05), serve(seconds=0.05)
    asked: list[int] = []

    def replaced() -> None:
        until(lambda: len(one.asked) >= 5)
        one.die()
        one.name = "another model"
        asked.append(len(one.asked))
        one.revive()

    config = fleet(one, other, concurrency=2)
    result = beside(replaced, lambda: records(tmp_path, config, model))
    pd.testing.assert_frame_equal(result, calm)
    # Calls just being made (two at most) may meet it once; what it refuses is asked elsewhere.
    assert len(one.asked) <= asked[0] + 2


def test_a_server_may_join_late(
    serve: Serve, model: ModelSpec, tmp_path: Path, calm: pd.DataFrame
) -> None:
    one, other = serve(seconds=0.1), serve()
    places = tmp_path / "places"
    places.write_text(one.url)

    def join() -> None:
        until(lambda: len(one.asked) >= 3)
        places.write_text(f"{one.url}\n{other.url}\n")

    config = ServerConfig(urls_file=str(places), concurrency=1)
    result = beside(join, lambda: records(tmp_path, config, model))
    pd.testing.assert_frame_equal(result, calm)
    assert len(other.asked) > 3


def test_a_run_waits_for_its_first_server(serve: Serve, model: ModelSpec) -> None:
    server = serve()
    server.die()
    starting = threading.Timer(0.5, server.revive)
    starting.start()
    assert fleet(server, wait=20).check([model], 1000) is None
    starting.join()


def test_a_fleet_in_which_nobody_can_be_used_says_why(serve: Serve, model: ModelSpec) -> None:
    server = serve()
    config = fleet(server)
    _ = config.cards
    server.die()

    async def work() -> None:
        await config.load(LoadRequest(model, (), 1000))

    with pytest.raises(UserError, match=r"no server can be used:\n.*does not answer"):
        asyncio.run(work())


def test_pauses_grow_and_end_somewhere() -> None:
    for tries in range(1, 30):
        pauses = {backoff(tries) for _ in range(20)}
        assert len(pauses) > 1
        whole = min(LONGEST_DELAY, 0.25 * 2.0 ** (tries - 1))
        assert all(whole / 2 <= pause <= whole for pause in pauses)


def test_retry_after_is_a_number_or_a_date() -> None:
    assert retry_after("1.5") == 1.5
    assert retry_after("Mon, 01 Jan 2001 00:00:00 GMT") == 0.0
    assert retry_after("soon") is None
    assert retry_after(None) is None
