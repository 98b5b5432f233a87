"""What sessions of the database waited for: the share of a wait class, its events, and the statements that waited."""

from collections.abc import Mapping, Sequence
from typing import Final

from plimsoll.analyze.accounting import APPLICATION, LAG, NETWORK, POOL_WAIT, by_second, ratio
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.core.finding import STATEMENTS_MAX, Share, Suspect

STEPS_MAX = 5
STEPS_COVER = 0.8  # of the time of all requests, by the steps that are named


def class_share(evidence: Evidence, name: str) -> Share | None:
    """The part of the time of all requests in which sessions waited for a class; None where that is not known.

    Where requests stand still, hardly any ends and none of their time is counted: then sessions that wait are held
    against requests under way. Who waits for a connection of our pool waits for what those who have one
    wait for.
    """
    if _stands_still(evidence):
        return _of_requests_under_way(evidence, name)
    part = evidence.accounting.slice(name)
    if part is None or name in _OUTSIDE or not part.share.value:
        return None if part is None else part.share
    return _at_most_one(scaled(part.share, carried(evidence, part.share.value) / part.share.value))


_OUTSIDE: Final = (LAG, POOL_WAIT)
STILL: Final = 0.5  # of the time for which requests were seen under way, less than which ended ones account for


def _stands_still(evidence: Evidence) -> bool:
    """By the gauge of requests under way, which knows nothing of the samples."""
    seen_s = sum(second.in_flight * second.width_s for second in evidence.load.seconds)
    return evidence.load.request_s < STILL * seen_s


def under_way(evidence: Evidence) -> Sequence[float]:
    """Requests under way, second by second: by the time that those took which ended in it, which is exact; where hardly
    any ends, by the gauge."""
    if _stands_still(evidence):
        return [float(second.in_flight) for second in evidence.load.seconds]
    return [second.service_s / second.width_s if second.width_s else 0.0 for second in evidence.load.seconds]


def carried(evidence: Evidence, value: float) -> float:
    """A part of the time of all requests, together with the wait for it of those who have no connection."""
    pool = evidence.accounting.slice(POOL_WAIT)
    if pool is None or not evidence.setting.pool:
        return value
    held = max(value, 1.0 - evidence.accounting.share(LAG, POOL_WAIT))
    return min(1.0, value * (1.0 + pool.share.value / held)) if held else value


def _of_requests_under_way(evidence: Evidence, name: str) -> Share | None:
    """A wait class's, or what no session accounts for: the network's or the application's, as `name` says."""
    beyond = name in (NETWORK, APPLICATION)
    points = evidence.gauges.summed("database_active_sessions", **({} if beyond else {"wait": name}))
    seconds = evidence.load.seconds
    under_way = [float(second.in_flight) for second in seconds]
    if not points or not sum(under_way):
        return None
    found = by_second(seconds, points)
    left = [max(0.0, whole - served) for whole, served in zip(under_way, found, strict=True)]
    return ratio(left if beyond else found, under_way)


def _at_most_one(share: Share) -> Share:
    return Share(*(min(1.0, value) for value in (share.value, share.low, share.high)))


def events_of(evidence: Evidence, name: str) -> Mapping[str, float]:
    """Average waiting sessions by event of a class, the most first: {"transactionid": 3.2}."""
    found: dict[str, float] = {}
    for row in evidence.database.waits:
        known, _, event = row.wait.partition(":")
        if known == name:
            found[event] = found.get(event, 0.0) + row.sessions
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def event_share(evidence: Evidence, name: str, events: Sequence[str]) -> Share | None:
    """As `class_share`, of some of its events only."""
    whole, by_event = class_share(evidence, name), events_of(evidence, name)
    if whole is None or not by_event:
        return None
    part = sum(by_event.get(event, 0.0) for event in events) / sum(by_event.values())
    return scaled(whole, part)


def scaled(share: Share, by: float) -> Share:
    return Share(*(round(value * by, 4) for value in (share.value, share.low, share.high)))


def waiting_statements(evidence: Evidence, name: str, events: Sequence[str] = ()) -> tuple[Suspect, ...]:
    """The statements that waited for a class, or for some of its events, most first."""
    found: dict[str, float] = {}
    for row in evidence.database.waits:
        known, _, event = row.wait.partition(":")
        if known == name and row.query_id and (not events or event in events):
            found[row.query_id] = found.get(row.query_id, 0.0) + row.sessions
    rows = {row.query_id: row for row in evidence.database.statements}
    first = [one for one in sorted(found, key=lambda one: -found[one]) if one in rows][:STATEMENTS_MAX]
    return tuple(evidence.database.suspect(rows[query_id]) for query_id in first)


def slowest_steps(evidence: Evidence) -> tuple[str, ...]:
    """The steps in which most of the time was spent."""
    whole, covered, named = evidence.load.request_s, 0.0, []
    for step in evidence.load.steps[:STEPS_MAX]:
        if covered >= STEPS_COVER * whole:
            break
        covered += step.latency_s
        named.append(step.label)
    return tuple(named)
