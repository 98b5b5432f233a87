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
    APPLICATION_RUN_DELAY,
    LAG,
    NETWORK,
    POOL_WAIT,
)
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.gauges import chart_of
from plimsoll.analyze.evidence.headroom import application_is_busy, host_is_busy, in_flight
from plimsoll.analyze.evidence.pool_told import PoolTold, pool_told
from plimsoll.analyze.evidence.waiting import class_share, scaled, slowest_steps
from plimsoll.core.finding import Confidence, Figure, Finding, Share
from plimsoll.core.units import format_ms, format_share

KIND: Final = "pool-exhaustion"
SHARE_MIN: Final = 0.05
IN_USE_MIN: Final = 0.85  # of the sessions, on average: then hardly ever one is free
HALF_USED: Final = 0.3  # of the sessions: one that is taken may well be idle between two statements
QUEUE_MIN: Final = 2.0  # requests under way for each session, and at least
QUEUE_LEAST: Final = 2.0  # so many more than sessions
WATCHERS: Final = 3  # sessions of our own, which count as idle
HELD_FOR_NOTHING: Final = frozenset(
    (NETWORK, APPLICATION, APPLICATION_CPU, "Timeout", "Client", "Activity", "Extension")
)


def examine(evidence: Evidence) -> Iterator[Finding]:
    if evidence.load.kinds != {"http"}:
        yield from _ours(evidence)
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
        f"While a connection is in use, the database works for it only {format_share(1 - idle)} of the time: the pool "
        "holds the load back, not the server.",
        confidence="likely" if evidence.watched else "possible",
        confirm_by=f"run again with --connections {2 * size}: the rate should rise and the wait fall",
        share=share,
        figures=tuple(_own_figures(evidence, waited, size, wait_ms, service_ms, idle)),
        chart=chart_of("wait for a connection, a request", "ms", _wait_points(evidence)),
        steps=slowest_steps(evidence),
        details={"whose": "ours", "size": size, "wait_ms": round(wait_ms, 3), "in_use": round(_use(evidence, size), 3)},
    )


def idle_part(evidence: Evidence) -> float:
    """Of the time for which connections were held, the part in which nothing in the database worked or waited for
    it: what a larger pool could fill. 0 where the machine has nothing left; 1 where nothing is known."""
    if host_is_busy(evidence):
        return 0.0
    slices = [one for one in evidence.accounting.slices if one.part not in (LAG, POOL_WAIT, APPLICATION_RUN_DELAY)]
    held = sum(one.seconds for one in slices)
    return sum(one.seconds for one in slices if one.part in HELD_FOR_NOTHING) / held if held else 1.0


def _use(evidence: Evidence, size: int) -> float:
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
    yield Figure("connections in use", round(_use(evidence, size), 3), "share")
    yield Figure("time in use in which the database did nothing for it", round(idle, 3), "share")
    yield Figure("users at most", float(evidence.setting.users_max), "count")


# -- a pool between the load and the database


@dataclass(frozen=True, slots=True)
class _Sessions:
    """Of the database, on average; `in_use` are active ones and those within a transaction."""

    in_use: float
    idle: float
    steady: bool


Whose = Literal["application", "pooler"]


def _theirs(evidence: Evidence) -> Iterator[Finding]:
    """HTTP: the application's pool; SQL with a connection for each user, but fewer sessions: a pooler's."""
    if not evidence.load.kinds:
        return
    whose: Whose = "application" if "http" in evidence.load.kinds else "pooler"
    queue = class_share(evidence, APPLICATION if whose == "application" else NETWORK)
    told = pool_told(evidence.gauges) if whose == "application" else None
    sessions = _sessions(evidence)
    if queue is None or sessions is None or (whose == "pooler" and evidence.setting.pool is not None):
        return
    confidence = _sure(evidence, sessions, told)
    size = told.size if told is not None and told.size else sessions.in_use + sessions.idle
    wanting = in_flight(evidence)
    if confidence is None or wanting < max(QUEUE_MIN * size, size + QUEUE_LEAST):
        return
    if host_is_busy(evidence) or application_is_busy(evidence):
        return
    part = min(1.0, (wanting - size) / (wanting * queue.value)) if queue.value else 0.0
    share = scaled(queue, part)
    if share.value >= SHARE_MIN:
        yield _their_finding(evidence, whose, share, size, sessions, told, wanting, confidence)


