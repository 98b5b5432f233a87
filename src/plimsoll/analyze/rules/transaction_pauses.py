"""Transactions of the load that stay open with nothing for the database to do: pauses, calls of others, own work.

A distant database looks alike, since each statement then waits for the way with its transaction open. What tells them
apart is a round trip that is known by itself: of steps that are a single statement, else of the watch's smallest
question.
"""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.pauses import paused_ms, round_trip_ms
from plimsoll.core.finding import Figure, Finding, Share
from plimsoll.core.units import format_ms, format_share

KIND: Final = "transaction-pauses"
PAUSE_MIN_MS: Final = 2.0  # in the quickest transaction: less is the work of a driver
SHARE_MIN: Final = 0.1
STATE: Final = "idle in transaction"


def examine(evidence: Evidence) -> Iterator[Finding]:
    pause_ms, way_ms = paused_ms(evidence), round_trip_ms(evidence)
    if pause_ms is None or way_ms is None or pause_ms < PAUSE_MIN_MS:
        return
    idle = evidence.gauges.mean("database_connections", state=STATE) or 0.0
    share = _share(evidence, pause_ms, idle)
    if share.value < SHARE_MIN:
        return
    named = [step.label for step in evidence.load.steps if step.kind == "transaction"]
    yield Finding(
        kind=KIND,
        layer="application",
        subject="transactions",
        title=f"{format_share(share.value)} of the request time passes within open transactions while the database has "
        f"nothing to do: {format_ms(pause_ms)} in each",
        explanation=f"Even the quickest transactions take {format_ms(pause_ms)} more than the database and the way to "
        f"it, which takes {format_ms(way_ms)} a round trip; {idle:.1f} sessions are idle within a transaction, on "
        "average. Who sends them pauses, computes, or calls somebody else before COMMIT, and holds a connection and "
        "every lock meanwhile. In a scenario that is think(), sleep() or a request within the transaction. Where the "
        "load reaches the database by another way than the watch, it may be that way.",
        confidence="likely",
        confirm_by="make what lies between the statements before BEGIN or after COMMIT, and run again",
        share=share,
        figures=(
            Figure("request time within transactions, between statements", share.value, "share", SHARE_MIN),
            Figure("in each transaction, at least", round(pause_ms, 3), "ms", PAUSE_MIN_MS),
            Figure("a round trip to the database", round(way_ms, 3), "ms"),
            Figure("sessions idle within a transaction, on average", round(idle, 2), "count"),
        ),
        chart=evidence.gauges.chart("sessions idle within a transaction", "count", "database_connections", state=STATE),
        steps=tuple(named[:5]),
    )


def _share(evidence: Evidence, pause_ms: float, idle: float) -> Share:
    """Of all transactions, and no more than sessions were seen to be idle within one."""
    load = evidence.load
    transactions = sum(step.count for step in load.steps if step.kind == "transaction")
    if not load.request_s:
        return Share(0.0, 0.0, 0.0)
    floor_s, seen_s = transactions * pause_ms / 1000, idle * load.duration_s
    value = min(1.0, floor_s / load.request_s, seen_s / load.request_s)
    return Share(round(value, 4), round(0.8 * value, 4), round(min(1.0, 1.2 * value), 4))
