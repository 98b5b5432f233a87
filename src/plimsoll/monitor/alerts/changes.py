"""What has changed since it was written down last."""

from dataclasses import dataclass, field
from typing import Final

from plimsoll.monitor.alerts.alert import Alert, Override, Silence
from plimsoll.monitor.alerts.saved import Incident
from plimsoll.monitor.alerts.telling import Notice, Told

ALERTS_MAX: Final = 2_000  # not written down yet, as where the disk is full: beyond it the oldest are given up


@dataclass
class Changes:
    """By their keys: what changed twice is written once. An incident that is None is over. `notices` are to be sent."""

    incidents: dict[str, Incident | None] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    overrides: dict[str, Override] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.incidents, self.alerts, self.silences, self.overrides, self.told, self.notices))

    def add_alert(self, alert: Alert) -> None:
        self.alerts[alert.id] = alert
        while len(self.alerts) > ALERTS_MAX:
            del self.alerts[next(iter(self.alerts))]

    def after(self, older: "Changes") -> "Changes":
        """Both together: what could not be written yet, and what came since."""
        both = Changes(
            older.incidents | self.incidents,
            {},
            older.silences | self.silences,
            older.overrides | self.overrides,
            older.told | self.told,
            self.notices,
        )
        for alert in (older.alerts | self.alerts).values():
            both.add_alert(alert)
        return both
