"""What outlives a watch, as JSON: incidents under way with what they are judged by, and everything around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from plimsoll.core.series.key import parse_series
from plimsoll.monitor.alerts.alert import Alert, Override, Silence
from plimsoll.monitor.alerts.entry import Entry
from plimsoll.monitor.alerts.judging import Track
from plimsoll.monitor.alerts.outbox import Errand
from plimsoll.monitor.alerts.telling import Told
from plimsoll.settings.alert_rules import Rule


@dataclass(frozen=True, slots=True)
class Incident:
    """An entry with its alert, whose rule may have changed since."""

    source: str
    track: Track
    alert: Alert


@dataclass(frozen=True, slots=True)
class Saved:
    """All that a file holds. `ended` are the newest alerts that are over, the oldest of them first."""

    incidents: Sequence[Incident] = ()
    ended: Sequence[Alert] = ()
    silences: Sequence[Silence] = ()
    overrides: Sequence[Override] = ()
    told: Sequence[Told] = ()
    errands: Sequence[Errand] = ()


def incident_of(stored: Mapping[str, Any]) -> Incident:
    track = stored["track"] | {"held_s": tuple(stored["track"]["held_s"])}
    return Incident(stored["source"], Track(**track), Alert(**stored["alert"]))


def told_of(stored: Mapping[str, Any]) -> Told:
    return Told(**(dict(stored) | {"times_s": tuple(stored["times_s"])}))


def entry_of(incident: Incident, rule: Rule, seen_at: float) -> Entry:
    """The entry as it goes on. Where the rule has other severities now, it keeps to the nearest."""
    track = incident.track
    severities = [level.severity for level in rule.levels]
    if len(track.held_s) != len(severities):
        on = severities.index(incident.alert.severity) if incident.alert.severity in severities else 0
        held_s = (None,) * len(severities)
        track = replace(track, held_s=held_s, on=on if track.on >= 0 else -1, worst_on=min(track.worst_on, on))
    return Entry(rule, parse_series(incident.alert.series), incident.source, track, seen_at, incident.alert)
