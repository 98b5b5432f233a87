"""The way there and back: round trips that take long whatever is asked, connections made anew, results that crawl.

A delay of the network is a constant: even the quickest request of the quickest step has it, which neither a busy
machine nor a slow statement does to all of them.
"""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.accounting import APPLICATION, NETWORK, POOL_WAIT
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.headroom import (
    application_is_busy,
    host_is_busy,
)
from plimsoll.analyze.evidence.pauses import paused_ms
from plimsoll.analyze.evidence.round_trips import (
    RoundTrip,
    answer_ms,
    retransmits,
    sql_round_trip,
    statements_a_request,
)
from plimsoll.analyze.evidence.waiting import (
    carried,
    class_share,
    event_share,
    slowest_steps,
)
from plimsoll.analyze.evidence.ways import SHARE_MIN, Way, way_to_site
from plimsoll.core.finding import Confidence, Figure, Finding, Share
from plimsoll.core.units import format_ms, format_share

KIND: Final = "network-latency"
RECONNECTING: Final = "connections-made-anew"
ROUND_TRIP_MIN_MS: Final = 1.0  # within a machine or a data centre it is a few tenths
CONFIRMED_FROM: Final = 0.7  # of the round trip, by the watch's own question
ANEW_MIN: Final = 0.5  # new connections for each request
BETWEEN_MIN_MS: Final = 2.0  # between two statements of a transaction, with nobody's CPU busy
BETWEEN_SHARE_MIN: Final = 0.3


def examine(evidence: Evidence) -> Iterator[Finding]:
    if "http" in evidence.load.kinds:
        yield from _http(evidence)
        yield from _behind_the_application(evidence)
    else:
        yield from _sql(evidence)


# -- SQL


def _sql(evidence: Evidence) -> Iterator[Finding]:
    part, trip = _on_the_way(evidence), sql_round_trip(evidence)
    if part is None or trip is None or trip.ms < ROUND_TRIP_MIN_MS:
        return
    if trip.of_transactions and paused_ms(evidence) is not None:
        return  # the way is known to be shorter
    share = _share_of_trips(evidence, trip.ms * max(1.0, statements_a_request(evidence) or 1.0), part)
    if share.value < SHARE_MIN:
        return
    seen_ms = answer_ms(evidence)
    seen = seen_ms is not None and seen_ms >= CONFIRMED_FROM * trip.ms
    trips = statements_a_request(evidence)
    sure: Confidence = "confirmed" if seen else "likely" if evidence.database.statements else "possible"
    yield Finding(
        kind=KIND,
        layer="network",
        subject="database",
        title=f"{format_share(share.value)} of the request time {_is(sure)} the way to the database and back: "
        f"{format_ms(trip.ms)} a round trip",
        explanation=f"Even {_quickest(trip)} {format_ms(trip.floor_ms)}, of which the "
        f"database works {format_ms(trip.database_ms)}. The rest comes with every statement, whatever it asks for: a "
        "network that is far or slow, a proxy or pooler on the way, encryption, or name lookups; it is not the "
        "database.",
        confidence=sure,
        confirm_by="time SELECT 1 from the load's machine and from the server itself: the difference is the way",
        share=share,
        figures=tuple(_sql_figures(evidence, trip, share, trips, seen_ms)),
        chart=evidence.gauges.chart("the smallest question of the watch", "ms", "database_answer_ms"),
        steps=slowest_steps(evidence),
        details={"round_trip_ms": round(trip.ms, 3), "statements_a_request": trips, "where": "database"},
    )


def _quickest(trip: RoundTrip) -> str:
    if trip.of_transactions:
        return "the quickest transactions take for each of their statements"
    return "the quickest requests of the quickest step take"


def _is(sure: Confidence) -> str:
    return "may be" if sure == "possible" else "is"


def _on_the_way(evidence: Evidence) -> Share | None:
    """What the database does not explain, and what it waits for the rest of a question."""
    outside, asked = class_share(evidence, NETWORK), event_share(evidence, "Client", ("ClientRead",))
    if outside is None or asked is None:
        return outside
    return Share(
        min(1.0, outside.value + asked.value), min(1.0, outside.low + asked.low), min(1.0, outside.high + asked.high)
    )


