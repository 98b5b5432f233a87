"""What sessions of the database waited for: the share of a wait class, its events, and the statements that waited."""

from collections import Counter
from collections.abc import Mapping, Sequence

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.core.finding import STATEMENTS_MAX, Share, Suspect

STEPS_MAX = 5
STEPS_COVER = 0.8  # of the time of all requests, by the steps that are named


def class_share(evidence: Evidence, name: str) -> Share | None:
    """The part of the time of all requests in which sessions waited for a class; None where that is not known."""
    part = evidence.accounting.slice(name)
    return None if part is None else part.share


def events_of(evidence: Evidence, name: str) -> Mapping[str, float]:
    """Average waiting sessions by event of a class, the most first: {"transactionid": 3.2}."""
    found: Counter[str] = Counter()
    for row in evidence.database.waits:
        known, _, event = row.wait.partition(":")
        if known == name:
            found[event] += row.sessions
    return dict(found.most_common())


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
    found: Counter[str] = Counter()
    for row in evidence.database.waits:
        known, _, event = row.wait.partition(":")
        if known == name and row.query_id and (not events or event in events):
            found[row.query_id] += row.sessions
    rows = {row.query_id: row for row in evidence.database.statements}
    known_ones = [rows[query_id] for query_id, _ in found.most_common(STATEMENTS_MAX) if query_id in rows]
    return tuple(evidence.database.suspect(row) for row in known_ones)


def slowest_steps(evidence: Evidence) -> tuple[str, ...]:
    """The steps in which most of the time was spent."""
    whole, covered, named = evidence.load.request_s, 0.0, []
    for step in evidence.load.steps[:STEPS_MAX]:
        if covered >= STEPS_COVER * whole:
            break
        covered += step.latency_s
        named.append(step.label)
    return tuple(named)
