"""Whether the numbers agree with gauges that know nothing of them: first of all questions. Pure.

Little's law from one set of samples is an identity. Here the number of requests in flight, counted by the users that
wait at each second's end, is held against what latencies and rates come to; and the time that statements took, as the
server adds it up, against sessions that were seen active.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import sqrt
from statistics import fmean, stdev
from typing import Final

from plimsoll.analyze.evidence.evidence import DatabaseEvidence
from plimsoll.analyze.evidence.gauges import Gauges
from plimsoll.analyze.evidence.load import LoadEvidence, Second
from plimsoll.analyze.evidence.parallel import parallel_workers
from plimsoll.analyze.evidence.wait_parts import LOG
from plimsoll.core.analysis import GaugeCheck

CUSTOM_MAX: Final = 0.02  # of the time of all requests, in steps that hold pauses
WITHIN: Final = 0.10  # facts: Little's law within 10 %
DATABASE_WITHIN: Final = 0.25  # samples of waits see parsing, planning and commits, which statements' times leave out
ERRORS_ALLOWED: Final = 3.0  # standard errors of the gauge
POINTS_MIN: Final = 5
LEAST: Final = 0.2  # requests in flight, sessions: below it chance rules
REQUESTS_MIN: Final = 100
FAILING_MAX: Final = 0.01  # of the requests: the server does not count statements that fail
_COMMITTING: Final = LOG | {"ipc:syncrep"}
STILL_MAX: Final = 0.1  # requests that end in a second, of those that wait at its end
NEARLY: Final = 0.95  # of the time: the last second of a run is cut off


def check_gauges(load: LoadEvidence, gauges: Gauges, database: DatabaseEvidence) -> Iterator[GaugeCheck]:
    yield _in_flight(load)
    if database.counted_s and gauges.keys("database_active_sessions"):
        yield _sessions(load, gauges, database)


def too_few(load: LoadEvidence) -> str:
    """Why there is not enough to tell, or nothing. Requests that stand still do not end, and tell by that."""
    if load.requests < REQUESTS_MIN and not stands_still(load.seconds):
        return f"only {load.requests} requests were measured, fewer than {REQUESTS_MIN}"
    if not load.duration_s:
        return ""
    if len(load.seconds) < POINTS_MIN or load.duration_s < NEARLY * POINTS_MIN:
        return f"only {load.duration_s:.3g} s were measured, less than {POINTS_MIN} s"
    return ""


def stands_still(seconds: Sequence[Second]) -> bool:
    """Whether users wait all the time, and hardly any request ends."""
    ended, waiting = sum(one.requests for one in seconds), sum(one.in_flight for one in seconds)
    return ended < STILL_MAX * waiting and all(one.in_flight for one in seconds[:-1])


def _in_flight(load: LoadEvidence) -> GaugeCheck:
    """Within a custom step users need not wait for an answer: then there is nothing to hold the gauge against."""
    expected = load.request_s / load.duration_s if load.duration_s else 0.0
    custom_s = sum(second.custom_s for second in load.seconds)
    seen = [float(second.in_flight) for second in load.seconds] if custom_s <= CUSTOM_MAX * load.request_s else []
    meaning = "requests in flight: latency x rate, against the users seen waiting at the end of each second"
    chance = ERRORS_ALLOWED * sqrt(expected / max(1, len(seen)))  # of who happens to wait just then
    found = _check("requests in flight", expected, seen, WITHIN, meaning, chance)
    return replace(found, agrees=None) if stands_still(load.seconds) else found  # who waits still has no latency


def _sessions(load: LoadEvidence, gauges: Gauges, database: DatabaseEvidence) -> GaugeCheck:
    """Where parallel workers are active, too, whose time no statement's time holds, there is nothing to tell."""
    expected = database.statement_ms / 1000 / database.counted_s
    seen = [value for _, value in gauges.summed("database_active_sessions")]
    meaning = "active sessions: the time of statements as the server adds it up, against sessions seen active"
    seen = [max(0.0, value - _beside_statements(database)) for value in seen]
    if stands_still(load.seconds) or load.errors > FAILING_MAX * load.requests:
        meaning = f"{meaning}; statements that fail or have not ended are not counted"
        return GaugeCheck("active sessions", round(expected, 3), round(fmean(seen or [0.0]), 3), None, meaning)
    if parallel_workers(database) >= LEAST:
        meaning = f"{meaning}, parallel workers among them, whose time it does not add up"
        return GaugeCheck("active sessions", round(expected, 3), round(fmean(seen or [0.0]), 3), None, meaning)
    return _check("active sessions", expected, seen, DATABASE_WITHIN, meaning, LEAST)


def _beside_statements(database: DatabaseEvidence) -> float:
    """Sessions that wait for their commit, which comes after the time of the statement."""
    return sum(row.sessions for row in database.waits if row.wait.lower() in _COMMITTING)


def _check(name: str, expected: float, seen: Sequence[float], within: float, meaning: str, chance: float) -> GaugeCheck:
    """`chance`: by how much the two may differ in any case."""
    mean = fmean(seen) if seen else 0.0
    known = len(seen) >= POINTS_MIN and max(expected, mean) >= LEAST
    return GaugeCheck(
        name, round(expected, 3), round(mean, 3), _agrees(expected, seen, within, chance) if known else None, meaning
    )


def _agrees(expected: float, seen: Sequence[float], within: float, chance: float) -> bool:
    apart = abs(fmean(seen) - expected)
    return apart <= max(chance, within * max(expected, fmean(seen)), ERRORS_ALLOWED * stdev(seen) / sqrt(len(seen)))
