"""What it costs to send a statement, beside what the server takes to execute it. Pure.

All that requests took outside the database, divided by the statements they sent, bounds it from above: in it are the
network both ways, the driver, the application's work for each, and what a pool sends around it. The time in which the
server answers our own smallest question bounds it from below. The upper bound is taken, but no more than what a slow
driver needs.
"""

from dataclasses import dataclass
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.statements.costs import share_of_requests
from plimsoll.core.finding import Share
from plimsoll.core.statement_kind import is_work

SLOW_DRIVER_MS: Final = 1.0  # an object-relational mapper in a scripting language, for one statement and a row


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """Milliseconds of one statement outside the server."""

    ms: float
    low_ms: float
    high_ms: float


def round_trip(evidence: Evidence) -> RoundTrip:
    high_ms = _outside_ms(evidence)
    answer_ms = evidence.gauges.mean("database_answer_ms")
    low_ms = min(high_ms, answer_ms or 0.0)
    return RoundTrip(min(high_ms, max(SLOW_DRIVER_MS, low_ms)), low_ms, high_ms)


def _outside_ms(evidence: Evidence) -> float:
    load, database = evidence.load, evidence.database
    sent = sum(row.calls for row in database.statements if row.top_level and is_work(row.query))
    if not sent or not load.duration_s:
        return 0.0
    service_ms = 1000 * sum(step.service_s for step in load.steps) * (database.counted_s / load.duration_s)
    return max(0.0, service_ms - database.statement_ms) / sent


def share_of_calls(evidence: Evidence, calls: float, executed_ms: float) -> Share:
    """Of the requests' time, what so many calls are: executed in so much time, and each sent and answered."""
    trip = round_trip(evidence)
    share = share_of_requests(evidence, executed_ms + calls * trip.ms)
    low = share_of_requests(evidence, executed_ms + calls * trip.low_ms).low
    high = share_of_requests(evidence, executed_ms + calls * trip.high_ms).high
    return Share(share.value, min(low, share.value), max(high, share.value))


def scaled(evidence: Evidence, calls: float) -> float:
    """Calls that were counted, as those of the stretch of the load."""
    counted_s = evidence.database.counted_s or evidence.load.duration_s
    return calls * evidence.load.duration_s / counted_s if counted_s else 0.0
