"""All alerts of a watch: rules judged over what collectors see, silences, and what has been. In memory; no clock."""

import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from itertools import islice
from typing import Final

from plimsoll.core.observation import CollectorState, Observation
from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.alerts.alert import Alert, AlertState, Override, RuleView, Silence
from plimsoll.monitor.alerts.changes import Changes
from plimsoll.monitor.alerts.entry import Entry, alert_of
from plimsoll.monitor.alerts.facts import Facts
from plimsoll.monitor.alerts.judging import begun, missing, no_data_after_s, step
from plimsoll.monitor.alerts.ruling import Ruling
from plimsoll.monitor.alerts.silences import Silences, fits
from plimsoll.monitor.alerts.telling import Telling
from plimsoll.settings.alert_rules import SEVERITIES, Rule
from plimsoll.settings.alerts import AlertSettings

_LOG = logging.getLogger(__name__)

ENTRIES_MAX: Final = 10_000  # rules at series; beyond it new series are not judged, and `refused` counts them
ACTIVE_MAX: Final = 1_000  # alerts at a time; beyond it new ones are not begun, and `refused` counts them
RECENT_MAX: Final = 1_000  # ended alerts in memory; the store keeps more
DROP_S: Final = 3_600.0  # a series that is unseen for so long, though its collector sees others, is given up
TICK_S_MAX: Final = 60.0  # what one tick counts at most: a machine that slept has not lost its series
_COLLECTOR_UP: Final = "watch_collector_up"

Subscriber = Callable[[Alert], None]


