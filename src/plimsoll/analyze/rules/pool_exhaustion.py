"""A pool that is too small: requests wait for a connection while those who could serve them idle.

Ours shows as wait before the request. An application's, or a pooler's before the database, shows by its sessions: all
in use all the time, far fewer than requests under way, and nobody busy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from plimsoll.analyze.accounting import (
    APPLICATION,
    APPLICATION_CPU,
    LAG,
    NETWORK,
    POOL_WAIT,
    application_trees,
    by_second,
)
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.gauges import chart_of
from plimsoll.analyze.evidence.headroom import application_is_busy, host_is_busy
from plimsoll.analyze.evidence.pool_told import PoolTold, pool_told
from plimsoll.analyze.evidence.waiting import class_share, scaled, slowest_steps, under_way
from plimsoll.core.finding import Confidence, Figure, Finding, Share
from plimsoll.core.units import format_ms, format_share

KIND: Final = "pool-exhaustion"
SHARE_MIN: Final = 0.05
IN_USE: Final = ("active", "idle in transaction", "idle in transaction (aborted)")
FULL_MIN: Final = 0.7  # of the looks at which all are in use: then hardly ever one is free
OFTEN_MIN: Final = 0.4  # below it the most is a chance of a few looks, as of sessions that are far away
MOST_MIN: Final = 2.0  # sessions: that one or none is in use says nothing
BEYOND_MIN: Final = 1.0  # requests under way beyond the sessions
FREE_MAX: Final = 0.15  # of the pool, as the application tells
POOLED_MAX: Final = 0.5  # sessions for each request under way
POOLED: Final = "transaction pooler"  # in what the run says of its target
WATCHERS: Final = 3  # sessions of our own, which count as idle
HELD_FOR_NOTHING: Final = frozenset(
    (NETWORK, APPLICATION, APPLICATION_CPU, "Timeout", "Client", "Activity", "Extension")
)


def examine(evidence: Evidence) -> Iterator[Finding]:
    if evidence.load.kinds != {"http"}:
        yield from _ours(evidence)
        yield from _before_each_statement(evidence)
    if evidence.load.kinds:
        yield from _theirs(evidence)


# -- the load's own pool


def _ours(evidence: Evidence) -> Iterator[Finding]:
    pool, waited = evidence.setting.pool, class_share(evidence, POOL_WAIT)
    if pool is None or waited is None or waited.value < SHARE_MIN:
        return
    idle = idle_part(evidence)
    share = scaled(waited, idle)
    if share.value < SHARE_MIN:
        return
    size = pool * evidence.setting.processes
    load = evidence.load
    wait_ms = 1000 * sum(second.wait_s for second in load.seconds) / max(1, load.requests)
    service_ms = 1000 * sum(second.service_s for second in load.seconds) / max(1, load.requests)
    yield Finding(
        kind=KIND,
        layer="application",
        subject="the load's connections",
        title=f"{format_share(waited.value)} of the request time is spent waiting for one of {size} connections",
        explanation=f"A request waits {format_ms(wait_ms)} for a connection and then takes {format_ms(service_ms)}. "
        f"While a connection is in use, the database works or waits for something for it {format_share(1 - idle)} of "
        f"the "
        f"time; in the other {format_share(idle)} more connections could be served: so much of the wait is the pool's.",
        confidence="likely" if evidence.watched else "possible",
        confirm_by=f"run again with --connections {2 * size}: the rate should rise and the wait fall",
        share=share,
        figures=tuple(_own_figures(evidence, waited, size, wait_ms, service_ms, idle)),
        chart=chart_of("wait for a connection, a request", "ms", _wait_points(evidence)),
        steps=slowest_steps(evidence),
        details={
            "whose": "ours",
            "size": size,
            "wait_ms": round(wait_ms, 3),
            "in_use": round(_held(evidence, size), 3),
        },
    )


def idle_part(evidence: Evidence) -> float:
    """Of the time for which connections were held, the part in which nothing in the database worked or waited for
    it, or waited for a core: what a larger pool could fill. 1 where nothing is known."""
    slices = [one for one in evidence.accounting.slices if one.part not in (LAG, POOL_WAIT)]
    held = sum(one.seconds for one in slices)
    return sum(one.seconds for one in slices if one.part in HELD_FOR_NOTHING) / held if held else 1.0


def _held(evidence: Evidence, size: int) -> float:
    """Of the pool, by the time that requests held a connection."""
    held = sum(second.service_s for second in evidence.load.seconds)
    return held / (size * evidence.load.duration_s) if evidence.load.duration_s else 0.0


def _wait_points(evidence: Evidence) -> Iterator[tuple[float, float]]:
    for second in evidence.load.seconds:
        if second.requests:
            yield second.start_s, 1000 * second.wait_s / second.requests


def _own_figures(
    evidence: Evidence, waited: Share, size: int, wait_ms: float, service_ms: float, idle: float
) -> Iterator[Figure]:
    yield Figure("request time spent waiting for a connection", waited.value, "share", SHARE_MIN)
    yield Figure("wait for a connection, a request", round(wait_ms, 3), "ms")
    yield Figure("service time, a request", round(service_ms, 3), "ms")
    yield Figure("connections", float(size), "count")
    yield Figure("connections in use", round(_held(evidence, size), 3), "share")
    yield Figure("time in use in which the database did nothing for it", round(idle, 3), "share")
    yield Figure("users at most", float(evidence.setting.users_max), "count")


# -- a pool between the load and the database


def _before_each_statement(evidence: Evidence) -> Iterator[Finding]:
    """Behind a transaction pooler each statement begins a transaction, before it is sent, and that waits for a server's
    connection: who has a connection of his own waits all the same."""
    waited, pooled = class_share(evidence, POOL_WAIT), any(POOLED in text for text in evidence.summary.warnings)
    if not pooled or evidence.setting.pool is not None or waited is None:
        return
    idle, users = idle_part(evidence), evidence.setting.users_max
    share = scaled(waited, idle)
    size = max((value for _, value in evidence.gauges.summed("database_connections")), default=0.0)
    if share.value < SHARE_MIN or size > POOLED_MAX * users:
        return
    yield Finding(
        kind=KIND,
        layer="application",
        subject="the pooler before the database",
        title=f"{format_share(waited.value)} of the request time is spent waiting for the pooler before the database: "
        f"{users} users share {size:.0f} sessions",
        explanation="A transaction pooler gives a session of the server to a transaction at a time; each statement "
        "waits "
        f"for one before it is sent. While a session is in use, the database works for it only "
        f"{format_share(1 - idle)} of "
        "the time: the pooler's pool holds the load back, not the server.",
        confidence="likely",
        confirm_by="SHOW POOLS on the pooler's console: cl_waiting above 0 all the time, sv_idle 0",
        share=share,
        figures=(
            Figure("request time spent waiting for a session", waited.value, "share", SHARE_MIN),
            Figure("sessions of the server, at most", size, "count"),
            Figure("users at most", float(users), "count"),
            Figure("time in use in which the database did nothing for it", round(idle, 3), "share"),
        ),
        chart=chart_of("wait for a session, a request", "ms", _wait_points(evidence)),
        steps=slowest_steps(evidence),
        details={"whose": "pooler", "size": round(size)},
    )


Whose = Literal["application", "pooler"]


@dataclass(frozen=True, slots=True)
class _Use:
    """Of sessions, second by second: `most` were in use at once, and so many they were in `at_most` of the looks (0 to
    1), with so many requests `beyond` them under way then. `wanting` are requests under way, on average; `queued` the
    part of them (0 to 1) without a session; in `paused` of them a session is held that has nothing to do."""

    most: float
    mean: float
    at_most: float
    wanting: float
    queued: float
    beyond: float
    paused: float


def _theirs(evidence: Evidence) -> Iterator[Finding]:
    """HTTP: the application's pool; SQL with a connection for each user, but fewer sessions: a pooler's."""
    whose: Whose = "application" if "http" in evidence.load.kinds else "pooler"
    within = class_share(evidence, APPLICATION if whose == "application" else NETWORK)
    use = _use(evidence)
    if use is None or within is None or (whose == "pooler" and not _is_pooled(evidence, use)):
        return
    if application_is_busy(evidence) or (host_is_busy(evidence) and not application_trees(evidence.gauges)):
        return
    told = pool_told(evidence.gauges) if whose == "application" else None
    sure = _sure(use, told)
    if sure is None or not within.value:
        return
    waiting = min(use.queued, within.value - use.paused)
    share = scaled(within, max(0.0, waiting) / within.value)
    if share.value >= SHARE_MIN:
        yield _their_finding(evidence, whose, share, use, told, sure)


def _use(evidence: Evidence) -> _Use | None:
    seconds = evidence.load.seconds
    series = [evidence.gauges.summed("database_connections", state=state) for state in IN_USE]
    if not any(series) or not seconds:
        return None
    active, *paused = (by_second(seconds, points) for points in series)
    used = [sum(values) for values in zip(active, *paused, strict=True)]
    wanting = under_way(evidence)
    most = max(used)
    full = [wanted - most for wanted, now in zip(wanting, used, strict=True) if now >= most - 0.5]
    whole = sum(wanting)
    return _Use(
        most=most,
        mean=sum(used) / len(used),
        at_most=len(full) / len(used),
        wanting=whole / len(seconds),
        queued=max(0.0, whole - sum(used)) / whole if whole else 0.0,
        beyond=sum(full) / len(full),
        paused=sum(map(sum, paused)) / whole if whole else 0.0,
    )


def _is_pooled(evidence: Evidence, use: _Use) -> bool:
    """Fewer sessions in all than users that have a connection each."""
    if evidence.setting.pool is not None:
        return False
    whole = evidence.gauges.highest("database_connections", state="idle") or 0.0
    return max(0.0, whole - WATCHERS) + use.most <= POOLED_MAX * use.wanting


def _sure(use: _Use, told: PoolTold | None) -> Confidence | None:
    """How sure it is that the pool has none free; None where it has, or where nothing points to it."""
    if told is not None and told.free is not None and told.size:
        return "confirmed" if told.free <= FREE_MAX * told.size and use.beyond > 0 else None
    if told is not None and told.waiting:
        return "confirmed"
    if use.most < 1 or use.beyond < BEYOND_MIN:
        return None
    if use.at_most >= FULL_MIN and use.beyond >= use.most:
        return "likely"
    return "possible" if use.at_most >= OFTEN_MIN and use.most >= MOST_MIN else None


def _their_finding(
    evidence: Evidence, whose: Whose, share: Share, use: _Use, told: PoolTold | None, sure: Confidence
) -> Finding:
    pool = "the application's connection pool" if whose == "application" else "the pooler before the database"
    size = told.size if told is not None and told.size else use.most
    return Finding(
        kind=KIND,
        layer="application",
        subject=pool,
        title=f"{format_share(share.value)} of the request time is spent waiting for {pool}: {use.wanting:.1f} "
            f"requests "
        f"are under way, {size:.0f} sessions serve them",
        explanation=_explained(whose, size, use),
        confidence=sure,
        confirm_by=f"double {pool} (and its workers, if each has one connection) and run again: the rate should rise, "
            f"or "
        "the latency fall",
        share=share,
        figures=tuple(_their_figures(evidence, use, told)),
        chart=chart_of("requests under way", "count", [(one.start_s, one.in_flight) for one in evidence.load.seconds],
                       size),
        steps=slowest_steps(evidence),
        details={"whose": whose, "size": round(size), "in_flight": round(use.wanting, 1)},
    )  # fmt: skip


def _explained(whose: Whose, size: float, use: _Use) -> str:
    other = (
        " An application with as many workers as connections looks the same from outside: then the workers are too few."
        if whose == "application"
        else ""
    )
    return (
        f"Never more than {size:.0f} sessions are in use (working, or within a transaction); they are in "
        f"{format_share(use.at_most)} of the looks, and {use.beyond:.1f} requests more are under way then, on "
        f"average, while "
        f"the application's processes are not busy: requests queue for a connection.{other}"
    )


def _their_figures(evidence: Evidence, use: _Use, told: PoolTold | None) -> Iterator[Figure]:
    yield Figure("requests under way, on average", round(use.wanting, 1), "count")
    yield Figure("sessions in use, at most", round(use.most, 1), "count")
    yield Figure("sessions in use, on average", round(use.mean, 2), "count")
    yield Figure("looks at which so many were in use", round(use.at_most, 3), "share", OFTEN_MIN)
    yield Figure("requests under way beyond them, then", round(use.beyond, 1), "count", BEYOND_MIN)
    if told is not None and told.free is not None:
        yield Figure("free in the pool, as the application tells", round(told.free, 2), "count")
    if told is not None and told.waiting is not None:
        yield Figure("waiting for the pool, as the application tells", round(told.waiting, 2), "count")
    busy = evidence.gauges.mean("host_cpu_busy_percent")
    if busy is not None:
        yield Figure("CPU of this machine in use", round(busy, 1), "percent")