def _sessions(evidence: Evidence) -> _Sessions | None:
    gauges = evidence.gauges
    by_state = gauges.by_label("database_connections", "state")
    if not by_state:
        return None
    used = [state for state in by_state if state != "idle"]
    whole = [value for _, value in gauges.summed("database_connections")]
    return _Sessions(
        in_use=sum(by_state[state] for state in used),
        idle=max(0.0, by_state.get("idle", 0.0) - WATCHERS),
        steady=max(whole) - min(whole) <= 1,
    )


def _sure(evidence: Evidence, sessions: _Sessions, told: PoolTold | None) -> Confidence | None:
    """How sure it is that the pool has none free; None where it has, or where nothing points to it."""
    if told is not None and told.free is not None and told.size:
        return "confirmed" if told.free <= (1 - IN_USE_MIN) * told.size else None
    if told is not None and told.waiting:
        return "confirmed"
    if sessions.in_use >= IN_USE_MIN * (sessions.in_use + sessions.idle) and sessions.in_use >= 1:
        return "likely"
    some = sessions.in_use >= HALF_USED * (sessions.in_use + sessions.idle) and sessions.in_use >= 1
    return "possible" if sessions.steady and some else None


def _their_finding(
    evidence: Evidence, whose: Whose, share: Share, size: float, sessions: _Sessions, told: PoolTold | None,
    wanting: float, confidence: Confidence,
) -> Finding:  # fmt: skip
    pool = "the application's connection pool" if whose == "application" else "the pooler before the database"
    return Finding(
        kind=KIND,
        layer="application",
        subject=pool,
        title=f"{format_share(share.value)} of the request time is spent waiting for {pool}: {wanting:.0f} requests "
        f"are "
        f"under way, {size:.0f} sessions serve them",
        explanation=_explained(whose, size, sessions, wanting, confidence),
        confidence=confidence,
        confirm_by=f"double {pool} (and its workers, if each has one connection) and run again: the rate should rise",
        share=share,
        figures=tuple(_their_figures(evidence, size, sessions, told, wanting)),
        chart=evidence.gauges.chart("sessions in use", "count", "database_connections", size, state="active")
        or chart_of("requests under way", "count", [(one.start_s, one.in_flight) for one in evidence.load.seconds]),
        steps=slowest_steps(evidence),
        details={"whose": whose, "size": round(size), "in_flight": round(wanting, 1)},
    )


def _explained(whose: Whose, size: float, sessions: _Sessions, wanting: float, confidence: Confidence) -> str:
    if confidence == "possible":
        used = f"The number of sessions stays at {size:.0f} while {wanting:.0f} requests are under way"
    else:
        used = (
            f"Of {size:.0f} sessions {sessions.in_use:.1f} are in use on average while {wanting:.0f} requests are "
            f"under way"
        )
    idle = "neither the database nor the CPUs of this machine are busy"
    other = (
        " An application with as many workers as connections looks the same from outside: then the workers are too few."
        if whose == "application"
        else ""
    )
    return f"{used}, and {idle}: requests queue for a connection.{other}"


def _their_figures(
    evidence: Evidence, size: float, sessions: _Sessions, told: PoolTold | None, wanting: float
) -> Iterator[Figure]:
    yield Figure("requests under way, on average", round(wanting, 1), "count", round(QUEUE_MIN * size, 1))
    yield Figure("sessions of the pool", round(size, 1), "count")
    yield Figure("sessions in use, on average", round(sessions.in_use, 2), "count")
    if told is not None and told.free is not None:
        yield Figure("free in the pool, as the application tells", round(told.free, 2), "count")
    if told is not None and told.waiting is not None:
        yield Figure("waiting for the pool, as the application tells", round(told.waiting, 2), "count")
    busy = evidence.gauges.mean("host_cpu_busy_percent")
    if busy is not None:
        yield Figure("CPU of this machine in use", round(busy, 1), "percent")