class AlertBook:
    """`observe` is an observer of the board; `tick` is to be called about every second, at most a minute apart."""

    def __init__(self, settings: AlertSettings | None = None) -> None:
        self.settings = settings or AlertSettings()
        self.ruling = Ruling(self.settings.rules)
        self.quieting = Silences()
        self.telling = Telling(self.settings.remind_s)
        self.changes = Changes()
        self.refused = 0
        self._entries: dict[tuple[str, SeriesKey], Entry] = {}
        self._active: dict[tuple[str, SeriesKey], Entry] = {}
        self._ended: deque[Alert] = deque(maxlen=RECENT_MAX)
        self._facts = Facts()
        self._subscribers: list[Subscriber] = []
        self._now_s = 0.0
        self._steady_s = 0.0
        self._ticked_s: float | None = None

    # -- what is told to it

    def observe(self, observation: Observation) -> None:
        """Judges what a collector saw."""
        self._now_s = max(self._now_s, observation.at_s) if self._ticked_s is None else self._now_s
        values = observation.values
        self._facts.put(self.ruling.facts_wanted, observation)
        for key, value in values.items():
            for rule in self.ruling.of(key.name):
                if rule.fits(key):
                    self._judge(rule, key, value, observation.at_s, observation.source)

    def tick(self, now_s: float, states: Mapping[str, CollectorState] | None = None) -> None:
        """Tells it the time, and how the collectors fare: what has not been seen has no data, silences end."""
        passed = 0.0 if self._ticked_s is None else min(max(now_s - self._ticked_s, 0.0), TICK_S_MAX)
        self._ticked_s = self._now_s = now_s
        self._steady_s += passed
        known = states or {}
        self._observe_collectors(now_s, known)
        lost = {name for name, state in known.items() if state.status == "lost"}
        for entry in list(self._entries.values()):
            if entry.source in lost:
                entry.seen_at += passed  # it is not given up for what its collector cannot see
            self._look_for(entry, now_s, entry.source in lost)
        for silence in self.quieting.end(now_s):
            self._show_again(partial(_is_silenced_by, silence))

    def _observe_collectors(self, now_s: float, states: Mapping[str, CollectorState]) -> None:
        """At each tick, as their own series comes only every 10 seconds."""
        for state in states.values():
            if state.status not in ("starting", "off"):
                key = SeriesKey.of(_COLLECTOR_UP, collector=state.name)
                for rule in self.ruling.of(_COLLECTOR_UP):
                    if rule.fits(key):
                        self._judge(rule, key, float(state.status != "lost"), now_s, "watch")

    def _judge(self, rule: Rule, key: SeriesKey, value: float, at_s: float, source: str) -> None:
        applies = self._facts.hold(rule.when, at_s)
        entry = self._entries.get((rule.name, key))
        if entry is None:
            if len(self._entries) >= ENTRIES_MAX:
                self.refused += 1
                return
            entry = Entry(rule, key, source, begun(rule, at_s, value, applies), self._steady_s)
            self._entries[rule.name, key] = entry
            before = "ok", 0
        else:
            before = entry.track.state, entry.track.level
            entry.track = step(rule, entry.track, at_s, value, applies)
            entry.source, entry.seen_at = source, self._steady_s
        if before != (entry.track.state, entry.track.level):
            self._changed(entry, at_s)

    def _look_for(self, entry: Entry, now_s: float, lost: bool) -> None:
        """Whether a series is still seen."""
        unseen_s = self._steady_s - entry.seen_at
        after_s = no_data_after_s(entry.rule, entry.track)
        if unseen_s > max(DROP_S, after_s or 0.0) and not lost:
            self._end(entry, now_s, "dropped", f"its series was not seen for {DROP_S / 3600:g} h")
            self._forget(entry)
        elif after_s is not None and (lost or unseen_s > after_s) and not entry.track.missed:
            entry.track = missing(entry.track, now_s)
            self._changed(entry, now_s)

    # -- what follows

    def _changed(self, entry: Entry, at_s: float) -> None:
        """An incident begins, changes or ends."""
        track = entry.track
        if track.under == "ok" and not (track.missed and entry.rule.tells_no_data):
            self._end(entry, at_s, "resolved")
            return
        where = entry.rule.name, entry.key
        if where not in self._active and len(self._active) >= ACTIVE_MAX:
            self.refused += 1
            return
        self._active[where] = entry
        entry.alert = alert_of(entry, at_s)
        self._publish(entry, self._marked(entry.alert))

    def _end(self, entry: Entry, at_s: float, state: AlertState, note: str = "") -> None:
        if self._active.pop((entry.rule.name, entry.key), None) is None or entry.alert is None:
            return
        ended = replace(entry.alert, state=state, value=entry.track.value, since=at_s, ended_at=at_s, note=note)
        entry.alert = None
        if ended.started_at is not None or entry.rule.tells_no_data:
            self._ended.append(self._marked(ended))
        self._publish(entry, self._marked(ended))

    def _publish(self, entry: Entry, alert: Alert) -> None:
        self.changes.entries[entry.rule.name, entry.key] = entry
        if alert.state != "pending" and (alert.started_at is not None or entry.rule.tells_no_data):
            self.changes.add_alert(alert)
            self.telling.put(alert, tells_no_data=entry.rule.tells_no_data)
        for subscriber in list(self._subscribers):
            try:
                subscriber(alert)
            except Exception:  # noqa: BLE001  # whatever it is, it must not cost the alerts
                _LOG.exception("a subscriber of alerts failed and is told no more")
                self._subscribers.remove(subscriber)

    def _forget(self, entry: Entry) -> None:
        self._entries.pop((entry.rule.name, entry.key), None)
        self.changes.entries[entry.rule.name, entry.key] = entry

    def _marked(self, alert: Alert) -> Alert:
        """With what keeps it from being told."""
        silence = self.quieting.of(alert.rule, alert.labels)
        silenced_by, held = (None if silence is None else silence.id), self._held(alert)
        if (silenced_by, held) == (alert.silenced_by, alert.held):
            return alert
        return replace(alert, silenced_by=silenced_by, held=held)

    def _held(self, alert: Alert) -> bool:
        quiet = self.settings.quiet
        return quiet is not None and alert.severity not in quiet.let_through and quiet.hold(self._now_s)

    # -- what is asked of it

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Tells of each change of an alert; must not block. What is returned ends that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber) if subscriber in self._subscribers else None

    def active(self) -> list[Alert]:
        """What is pending, fires or cannot be seen: the severest first, then the newest."""
        alerts = [self._marked(alert_of(entry, self._now_s)) for entry in self._active.values()]
        return sorted(alerts, key=lambda alert: (*_weight(alert), -alert.since))

    def history(self, limit: int = 100) -> list[Alert]:
        """Alerts that have ended, the newest first; of these at most 1,000 are in memory."""
        return list(islice(reversed(self._ended), limit))

    def rules(self) -> list[RuleView]:
        """All rules, also those that are disabled, in the order of the settings."""
        counts: dict[str, Counter[str]] = {}
        for (name, _), entry in self._entries.items():
            counts.setdefault(name, Counter())[entry.track.state] += 1
        overrides = self.ruling.overrides
        return [view_of(rule, overrides.get(name), counts.get(name, {})) for name, rule in self.ruling.rules.items()]

    def silences(self) -> list[Silence]:
        """Those that hold, the first to end first."""
        return self.quieting.all()

    # -- what is changed by people

    def silence(self, silence: Silence) -> Silence:
        """Begins a silence, see `make_silence`. Raises UsageError where there are too many."""
        self.quieting.add(silence)
        self.changes.silences[silence.id] = silence
        self._show_again(partial(_is_silenced_by, silence))
        return silence

    def expire(self, silence_id: str, now_s: float) -> Silence:
        """Ends a silence before its time. Raises UsageError where there is none of this id."""
        ended = self.quieting.expire(silence_id, now_s)
        self.changes.silences[ended.id] = ended
        self._show_again(partial(_is_silenced_by, ended))
        return ended

    def override(self, change: Override) -> RuleView:
        """Changes a rule while running; nothing stated takes an earlier change back. Raises UsageError."""
        rule = self.ruling.override(change)
        self.changes.overrides[change.rule] = change
        self._follow_rules()
        return next(view for view in self.rules() if view.name == rule.name)

    def _follow_rules(self) -> None:
        """Entries follow their rules as they are now; those of a disabled one end."""
        for entry in list(self._entries.values()):
            rule = self.ruling.rules.get(entry.rule.name)
            if rule is None or not rule.enabled:
                self._end(entry, self._now_s, "dropped", "its rule was disabled")
                self._forget(entry)
            else:
                entry.rule = rule

    def _show_again(self, which: Callable[[Alert], bool]) -> None:
        for entry in list(self._active.values()):
            if entry.alert is not None and which(entry.alert):
                self._publish(entry, self._marked(alert_of(entry, self._now_s)))


def _is_silenced_by(silence: Silence, alert: Alert) -> bool:
    return fits(silence, alert.rule, alert.labels)


def _weight(alert: Alert) -> tuple[int, int]:
    return ("firing", "no-data", "pending").index(alert.state), -SEVERITIES.index(alert.severity)


def view_of(rule: Rule, override: Override | None, states: Mapping[str, int]) -> RuleView:
    return RuleView(
        name=rule.name,
        series=str(rule.series),
        direction=rule.direction,
        levels=[asdict(level) for level in rule.levels],
        unit=info_of(rule.series.name).unit,
        for_s=rule.for_s,
        keep_s=rule.keep_s,
        no_data_s=rule.no_data_s,
        when=None if rule.when is None else str(rule.when),
        summary=rule.summary,
        runbook=rule.runbook,
        enabled=rule.enabled,
        builtin=rule.builtin,
        override=override,
        states=dict(states),
    )
