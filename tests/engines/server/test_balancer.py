"""Where requests are sent, without any server."""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from harness.engines.server.balancer import Balancer
from harness.engines.server.errors import CallFailedError
from harness.engines.server.prefix import BLOCK, openings
from harness.engines.server.replica import Replica
from harness.errors import EngineLostError


def run(work: Callable[[Balancer], Awaitable[None]], limits: tuple[int, ...]) -> None:
    """Work with a balancer over servers with these limits, all up."""

    async def main() -> None:
        balancer = Balancer(patience=0.05)
        for n, limit in enumerate(limits):
            replica = Replica(f"http://server{n}", limit)
            balancer.add(replica)
            balancer.rise(replica)
        await work(balancer)
        for replica in balancer.replicas:
            await replica.close()

    asyncio.run(main())


def prompt(n: int, length: int = 3 * BLOCK) -> array[int]:
    return array("I", [n] * length)


def test_openings_are_shared_as_far_as_prompts_are() -> None:
    one, other = prompt(1) + prompt(2), prompt(1) + prompt(3)
    shared = set(openings(one)) & set(openings(other))
    assert len(shared) == 3
    assert openings(one) == openings(array("I", one))
    assert not set(openings(prompt(1))) & set(openings(prompt(2)))
    assert len(set(openings(prompt(1, 5)))) == 1


def test_requests_with_one_prefix_go_to_one_server() -> None:
    async def work(balancer: Balancer) -> None:
        homes: dict[int, set[str]] = {}
        for _ in range(5):
            for n in range(8):
                replica = await balancer.room(prompt(n))
                homes.setdefault(n, set()).add(replica.url)
                balancer.leave(replica)
        assert all(len(urls) == 1 for urls in homes.values())
        first = await balancer.room(prompt(1))
        follow = await balancer.room(prompt(1) + prompt(9))
        assert follow is first

    run(work, (16, 16, 16))


def test_a_busy_home_is_left_for_the_least_loaded() -> None:
    async def work(balancer: Balancer) -> None:
        taken = Counter([(await balancer.room(prompt(1))).url for _ in range(30)])
        assert len(taken) == 3
        assert max(taken.values()) - min(taken.values()) <= 5

    run(work, (16, 16, 16))


def test_a_free_server_takes_over_what_waits_elsewhere() -> None:
    async def work(balancer: Balancer) -> None:
        held = [await balancer.room(prompt(n)) for n in (1, 2)]
        waiting = [asyncio.create_task(balancer.room(prompt(1))) for _ in range(2)]
        await asyncio.sleep(0)
        balancer.leave(held[1])  # nothing with its own prefix waits
        assert await waiting[0] is held[1]
        balancer.leave(held[0])
        assert await waiting[1] is held[0]

    run(work, (1, 1))


def test_the_limit_is_kept_and_the_cancelled_take_no_room() -> None:
    async def work(balancer: Balancer) -> None:
        held = [await balancer.room(prompt(n)) for n in range(4)]
        late = [asyncio.create_task(balancer.room(prompt(n))) for n in range(3)]
        await asyncio.sleep(0)
        assert [replica.in_flight for replica in balancer.replicas] == [2, 2]
        assert not any(task.done() for task in late)
        late[0].cancel()
        balancer.leave(held[0])
        late[1].cancel()  # granted by now, but not yet told
        await asyncio.sleep(0.01)
        assert late[2].done()
        assert [replica.in_flight for replica in balancer.replicas] == [2, 2]

    run(work, (2, 2))


def test_what_waits_at_a_server_that_goes_down_goes_elsewhere() -> None:
    async def work(balancer: Balancer) -> None:
        first = await balancer.room(prompt(1))
        other = await balancer.room(prompt(2))
        assert other is not first
        waiting = asyncio.create_task(balancer.room(prompt(1)))
        await asyncio.sleep(0)
        balancer.fault(first, CallFailedError("reset", unreachable=True))
        balancer.leave(first)
        assert not waiting.done()
        balancer.leave(other)
        assert await waiting is other

    run(work, (1, 1))


def test_one_failed_answer_is_no_reason_to_take_a_server_down_but_three_are() -> None:
    async def work(balancer: Balancer) -> None:
        [replica] = balancer.replicas
        for _ in range(5):
            balancer.fault(replica, CallFailedError("500"))
            balancer.fault(replica, CallFailedError("500"))
            balancer.well(replica)
        assert replica.up
        for _ in range(3):
            balancer.fault(replica, CallFailedError("500"))
        assert not replica.up

    run(work, (1,))


def test_a_server_that_rests_is_left_alone_until_its_time_is_over() -> None:
    async def work(balancer: Balancer) -> None:
        one, other = balancer.replicas
        balancer.rest(one, 0.2, "429")
        for _ in range(6):
            assert await balancer.room(prompt(1)) is other
        waiting = asyncio.create_task(balancer.room(prompt(1)))
        assert await asyncio.wait_for(waiting, 5) is one
        assert asyncio.get_running_loop().time() >= one.rests_until

    run(work, (6, 6))


def test_who_waits_for_dead_servers_is_told_when_patience_is_over() -> None:
    async def work(balancer: Balancer) -> None:
        for replica in balancer.replicas:
            balancer.down(replica, "it is dead")
        waiting = asyncio.create_task(balancer.room(prompt(1)))
        await asyncio.sleep(0)
        balancer.look()
        assert not waiting.done()
        await asyncio.sleep(0.06)
        balancer.look()
        with pytest.raises(EngineLostError, match=r"none of 2 servers.*it is dead"):
            await waiting
        with pytest.raises(EngineLostError):
            await balancer.room(prompt(1))

    run(work, (1, 1))


def test_a_server_that_rests_while_it_works_is_not_dead() -> None:
    async def work(balancer: Balancer) -> None:
        [replica] = balancer.replicas
        await balancer.room(prompt(1))  # a long generation
        balancer.rest(replica, 0.3, "429")
        waiting = asyncio.create_task(balancer.room(prompt(2)))
        await asyncio.sleep(0.1)
        balancer.look()
        assert await asyncio.wait_for(waiting, 5) is replica

    run(work, (2,))
