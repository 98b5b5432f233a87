"""Which rules are judged at which series, and where an incident begins, changes and ends. In memory; no clock."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Final

from plimsoll.core.observation import CollectorState, Observation
from plimsoll.core.series.key import SeriesKey, parse_series
from plimsoll.monitor.alerts.alert import Alert, AlertState
from plimsoll.monitor.alerts.entry import Entry, alert_of, ended_of
from plimsoll.monitor.alerts.facts import Facts
from plimsoll.monitor.alerts.judging import begun, missing, no_data_after_s, step
from plimsoll.monitor.alerts.ruling import Ruling
from plimsoll.monitor.alerts.saved import Incident, entry_of
from plimsoll.settings.alert_rules import Rule

ENTRIES_MAX: Final = 10_000  # rules at series; beyond it new series are not judged, and `refused` counts them
ACTIVE_MAX: Final = 1_000  # alerts at a time; beyond it new ones are not begun, and `refused` counts them
LOST_PERIODS: Final = 1.5  # a lost collector's series unseen for so many of its periods has no data
DROP_S: Final = 3_600.0  # a series that is unseen for so long, though its collector sees others, is given up
TICK_S_MAX: Final = 60.0  # what one tick counts at most: a machine that slept has not lost its series
_COLLECTOR_UP: Final = "watch_collector_up"

_Where = tuple[str, SeriesKey]


class Docket:
    """`publish` is told of each change of an incident, with the entry that it is of."""

    def __init__(self, ruling: Ruling, publish: Callable[[Entry, Alert], None]) -> None:
        self.ruling = ruling
        self.now_s = 0.0
        self.refused = 0
        self._publish = publish
        self._entries: dict[_Where, Entry] = {}
        self._active: dict[_Where, Entry] = {}
        self._facts = Facts()
        self._steady_s = 0.0
        self._ticked_s: float | None = None

    def observe(self, observation: Observation) -> None:
        """Judges what a collector saw."""
        if self._ticked_s is None:
            self.now_s = max(self.now_s, observation.at_s)
        self._facts.put(self.ruling.facts_wanted, observation)
        for key, value in observation.values.items():
            for rule in self.ruling.of(key.name):
                if rule.fits(key) and isfinite(value):  # an application may tell NaN: that is nothing known
                    self._judge(rule, key, value, observation.at_s, observation.source)

    def tick(self, now_s: float, states: Mapping[str, CollectorState]) -> None:
        """Looks for what has not been seen, and at how the collectors fare."""
        passed = 0.0 if self._ticked_s is None else min(max(now_s - self._ticked_s, 0.0), TICK_S_MAX)
        self._ticked_s = self.now_s = now_s
        self._steady_s += passed
        self._judge_collectors(now_s, states)
        for entry in list(self._entries.values()):
            state = states.get(entry.source)
            about = states.get(entry.key.label("collector") or entry.source)
            if about is not None and about.status == "off":
                self._drop(entry, now_s, f"it is off: {about.why}")
                continue
            lost = (
                state is not None and state.status == "lost" and self._unseen_s(entry) > state.period_s * LOST_PERIODS
            )
            if lost:
                entry.excused_s += passed  # it is not given up for what its collector cannot see
            self._look_for(entry, now_s, lost, 0.0 if state is None else state.period_s)

    def _judge_collectors(self, now_s: float, states: Mapping[str, CollectorState]) -> None:
        """At each tick, as their own series comes only every 10 seconds."""
        for state in states.values():
            if state.status not in ("starting", "off"):
                key = SeriesKey.of(_COLLECTOR_UP, collector=state.name)
                for rule in self.ruling.of(_COLLECTOR_UP):
                    if rule.fits(key):
                        self._judge(rule, key, float(state.status != "lost"), now_s, "watch")

    def _judge(self, rule: Rule, key: SeriesKey, value: float, at_s: float, source: str) -> None:
        applies = self._facts.admit(rule, at_s)
        entry = self._entries.get((rule.name, key))
        if entry is None:
            if len(self._entries) >= ENTRIES_MAX:
                self.refused += 1
                return
            entry = Entry(rule, key, source, begun(rule, at_s, value, applies), self._steady_s)
            self._entries[rule.name, key] = entry
            before: tuple[str, int] = "ok", 0
        else:
            before = entry.track.state, entry.track.level
            entry.track = step(rule, entry.track, at_s, value, applies)
            entry.source, entry.seen_at, entry.excused_s = source, self._steady_s, 0.0
        state = entry.track.state
        late = entry.alert is None and state != "ok" and len(self._active) < ACTIVE_MAX  # refused before: there is room
        if late or before != (state, entry.track.level):
            self._changed(entry, at_s)

    def _unseen_s(self, entry: Entry) -> float:
        return self._steady_s - entry.seen_at

    def _look_for(self, entry: Entry, now_s: float, lost: bool, period_s: float) -> None:
        """Whether a series is still seen. A time that people have stated holds, whatever its collector does."""
        unseen_s = self._unseen_s(entry)
        after_s = no_data_after_s(entry.rule, entry.track, period_s)
        if unseen_s - entry.excused_s > max(DROP_S, after_s or 0.0) and not lost:
            self._drop(entry, now_s, f"its series was not seen for {DROP_S / 3600:g} h")
        elif after_s is None or entry.track.missed:
            return
        elif unseen_s > after_s or (lost and not entry.rule.tells_no_data):
            entry.track = missing(entry.track, now_s)
            self._changed(entry, now_s)

    def _drop(self, entry: Entry, now_s: float, why: str) -> None:
        self._end(entry, now_s, "dropped", why)
        del self._entries[entry.rule.name, entry.key]

    def _changed(self, entry: Entry, at_s: float) -> None:
        """An incident begins, changes or ends."""
        track, where = entry.track, (entry.rule.name, entry.key)
        if track.under == "ok" and not (track.missed and entry.rule.tells_no_data):
            self._end(entry, at_s, "resolved")
            return
        if where not in self._active and len(self._active) >= ACTIVE_MAX:
            self.refused += 1
            return
        self._active[where] = entry
        entry.alert = alert_of(entry, at_s)
        self._publish(entry, entry.alert)

    def _end(self, entry: Entry, at_s: float, state: AlertState, note: str = "") -> None:
        if self._active.pop((entry.rule.name, entry.key), None) is None or entry.alert is None:
            return
        ended = ended_of(entry, entry.alert, at_s, state, note)
        entry.alert = None
        self._publish(entry, ended)

    def restore(self, incident: Incident) -> bool:
        """Goes on with an incident; False where its rule is not there any more, or disabled."""
        rule = self.ruling.rules.get(incident.alert.rule)
        if rule is None or not rule.enabled:
            return False
        entry = entry_of(incident, rule, self._steady_s)
        self._entries[rule.name, entry.key] = self._active[rule.name, entry.key] = entry
        return True

    def follow_rules(self) -> None:
        """Entries follow their rules as they are now; those of a disabled one end."""
        for entry in list(self._entries.values()):
            rule = self.ruling.rules.get(entry.rule.name)
            if rule is None or not rule.enabled:
                self._end(entry, self.now_s, "dropped", "its rule was disabled")
                del self._entries[entry.rule.name, entry.key]
            else:
                entry.rule = rule

    def active(self) -> Iterator[tuple[Entry, Alert]]:
        """Incidents as they are now."""
        for entry in list(self._active.values()):
            yield entry, alert_of(entry, self.now_s)

    def as_of_now(self, alert: Alert) -> Alert:
        entry = self._active.get((alert.rule, parse_series(alert.series))) if alert.active else None
        return alert if entry is None else alert_of(entry, self.now_s)

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Of each rule, how many series are in which state."""
        counts: dict[str, Counter[str]] = {}
        for (name, _), entry in self._entries.items():
            counts.setdefault(name, Counter())[entry.track.state] += 1
        return counts
