"""How far a server is trusted, by what its answers were: these rules and no others.

What goes wrong halves the calls that it is allowed at once, and a good answer adds a few. After
`DOUBT` failures in a row it must prove itself again (its card, and one token), each time after a
longer pause if it gave no good answer in between. One whose answers were wrong, not merely absent,
through `RELAPSES` such rounds is not asked again; nor is one that others overrule often.
"""

from __future__ import annotations

from harness.engines.server.replica import Replica

STEPS = 32
"""Good answers after which a server that was trusted with one call has its whole limit again."""
DOUBT = 3
"""Failed answers in a row after which a server must prove itself again."""
RELAPSES = 3
"""Rounds of proving itself and then answering wrongly after which it is not asked again."""
OVERRULED = 16
"""Requests that others had to answer in its place, from which on their share is looked at."""
WRONG_SHARE = 0.2
"""Of all its answers; with more, it is not asked again."""


def answered_well(replica: Replica, now: float) -> None:
    """Note a good answer to a request."""
    replica.failures = replica.strikes = replica.rests = replica.relapses = 0
    replica.good += 1
    replica.unproven, replica.ill_since, replica.last_success = False, None, now
    _allow_more(replica)


def failed(replica: Replica) -> None:
    """Note that there was no answer."""
    replica.failures += 1
    replica.allowance = max(1, replica.allowance // 2)


def answered_wrongly(replica: Replica) -> None:
    """Note an answer that is none."""
    failed(replica)
    replica.strikes += 1


def refused(replica: Replica) -> None:
    """Note a refusal, which may be the request's fault: fewer at a time, until that is known."""
    replica.allowance = max(1, replica.allowance // 2)


def exonerated(replica: Replica) -> None:
    """Note that others refused the same request."""
    _allow_more(replica)


def in_doubt(replica: Replica) -> bool:
    """Whether it must prove itself before it is asked again; once it relapsed, at once if wrong."""
    return replica.failures >= DOUBT or (replica.relapses > 0 and replica.strikes > 0)


def went_down(replica: Replica) -> None:
    """Note that it goes out of use."""
    if replica.up and replica.unproven:
        replica.relapses += 1
    replica.up = False


def came_up(replica: Replica) -> None:
    """Note that it has proved itself, which is no answer to a request yet."""
    replica.up, replica.unproven, replica.failures = True, True, 0
    if not replica.relapses:
        replica.ill_since = None


def beyond_hope(replica: Replica) -> bool:
    """Whether it is not to be asked again."""
    relapsed = replica.relapses >= RELAPSES and replica.strikes >= DOUBT
    wrong = replica.overruled > WRONG_SHARE * (replica.overruled + replica.good)
    return relapsed or (replica.overruled >= OVERRULED and wrong)


def _allow_more(replica: Replica) -> None:
    more = 1 + replica.limit // STEPS
    replica.allowance = min(replica.limit, replica.allowance + more)
