"""A rule at a series, as the book keeps it, and as the alert that people see."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.saying import said
from plimsoll.monitor.alerts.alert import Alert
from plimsoll.monitor.alerts.judging import Track
from plimsoll.settings.alert_rules import Rule

_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(slots=True)
class Entry:
    """`source` is the collector that sees the series, `seen_at` when it did so by the book's own steady count of time.

    `alert` is the incident under way as it was shown last; None where there is none.
    """

    rule: Rule
    key: SeriesKey
    source: str
    track: Track
    seen_at: float
    alert: Alert | None = None

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
        summary=summary_of(rule, entry.key, track.value, unit),
        started_at=track.started_s,
        runbook=rule.runbook,
        worst=track.worst if track.on >= 0 else None,
    )


def summary_of(rule: Rule, key: SeriesKey, value: float, unit: str) -> str:
    """The rule's summary with value and labels put in; a name in braces that is neither stays."""
    known: Mapping[str, str] = {"value": said(value, unit), "series": str(key), **dict(key.labels)}
    text = rule.summary or f"{key} is {{value}}"
    return _FIELD.sub(lambda found: known.get(found[1], found[0]), text)