def _share_of_trips(evidence: Evidence, ms_a_request: float, within: Share | None) -> Share:
    """What so much for each request is of the time of all; no more than the part that it is in, with its interval."""
    load = evidence.load
    value = min(1.0, load.requests * ms_a_request / 1000 / load.request_s) if load.request_s else 0.0
    if evidence.setting.pool is None:  # the wait for a pool that is too small is the pool's
        value = carried(evidence, value)
    if within is None or not within.value:
        return Share(round(value, 4), round(0.8 * value, 4), round(min(1.0, 1.2 * value), 4))
    value = min(value, within.value)
    scale = value / within.value
    return Share(round(value, 4), round(within.low * scale, 4), round(min(1.0, within.high * scale), 4))


def _sql_figures(
    evidence: Evidence, trip: RoundTrip, share: Share, trips: float | None, seen_ms: float | None
) -> Iterator[Figure]:
    yield Figure("request time spent on the way", share.value, "share", SHARE_MIN)
    yield Figure("a round trip, at least", round(trip.ms, 3), "ms", ROUND_TRIP_MIN_MS)
    quick = (
        "quickest transactions, for each statement"
        if trip.of_transactions
        else "quickest requests of the quickest step"
    )
    yield Figure(quick, round(trip.floor_ms, 3), "ms")
    yield Figure("of which the database", round(trip.database_ms, 3), "ms")
    if trips is not None:
        yield Figure("statements a request", round(trips, 2), "count")
    if seen_ms is not None:
        yield Figure("the smallest question of the watch, at its quickest", round(seen_ms, 3), "ms")
    yield from retransmits(evidence)


# -- HTTP


def _http(evidence: Evidence) -> Iterator[Finding]:
    way = way_to_site(evidence)
    if way is None:
        return
    reconnecting = way.anew * way.connect_ms
    share = _share_of_trips(evidence, way.ms + reconnecting, None)
    if way.ms >= ROUND_TRIP_MIN_MS and share.value >= way.share_min:
        yield (_behind if way.behind else _far)(evidence, way, share)
    share = _share_of_trips(evidence, reconnecting, class_share(evidence, POOL_WAIT))
    if way.anew >= ANEW_MIN and share.value >= SHARE_MIN:
        yield _anew(evidence, way, share)


def _far(evidence: Evidence, way: Way, share: Share) -> Finding:
    return Finding(
        kind=KIND,
        layer="network",
        subject="site",
        title=f"{format_share(share.value)} of the request time {_is(way.sure)} the way to the application and back: "
        f"{format_ms(way.ms)} a round trip"
        f"{', or the application waits so long at each' if way.sure == 'possible' else ''}",
        explanation=_why_far(way),
        confidence=way.sure,
        confirm_by="request a static path, or time the connection alone, from the load's machine and from the server",
        share=share,
        figures=tuple(_http_figures(evidence, way, share)),
        steps=slowest_steps(evidence),
        details={"round_trip_ms": round(way.ms, 3), "connects_a_request": round(way.anew, 3), "where": "site"},
    )


def _passes(sure: Confidence) -> str:
    return "may pass" if sure == "possible" else "passes"


def _why_far(way: Way) -> str:
    same = "one that waits as long for something at every request looks the same"
    if way.sure == "possible":
        return (
            f"{way.basis[0].upper()}{way.basis[1:]}. Who waits for the rest is not known: something on the way, as a "
            f"proxy or balancer, holds every request up, or the application does; {same}."
        )
    return (
        f"A round trip takes {format_ms(way.ms)} ({way.basis}), and every request makes at least one: a network that "
        f"is far or slow, or a proxy or balancer on the way. It comes with every request, however quick the "
        f"application is; {same}."
    )


def _behind(evidence: Evidence, way: Way, share: Share) -> Finding:
    trips = statements_a_request(evidence)
    asked = f"each of {trips:.1f} statements a request" if trips else "each question to it"
    return Finding(
        kind=KIND,
        layer="network",
        subject="behind the application",
        title=f"{format_share(share.value)} of the request time {_passes(way.sure)} while nobody computes: "
        f"{format_ms(way.ms)} at least in each request",
        explanation=f"Of requests, {way.basis}. Each step has a constant of its own, so the application rather waits: "
        f"for the way to its database and back, at {asked}, for another service, or for something of its own, as a "
        f"lock, a limit or a pause.",
        confidence=way.sure,
        confirm_by="time SELECT 1 from the application's machine: if it is quick, look for calls to other services",
        share=share,
        figures=tuple(_http_figures(evidence, way, share)),
        steps=slowest_steps(evidence),
        details={"round_trip_ms": round(way.ms, 3), "statements_a_request": trips, "where": "database"},
    )


