"""What is told of each topic: what changed after a number. The newest wins: nothing is kept for those who are slow."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.series.recent import POINTS_MAX as POINTS_OF_SERIES
from plimsoll.server.api import reading
from plimsoll.server.live.fitting import Fitting
from plimsoll.server.live.topics import SERIES
from plimsoll.server.state import Served

ALERTS_MAX: Final = 200  # active ones of a message
EVENTS_MAX: Final = 100  # of a message that begins
POINTS_MAX: Final = 50_000  # of what was missed: about a megabyte; whoever missed more asks for series instead

News = dict[str, Any]


def newest(served: Served, topics: Iterable[str]) -> News:
    """Of each topic all that there is now."""
    return {topic: _whole(served, topic) for topic in topics}


def _whole(served: Served, topic: str) -> Any:
    changes = served.changes
    match topic:
        case "status":
            return reading.status(served)
        case "runs":
            return served.runs
        case "alerts":
            return _alerts(served, [])
        case "events":
            return changes.events.since(0)[-EVENTS_MAX:]
        case "sessions" | "locks" | "scaling":
            return reading.detail(served, topic)
        case _:
            return _points(served, fitting(topic, changes.series()))


def changed(served: Served, topics: Iterable[str], since: int) -> News:
    """Of the topics that changed after a number what is new."""
    found = {topic: _new(served, topic, since) for topic in topics}
    return {topic: news for topic, news in found.items() if news is not None}


def _new(served: Served, topic: str, since: int) -> Any:
    """None where nothing is."""
    changes = served.changes
    match topic:
        case "alerts":
            told = changes.alerts.since(since)
            return _alerts(served, told) if told else None
        case "events":
            return changes.events.since(since) or None
        case "status" | "runs" | "sessions" | "locks" | "scaling":
            return _whole(served, topic) if changes.changed(topic) > since else None
        case _:
            return _points(served, fitting(topic, changes.series_since(since))) or None


def _alerts(served: Served, told: Sequence[Any]) -> dict[str, Any]:
    active = reading.active(served)
    shown = active[:ALERTS_MAX]
    return {"active": shown, "left_out": len(active) - len(shown), "changes": told}


def _points(served: Served, keys: Iterable[SeriesKey]) -> dict[str, list[tuple[float, float]]]:
    """The newest of each, as the only one of a list."""
    last = served.watch.recent.last
    return {str(key): [point] for key in keys if (point := last(key)) is not None}


def missed(served: Served, topics: Iterable[str], since: int) -> News | None:
    """What a client that was away did not get. None where that is not known, or too much: it must begin afresh."""
    seen = served.changes.last_seen(since)
    if seen is None:
        return None
    found: News = {}
    for topic in topics:
        news = _missed_points(served, topic, since, seen) if topic.startswith(SERIES) else _missed(served, topic, since)
        if news is None:
            return None
        found[topic] = news
    total = sum(len(points) for topic, news in found.items() if topic.startswith(SERIES) for points in news.values())
    return found if total <= POINTS_MAX else None


def _missed(served: Served, topic: str, since: int) -> Any:
    changes = served.changes
    if topic == "alerts":
        return _alerts(served, changes.alerts.since(since)) if changes.alerts.whole_since(since) else None
    if topic == "events":
        return changes.events.since(since) if changes.events.whole_since(since) else None
    return _whole(served, topic) or {}


def _missed_points(served: Served, topic: str, since: int, seen: dict[str, float]) -> News | None:
    points = {}
    for key in fitting(topic, served.changes.series_since(since)):
        after_s = seen.get(served.changes.source_of[key], 0.0)
        window = served.watch.recent.window(key, 0.0, float("inf"))
        if len(window.times) >= POINTS_OF_SERIES and min(window.times) > after_s > 0:
            return None  # memory no longer reaches back so far
        points[str(key)] = [(at, value) for at, value in zip(window.times, window.mean, strict=True) if at > after_s]
    return points


def fitting(topic: str, keys: Iterable[SeriesKey]) -> list[SeriesKey]:
    """All clients share what is known: most of them ask the same, and each tick asks it again."""
    return _FITTING.of(topic.removeprefix(SERIES), keys)


_FITTING: Final = Fitting()
