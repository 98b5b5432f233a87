"""What a request takes at least, whatever it asks for: the way there and back, told apart from those who serve it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from plimsoll.analyze.accounting import LAG, NETWORK, POOL_WAIT
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.headroom import generator_is_busy, in_flight
from plimsoll.analyze.evidence.load import StepLoad
from plimsoll.core.details import StatementRow
from plimsoll.core.finding import Figure

COUNT_MIN: Final = 20  # requests, for the quickest to mean anything
NO_WORK: Final = ("BEGIN", "COMMIT", "ROLLBACK", "START", "SAVEPOINT", "RELEASE", "SET", "RESET", "SHOW", "DISCARD")
ANSWERS_MIN: Final = 0.9  # of those that failed: their median is then of an answer
CALLS_SHARE_MIN: Final = 0.05  # of the requests: a statement that is part of the load


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """`ms` is one round trip at least; `floor_ms` the quickest step's quickest requests, of which the database took
    `database_ms` and the generator itself `own_ms`. `of_transactions`: all of it for one of their statements, as there
    are no steps of a single one; then pauses within them are in it."""

    ms: float
    floor_ms: float
    database_ms: float
    own_ms: float
    of_transactions: bool = False


def sql_round_trip(evidence: Evidence) -> RoundTrip | None:
    """From the quickest requests of the quickest step; None where no step is of SQL or enough requests."""
    floor_ms, database_ms = quickest(evidence, ("sql",)), _quickest_statement_ms(evidence)
    of_transactions = floor_ms is None
    if floor_ms is None:  # of a transaction, a part for each of its statements
        whole, trips = quickest(evidence, ("transaction",)), max(1.0, statements_a_request(evidence) or 1.0)
        if whole is None:
            return None
        floor_ms, database_ms = whole / trips, database_ms_a_request(evidence) / trips
    own_ms = own_ms_of(evidence)
    return RoundTrip(max(0.0, floor_ms - database_ms - own_ms), floor_ms, database_ms, own_ms, of_transactions)


def quickest(evidence: Evidence, kinds: Sequence[str]) -> float | None:
    """What the quickest requests of the quickest step of some kinds take, in ms; None where there are too few in all. A
    single quick one bounds the way for all of them, however seldom its step is made; so does an answer that says no."""
    steps = [step for step in evidence.load.steps if step.kind in kinds]
    if sum(step.count - step.errors for step in steps) < COUNT_MIN:
        return None
    lows = [step.service_low_ms for step in steps] + [step.failed_p50_ms for step in steps if _are_answers(step)]
    return min((low for low in lows if low is not None), default=None)


def _are_answers(step: StepLoad) -> bool:
    """Whether nearly all that failed was answered by the other side, there and back, rather than failed on our own."""
    answered = sum(count for name, count in step.error_classes.items() if name.startswith("HTTP "))
    return step.errors > 0 and answered >= ANSWERS_MIN * step.errors


def own_ms_of(evidence: Evidence) -> float:
    """What a request waits within the generator: its own CPU; where that is used up, that of all that are under way."""
    load = evidence.load
    if not load.requests:
        return 0.0
    cpu_ms = 1000 * sum(second.cpu_s for second in load.seconds) / load.requests
    at_once = in_flight(evidence) / max(1, evidence.setting.processes) if generator_is_busy(evidence) else 1.0
    return cpu_ms * max(1.0, at_once)


def _quickest_statement_ms(evidence: Evidence) -> float:
    """Of the statements that the load sends often; without statistics, what the database takes for a request."""
    least = CALLS_SHARE_MIN * evidence.load.requests
    means = [row.mean_ms for row in evidence.database.statements if row.calls >= least and _is_work(row)]
    return min(means) if means else database_ms_a_request(evidence)


def _is_work(row: StatementRow) -> bool:
    """What a step sends, and not what opens and closes its transaction or readies its session."""
    return row.top_level and not row.query.lstrip().upper().startswith(NO_WORK)


def database_ms_a_request(evidence: Evidence) -> float:
    """All that its sessions did and waited for, but for their clients, of the time of a request."""
    outside = (LAG, POOL_WAIT, NETWORK, "Client")
    busy = sum(one.seconds for one in evidence.accounting.slices if one.layer == "database" and one.part not in outside)
    return 1000 * busy / evidence.load.requests if evidence.load.requests else 0.0


def statements_a_request(evidence: Evidence) -> float | None:
    """Round trips to the database for each request, as the server counts statements; None where it does not."""
    rows = [row for row in evidence.database.statements if row.top_level]
    return sum(row.calls for row in rows) / evidence.load.requests if rows and evidence.load.requests else None


def answer_ms(evidence: Evidence) -> float | None:
    """What the smallest question of the watch took at its quickest: a gauge that knows nothing of the load."""
    return evidence.gauges.lowest("database_answer_ms")


def application_ms(evidence: Evidence) -> float | None:
    """What the application says that a request took, on average over its routes by their rates; None if it does not."""
    gauges, name = evidence.gauges, "application_http_request_duration"
    means = {key.labels: fmean(v for _, v in points) for key in gauges.keys(f"{name}_mean_ms")
             if (points := gauges.points(key))}  # fmt: skip
    rates = {key.labels: fmean(v for _, v in points) for key in gauges.keys(f"{name}_count_per_s")
             if (points := gauges.points(key))}  # fmt: skip
    whole = sum(rates.get(labels, 0.0) for labels in means)
    return sum(mean * rates.get(labels, 0.0) for labels, mean in means.items()) / whole if whole else None


def retransmits(evidence: Evidence) -> Iterator[Figure]:
    """Of TCP, on the watched host; nothing where there are none."""
    rate = evidence.gauges.mean("host_tcp_retransmits_per_s")
    if rate:
        yield Figure("TCP segments sent again", round(rate, 2), "1/s")
