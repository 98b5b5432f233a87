"""What rules would have made of what was recorded: the same judging, over points in the order of time. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.monitor.alerts.alert import Alert
from plimsoll.monitor.alerts.book import AlertBook
from plimsoll.monitor.alerts.docket import DROP_S, TICK_S_MAX
from plimsoll.settings.alert_rules import Rule
from plimsoll.settings.alerts import AlertSettings


@dataclass(frozen=True, slots=True)
class Replayed:
    """`alerts` in the order in which they began; those without an end still fire. `coarsest_s`: points of so many
    seconds were the coarsest that there were, 0 for points as measured."""

    alerts: list[Alert]
    messages: int
    series: int
    points: int
    coarsest_s: float


def wanted(rules: Sequence[Rule], keys: Iterable[SeriesKey]) -> list[SeriesKey]:
    """The series that rules judge or ask for."""
    needed = [rule.series for rule in rules] + [one.series for rule in rules for one in rule.conditions]
    return [key for key in keys if any(key.fits(one.name, one.labels) for one in needed)]


class Replay:
    """Is given stretches of time one after the other."""

    def __init__(self, settings: AlertSettings, rules: Mapping[str, Rule]) -> None:
        numbers = iter(range(10**12))
        self._book = AlertBook(replace(settings, rules=rules), lambda: str(next(numbers)))
        self._now_s: float | None = None
        self._alerts: dict[str, Alert] = {}
        self._series: set[SeriesKey] = set()
        self._messages = self._points = 0
        self._coarsest_s = 0.0
        self._book.subscribe(self._note)

    def _note(self, alert: Alert) -> None:
        if alert.started_at is not None:
            self._alerts[alert.id] = alert

    def put(self, windows: Iterable[SeriesWindow]) -> None:
        """A stretch: of points that stand for more than a moment the mean is judged."""
        moments: dict[float, dict[SeriesKey, float]] = {}
        for window in windows:
            if window.times:
                self._series.add(window.key)
                self._coarsest_s = max(self._coarsest_s, window.resolution_s)
            for at_s, value in zip(window.times, window.mean, strict=True):
                moments.setdefault(at_s, {})[window.key] = value
        for at_s in sorted(moments):
            self._pass(at_s)
            self._points += len(moments[at_s])
            self._book.observe(Observation("recorded", at_s, moments[at_s]))

    def _pass(self, end_s: float) -> None:
        """Time passes, with all that it does to what is not seen."""
        if self._now_s is not None and end_s - self._now_s < 1.0:
            return
        for now_s in _ticks(self._now_s, end_s):
            self._book.tick(now_s)
            self._messages += len(self._book.changes.notices)
            self._book.changes.notices.clear()
        self._now_s = end_s

    def end(self, end_s: float) -> Replayed:
        self._pass(max(end_s, self._now_s or end_s))
        alerts = sorted(self._alerts.values(), key=lambda alert: (alert.started_at or 0.0, alert.rule, alert.series))
        return Replayed(alerts, self._messages, len(self._series), self._points, self._coarsest_s)


def _ticks(start_s: float | None, end_s: float) -> Iterator[float]:
    """As far apart as ticks may be; in a long gap only as many as it takes to give everything up."""
    if start_s is not None:
        steps = min(int((end_s - start_s) / TICK_S_MAX), int(2 * DROP_S / TICK_S_MAX))
        yield from (start_s + n * TICK_S_MAX for n in range(1, steps + 1))
    yield end_s
