"""A rule at a series, as the book keeps it, and as the alert that people see."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.saying import said
from plimsoll.core.visible import visible
from plimsoll.monitor.alerts.alert import Alert, AlertState
from plimsoll.monitor.alerts.judging import Track
from plimsoll.settings.alert_rules import BRACED, Rule


@dataclass(slots=True)
class Entry:
    """`source` is the collector that sees the series, `seen_at` when it did so by the book's own steady count of time,
    `excused_s` how long of the time since then its collector was lost.

    `alert` is the incident under way as it was shown last, None where there is none; `noted` the value that was put
    down last.
    """

    rule: Rule
    key: SeriesKey
    source: str
    track: Track
    seen_at: float
    alert: Alert | None = None
    excused_s: float = 0.0
    noted: float | None = None

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.rule.name, self.key)


def fingerprint_of(rule: str, key: SeriesKey) -> str:
    """The same for each incident of a rule at a series."""
    return sha256(f"{rule} {key}".encode()).hexdigest()[:12]


def alert_of(entry: Entry, at_s: float) -> Alert:
    """The incident of an entry that is pending, fires or cannot be seen, begun at `at_s` where it is a new one."""
    track, rule = entry.track, entry.rule
    level = rule.levels[track.level]
    unit = info_of(entry.key.name).unit
    state = track.state
    assert state != "ok"
    fingerprint = entry.fingerprint
    return Alert(
        id=entry.alert.id if entry.alert is not None else f"{fingerprint}-{int(at_s * 1000):x}",
        fingerprint=fingerprint,
        rule=rule.name,
        severity=level.severity,
        state=state,
        series=str(entry.key),
        labels=dict(entry.key.labels),
        value=track.value,
        threshold=level.threshold,
        unit=unit,
        since=track.since_s,
        summary=_summary(entry, track.value),
        started_at=_started_at(entry),
        runbook=rule.runbook,
        worst=rule.levels[track.worst_on].severity if track.on >= 0 else None,
        worst_value=track.worst if track.on >= 0 else None,
    )


def ended_of(entry: Entry, before: Alert, at_s: float, state: AlertState, note: str) -> Alert:
    """The incident that ends as it stays in the history: one that fired says what it was at worst."""
    track, rule = entry.track, entry.rule
    ended = replace(before, state=state, value=track.value, since=at_s, ended_at=at_s, note=note)
    if before.worst is None or track.worst is None:
        return ended
    return replace(
        ended,
        value=track.worst,
        summary=summary_of(rule, entry.key, track.worst, before.unit),
        worst=rule.levels[min(track.worst_on, len(rule.levels) - 1)].severity,
        worst_value=track.worst,
    )


def _started_at(entry: Entry) -> float | None:
    """An incident that has begun stays begun."""
    if entry.alert is not None and entry.alert.started_at is not None:
        return entry.alert.started_at
    track = entry.track
    return track.since_s if track.missed and entry.rule.tells_no_data else track.started_s


def _summary(entry: Entry, value: float) -> str:
    """What cannot be seen is not said as if it were so now."""
    text = summary_of(entry.rule, entry.key, value, info_of(entry.key.name).unit)
    if not entry.track.missed:
        return text
    return f"no value since {datetime.fromtimestamp(entry.track.seen_s, UTC):%H:%M:%S} UTC; last: {text}"


def summary_of(rule: Rule, key: SeriesKey, value: float, unit: str) -> str:
    """The rule's summary with value and labels put in; a name in braces that is neither stays.

    Labels come from others: what they say goes to terminals, mails and chats."""
    known: Mapping[str, str] = {"value": said(value, unit), "series": str(key), **dict(key.labels)}
    text = rule.summary or f"{key} is {{value}}"
    return visible(BRACED.sub(lambda found: known.get(found[1], found[0]), text))