def _http_figures(evidence: Evidence, way: Way, share: Share) -> Iterator[Figure]:
    yield Figure("request time spent so", share.value, "share", way.share_min)
    yield Figure("in each request, at least", round(way.ms, 3), "ms", ROUND_TRIP_MIN_MS)
    yield Figure("new connections a request", round(way.anew, 3), "count")
    yield from retransmits(evidence)


def _anew(evidence: Evidence, way: Way, share: Share) -> Finding:
    return Finding(
        kind=RECONNECTING,
        layer="network",
        subject="site",
        title=f"{format_share(share.value)} of the request time is spent opening connections: {way.anew:.2f} a request",
        explanation=f"Hardly any request finds a connection that is still open; each new one takes "
        f"{format_ms(way.connect_ms)}. "
        "The server or a balancer closes connections after each answer (no keep-alive), or the scenario does.",
        confidence="confirmed",
        confirm_by="look for Connection: close in the answers, and for the keep-alive settings of server and balancer",
        share=share,
        figures=(
            Figure("new connections a request", round(way.anew, 3), "count", ANEW_MIN),
            Figure("opening a connection, in the median", round(way.connect_ms, 3), "ms"),
        ),
        steps=slowest_steps(evidence),
    )


# -- between the application and its database


def _behind_the_application(evidence: Evidence) -> Iterator[Finding]:
    """Transactions that are open with nothing to do, while nobody's CPU is busy: the way to the database, or the
    application waits for somebody else in the middle of them."""
    trips, within, seen_ms = statements_a_request(evidence), class_share(evidence, APPLICATION), answer_ms(evidence)
    if trips is None or within is None or host_is_busy(evidence) or application_is_busy(evidence):
        return
    idle = evidence.gauges.mean("database_connections", state="idle in transaction") or 0.0
    between_ms = 1000 * idle * evidence.load.duration_s / max(1.0, trips * evidence.load.requests)
    told = seen_ms is not None and seen_ms >= ROUND_TRIP_MIN_MS
    ms = seen_ms if told and seen_ms is not None else between_ms
    share = _share_of_trips(evidence, ms * trips, within)
    if share.value < (SHARE_MIN if told else BETWEEN_SHARE_MIN) or ms < (ROUND_TRIP_MIN_MS if told else BETWEEN_MIN_MS):
        return
    yield Finding(
        kind=KIND,
        layer="network",
        subject="database",
        title=f"{format_share(share.value)} of the request time {_passes('likely' if told else 'possible')} between "
        f"statements: {format_ms(ms)} at each of {trips:.1f} a request",
        explanation=_between(told, ms),
        confidence="likely" if told else "possible",
        confirm_by="time SELECT 1 from the application's machine: if it is quick, look for calls to others within "
        "transactions",
        share=share,
        figures=(
            Figure("request time between statements", share.value, "share", SHARE_MIN),
            Figure("a round trip to the database" if told else "between two statements", round(ms, 3), "ms",
                   ROUND_TRIP_MIN_MS if told else BETWEEN_MIN_MS),
            Figure("statements a request", round(trips, 2), "count"),
            Figure("sessions idle within a transaction, on average", round(idle, 2), "count"),
        ),
        chart=evidence.gauges.chart("sessions idle within a transaction", "count", "database_connections",
                                    state="idle in transaction"),
        steps=slowest_steps(evidence),
        details={"round_trip_ms": round(ms, 3), "statements_a_request": trips, "where": "database"},
    )  # fmt: skip


def _between(told: bool, ms: float) -> str:
    if told:
        return (
            f"The smallest question to the database takes {format_ms(ms)} at its quickest, and a request asks several "
            f"in "
            "turn: each waits for the way there and back."
        )
    return (
        "Transactions are open and the database has nothing to do for them, while no CPU is busy: either each "
        "statement "
        "waits for the way to the database and back, or the application waits for somebody else within transactions."
    )
