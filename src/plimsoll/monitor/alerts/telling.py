"""What people have been told of each alert, and what they are to be told now. Pure: the time is an argument.

What was told is compared with what is: a message that was held, damped or lost on the way is made up for by the next
comparison, and what came and went meanwhile is not told at all.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from plimsoll.monitor.alerts.alert import Alert

GROUP_S: Final = 2.0  # what changes within so long goes into one message
FLAPS_MAX: Final = 6  # changes of one alert that are told within FLAPS_S; further ones wait until they are fewer
FLAPS_S: Final = 3_600.0
KNOWN_MAX: Final = 2_000  # alerts that something was told of; beyond it those that ended longest ago are forgotten
ALERTS_MAX: Final = 50  # in one message; further ones are counted in it


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of an alert last: a severity while it fired, "no-data", "resolved" or "dropped"; "" for nothing."""

    fingerprint: str
    what: str = ""
    at_s: float = 0.0
    times_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: alerts as they are now, the new ones first; `reminders` of them were told before."""

    id: str
    at_s: float
    alerts: tuple[Alert, ...]
    reminders: frozenset[str] = frozenset()
    left_out: int = 0

    def to_json(self) -> dict[str, Any]:
        """What webhooks receive."""
        alerts = [alert.to_json() | {"reminder": alert.id in self.reminders} for alert in self.alerts]
        return {"version": 1, "id": self.id, "at": self.at_s, "alerts": alerts, "left_out": self.left_out}


class Telling:
    """Keeps what was told by fingerprint, and the newest state of what there is to tell."""

    def __init__(self, remind_s: float) -> None:
        self._remind_s = remind_s
        self._told: dict[str, Told] = {}
        self._newest: dict[str, Alert] = {}
        self._waiting_since_s: float | None = None

    def load(self, told: Iterable[Told]) -> None:
        self._told = {one.fingerprint: one for one in told}

    def put(self, alert: Alert, *, tells_no_data: bool) -> None:
        """The newest of an alert. One that cannot be seen is what it was, unless that itself is to be told."""
        if alert.state == "no-data" and not tells_no_data:
            return
        self._newest[alert.fingerprint] = alert

    def put_ended(self, alert: Alert) -> None:
        """One that ended before a restart, the newest first: it is told if that was not done yet."""
        if alert.fingerprint in self._told and alert.fingerprint not in self._newest:
            self._newest[alert.fingerprint] = alert

    def due(self, now_s: float, hindered: Callable[[Alert], bool]) -> tuple[list[Alert], frozenset[str], list[Told]]:
        """Alerts to tell now, the ids of those that are reminders, and what is then told.

        `hindered` says of which nothing may be told now.
        """
        nothing: tuple[list[Alert], frozenset[str], list[Told]] = [], frozenset(), []
        wanted = [alert for alert in self._newest.values() if self._to_tell(alert, now_s) and not hindered(alert)]
        if not wanted:
            self._waiting_since_s = None
            self._forget(now_s)
            return nothing
        if self._waiting_since_s is None or now_s < self._waiting_since_s:
            self._waiting_since_s = now_s
        if now_s - self._waiting_since_s < GROUP_S:
            return nothing
        self._waiting_since_s = None
        reminders = frozenset(alert.id for alert in wanted if self._what_was(alert) == what_of(alert))
        told = [self._tell(alert, now_s) for alert in wanted]
        return sorted(wanted, key=lambda alert: alert.id in reminders), reminders, told

    def _what_was(self, alert: Alert) -> str:
        told = self._told.get(alert.fingerprint)
        return "" if told is None else told.what

    def _to_tell(self, alert: Alert, now_s: float) -> bool:
        what, told = what_of(alert), self._told.get(alert.fingerprint) or Told(alert.fingerprint)
        if not what:
            return False
        if what == told.what:
            return alert.active and now_s - told.at_s >= self._remind_s
        if not alert.active and told.what in ("", "resolved", "dropped"):
            return False
        return len([at for at in told.times_s if 0 <= now_s - at < FLAPS_S]) < FLAPS_MAX

    def _tell(self, alert: Alert, now_s: float) -> Told:
        before = self._told.get(alert.fingerprint) or Told(alert.fingerprint)
        recent = tuple(at for at in before.times_s if 0 <= now_s - at < FLAPS_S)
        again = before.what == what_of(alert)
        told = replace(before, what=what_of(alert), at_s=now_s, times_s=recent if again else (*recent, now_s))
        self._told[alert.fingerprint] = told
        return told

    def _forget(self, now_s: float) -> None:
        """What has ended and was told, or need not be; how often it was told is remembered for an hour."""
        for fingerprint in [one for one, alert in self._newest.items() if not alert.active and self._is_over(alert)]:
            del self._newest[fingerprint]
        for fingerprint, told in list(self._told.items()):
            old = told.what in ("resolved", "dropped") and now_s - told.at_s >= FLAPS_S
            if fingerprint not in self._newest and (old or len(self._told) > KNOWN_MAX):
                del self._told[fingerprint]

    def _is_over(self, alert: Alert) -> bool:
        return self._what_was(alert) in ("", "resolved", "dropped")


def what_of(alert: Alert) -> str:
    """What there is to tell of an alert; "" where there is nothing."""
    if alert.state == "firing":
        return alert.severity
    return "" if alert.state == "pending" else alert.state
