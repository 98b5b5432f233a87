"""All alerts of a watch: rules judged over what collectors see, silences, what is told, and what has been."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final
from uuid import uuid4

from plimsoll.core.observation import CollectorState, Observation
from plimsoll.monitor.alerts.alert import Alert, Override, RuleView, Silence
from plimsoll.monitor.alerts.changes import Changes
from plimsoll.monitor.alerts.docket import Docket
from plimsoll.monitor.alerts.entry import Entry
from plimsoll.monitor.alerts.outbox import Errand
from plimsoll.monitor.alerts.ruling import Ruling, view_of
from plimsoll.monitor.alerts.saved import Incident, Saved
from plimsoll.monitor.alerts.silences import Silences, fits
from plimsoll.monitor.alerts.telling import ALERTS_MAX, Notice, Telling
from plimsoll.settings.alert_rules import SEVERITIES
from plimsoll.settings.alerts import AlertSettings

_LOG = logging.getLogger(__name__)

RECENT_MAX: Final = 1_000  # ended alerts in memory; the store keeps more

Subscriber = Callable[[Alert], None]


class AlertBook:
    """`observe` is an observer of the board; `tick` is to be called every few seconds, at most a minute apart.

    In memory and without a clock: `changes` holds what is to be written down and told, for whoever does that.
    """

    def __init__(self, settings: AlertSettings | None = None, new_id: Callable[[], str] = lambda: uuid4().hex) -> None:
        self.settings = settings or AlertSettings()
        self.changes = Changes()
        self.deliveries: Callable[[], Sequence[Errand]] = tuple
        self._new_id = new_id
        self._ruling = Ruling(self.settings.rules)
        self._docket = Docket(self._ruling, self._publish)
        self._quieting = Silences()
        self._telling = Telling(self.settings.remind_s)
        self._ended: deque[Alert] = deque(maxlen=RECENT_MAX)
        self._subscribers: list[Subscriber] = []

    # -- what is told to it

    def observe(self, observation: Observation) -> None:
        """Judges what a collector saw."""
        self._docket.observe(observation)

    def tick(self, now_s: float, states: Mapping[str, CollectorState] | None = None) -> None:
        """Tells it the time, and how the collectors fare: what has not been seen has no data, silences end."""
        self._docket.tick(now_s, states or {})
        for silence in self._quieting.end(now_s):
            self._show_again(silence)
        self._tell(now_s)

    def note_values(self) -> None:
        """Puts down what incidents under way are now, where that is another value than at their last change."""
        for entry, alert in self._docket.active():
            known = self.changes.incidents.get(entry.fingerprint)
            if entry.alert is not None and entry.track.value != entry.noted and known is None:
                self._put_down(entry, self._marked(alert))

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Tells of each change of an alert; must not block. What is returned ends that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber) if subscriber in self._subscribers else None

    # -- what is asked of it

    @property
    def refused(self) -> int:
        """How many series were not judged and alerts not begun, because there were too many."""
        return self._docket.refused

    def active(self) -> list[Alert]:
        """What is pending, fires or cannot be seen: the severest first, then the newest."""
        alerts = [self._marked(alert) for _, alert in self._docket.active()]
        return sorted(alerts, key=lambda alert: (*_weight(alert), -alert.since))

    def history(self, limit: int = 100) -> list[Alert]:
        """Alerts that have ended, the newest first; of these at most 1,000 are in memory."""
        return list(islice(reversed(self._ended), limit))

    def rules(self) -> list[RuleView]:
        """All rules, also those that are disabled, in the order of the settings."""
        counts, overrides = self._docket.counts(), self._ruling.overrides
        return [view_of(rule, overrides.get(name), counts.get(name, {})) for name, rule in self._ruling.rules.items()]

    def silences(self) -> list[Silence]:
        """Those that hold, the first to end first."""
        return self._quieting.all()

    def silenced(self, rule: str, labels: Mapping[str, str]) -> bool:
        """Whether a silence fits such alerts now."""
        return self._quieting.of(rule, labels) is not None

    # -- what is changed by people

    def silence(self, silence: Silence) -> Silence:
        """Begins a silence, see `make_silence`. Raises UsageError where there are too many."""
        self._quieting.add(silence)
        self.changes.silences[silence.id] = silence
        self._show_again(silence)
        return silence

    def expire(self, silence_id: str, now_s: float) -> Silence:
        """Ends a silence before its time. Raises UsageError where there is none of this id."""
        ended = self._quieting.expire(silence_id, now_s)
        self.changes.silences[ended.id] = ended
        self._show_again(ended)
        return ended

    def override(self, change: Override) -> RuleView:
        """Changes a rule while running; nothing stated takes an earlier change back. Raises UsageError."""
        rule = self._ruling.override(change)
        self.changes.overrides[change.rule] = change
        self._docket.follow_rules()
        return next(view for view in self.rules() if view.name == rule.name)

    # -- what outlives it

    def restore(self, saved: Saved, now_s: float) -> None:
        """Goes on from what was saved. An incident whose rule is gone ends; not having been seen resolves nothing."""
        self.follow(saved.silences, saved.overrides, now_s)
        self._ended.extend(saved.ended)
        self._telling.load(saved.told)
        for incident in saved.incidents:
            if self._docket.restore(incident):
                self._telling.put(incident.alert, tells_no_data=self._tells_no_data(incident.alert))
            else:
                self._give_up(incident.alert, now_s)
        for alert in reversed(saved.ended):
            self._telling.put_ended(alert)

    def _give_up(self, alert: Alert, now_s: float) -> None:
        ended = replace(alert, state="dropped", since=now_s, ended_at=now_s, note="its rule is not there any more")
        self._ended.append(ended)
        self.changes.incidents[alert.fingerprint] = None
        self.changes.add_alert(ended)
        self._telling.put_ended(ended)

    def follow(self, silences: Iterable[Silence], overrides: Iterable[Override], now_s: float) -> None:
        """What people have asked for, as the store has it: also through another process."""
        before = {silence.id: silence for silence in self.silences()}
        self._quieting.replace(silences, now_s)
        after = {silence.id: silence for silence in self.silences()}
        for silence_id in before.keys() ^ after.keys():
            self._show_again((before | after)[silence_id])
        known = {change.rule: change for change in overrides if change.enabled is not None or change.thresholds}
        if known != self._ruling.overrides:
            self._ruling.replace(known.values())
            self._docket.follow_rules()

    # -- what follows

    def _publish(self, entry: Entry, alert: Alert) -> None:
        alert = self._marked(alert)
        if self._put_down(entry, alert):
            self._telling.put(alert, tells_no_data=entry.rule.tells_no_data)
            if not alert.active:
                self._ended.append(alert)
        for subscriber in list(self._subscribers):
            try:
                subscriber(alert)
            except Exception:  # noqa: BLE001  # whatever it is, it must not cost the alerts
                _LOG.exception("a subscriber of alerts failed and is told no more")
                self._subscribers.remove(subscriber)

    def _put_down(self, entry: Entry, alert: Alert) -> bool:
        """Whether it goes into the history, too."""
        incident = None if entry.alert is None else Incident(entry.source, entry.track, entry.alert)
        self.changes.incidents[entry.fingerprint] = incident
        entry.noted = entry.track.value
        if alert.state == "pending" or (alert.started_at is None and not entry.rule.tells_no_data):
            return False
        self.changes.add_alert(alert)
        return True

    def _show_again(self, silence: Silence) -> None:
        """Alerts that a silence fits, as it began or ended."""
        for entry, alert in self._docket.active():
            if fits(silence, alert.rule, alert.labels):
                self._publish(entry, alert)

    def _marked(self, alert: Alert) -> Alert:
        """With what keeps it from being told."""
        silence = self._quieting.of(alert.rule, alert.labels)
        return replace(alert, silenced_by=None if silence is None else silence.id, held=self._held(alert))

    def _held(self, alert: Alert) -> bool:
        quiet = self.settings.quiet
        return quiet is not None and alert.severity not in quiet.let_through and quiet.hold(self._docket.now_s)

    def _hindered(self, alert: Alert) -> bool:
        return self._held(alert) or self._quieting.of(alert.rule, alert.labels) is not None

    def _tell(self, now_s: float) -> None:
        """Puts together what people are to be told now."""
        alerts, reminders, told = self._telling.due(now_s, self._hindered)
        if not alerts:
            return
        shown = [self._docket.as_of_now(alert) for alert in alerts]
        notice = Notice(self._new_id(), now_s, tuple(shown[:ALERTS_MAX]), reminders, len(shown[ALERTS_MAX:]))
        self.changes.notices.append(notice)
        self.changes.told |= {one.fingerprint: one for one in told}

    def _tells_no_data(self, alert: Alert) -> bool:
        return self._ruling.rules[alert.rule].tells_no_data


def _weight(alert: Alert) -> tuple[int, int]:
    return ("firing", "no-data", "pending").index(alert.state), -SEVERITIES.index(alert.severity)
