"""How long transactions of the load stay open with nothing for the database to do. Pure."""

from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.round_trips import (
    answer_ms,
    database_ms_a_request,
    own_ms_of,
    quickest,
    sql_round_trip,
    statements_a_request,
)

TRIPS: Final = 10.0  # of a transaction, where other steps send statements as well: more than most have
QUICK_SHARE: Final = 0.5  # of what the quickest transactions leave for each statement: a way that long explains it


def round_trip_ms(evidence: Evidence) -> float | None:
    """By steps of a single statement, else by the watch's own question; None where there is neither."""
    trip = sql_round_trip(evidence)
    return answer_ms(evidence) if trip is None or trip.of_transactions else trip.ms


def paused_ms(evidence: Evidence) -> float | None:
    """What the quickest transactions take beside the database, the way and the generator; None where that cannot be
    told, or where the way explains it."""
    whole, way_ms = quickest(evidence, ("transaction",)), round_trip_ms(evidence)
    if whole is None or way_ms is None:
        return None
    alone = all(step.kind == "transaction" for step in evidence.load.steps)
    trips = max(1.0, statements_a_request(evidence) or 1.0) if alone else TRIPS
    beside = whole - database_ms_a_request(evidence) - own_ms_of(evidence)
    return max(0.0, beside - trips * way_ms) if way_ms < QUICK_SHARE * beside / trips else None
