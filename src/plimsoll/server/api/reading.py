"""What is read off a watch for the routes and for what is pushed. Nothing here waits."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from plimsoll import __version__
from plimsoll.core.observation import CollectorState
from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.alerts.alert import Alert
from plimsoll.monitor.alerts.reasons import with_reason
from plimsoll.server.api.json_text import masked
from plimsoll.server.reading.alert_lines import alert_lines
from plimsoll.server.reading.health import health, in_a_sentence
from plimsoll.server.reading.reading import Reading
from plimsoll.server.state import Served
from plimsoll.settings.masking import mask

_COUNTED: Final[Mapping[str, str]] = {"pending": "pending", "no-data": "no_data"}


def status(served: Served) -> dict[str, Any]:
    now_s, watch = served.wall(), served.watch
    alerts = alert_lines(_explained(served), watch.alerts.silences())
    seen = Reading(now_s=now_s, states=watch.board.states, alerts=alerts, not_stored=watch.history.not_stored)
    judged = health(seen)
    return {
        "health": judged.word.lower(),
        "sentence": mask(in_a_sentence(judged, now_s)),
        "remedy": mask(judged.remedy),
        "since_s": judged.since_s,
        "at_s": now_s,
        "target": target(served),
        "version": __version__,
        "started_s": served.started_s,
        "uptime_s": max(0.0, now_s - served.started_s),
        "series": len(list(watch.recent.keys())),
        "alerts": alert_counts(watch.alerts.active()),
        "collectors": [collector(state) for state in watch.board.states.values()],
    }


def alert_counts(alerts: Sequence[Alert]) -> dict[str, int]:
    """By what they are; silenced ones are counted apart."""
    counts = Counter("silenced" if one.silenced_by else _COUNTED.get(one.state, one.severity) for one in alerts)
    return {name: counts[name] for name in ("critical", "warning", "pending", "no_data", "silenced")}


def active(served: Served) -> list[dict[str, Any]]:
    """What is pending, fires or cannot be seen: the severest first."""
    return [alert(one) for one in _explained(served)]


def _explained(served: Served) -> list[Alert]:
    watch = served.watch
    return with_reason(watch.alerts.active(), watch.board.states, watch.board.detail)


def alert(one: Alert) -> dict[str, Any]:
    said = one.to_json()
    return said | {"summary": mask(one.summary), "note": mask(one.note)}


def target(served: Served) -> str:
    """For people, without secrets."""
    return mask(served.watch.shown)


def collector(state: CollectorState) -> dict[str, Any]:
    return {
        "name": state.name,
        "status": state.status,
        "since_s": state.since_s,
        "seen_s": state.seen_s,
        "period_s": state.period_s,
        "pass_ms": state.pass_ms,
        "why": mask(state.why),
        "notes": [mask(note) for note in state.notes],
    }


def current(served: Served, keys: Iterable[SeriesKey]) -> list[dict[str, Any]]:
    """The newest value of each."""
    now_s = served.wall()
    return [value for key in keys if (value := _newest(served, key, now_s)) is not None]


def _newest(served: Served, key: SeriesKey, now_s: float) -> dict[str, Any] | None:
    last = served.watch.recent.last(key)
    if last is None:
        return None
    age_s = max(0.0, now_s - last[0])
    source = served.changes.source_of.get(key)
    info = info_of(key.name)
    return {
        "series": str(key),
        "name": key.name,
        "labels": dict(key.labels),
        "value": last[1],
        "unit": info.unit,
        "layer": info.layer,
        "at_s": last[0],
        "age_s": age_s,
        "stale": served.is_stale(source, last[0], now_s),
    }


def detail(served: Served, kind: str) -> dict[str, Any] | None:
    """The newest document of a kind, with its age. None where there is none yet."""
    found = served.watch.board.detail(kind)
    if found is None:
        return None
    at_s, document = found
    now_s = served.wall()
    age_s = max(0.0, now_s - at_s)
    stale = served.is_stale(served.changes.source_of_detail.get(kind), at_s, now_s)
    return {"seen_s": at_s, "age_s": age_s, "stale": stale, **masked(document)}
