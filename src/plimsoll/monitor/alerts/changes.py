"""What has changed since it was written down last."""

from dataclasses import dataclass, field
from typing import Final

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.alerts.alert import Alert, Override, Silence
from plimsoll.monitor.alerts.entry import Entry
from plimsoll.monitor.alerts.telling import Notice, Told

ALERTS_MAX: Final = 2_000  # ended and not written down, as where the disk is full: then the oldest are given up


@dataclass
class Changes:
    """By their keys: what changed twice is written once."""

    entries: dict[tuple[str, SeriesKey], Entry] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)
    silences: dict[str, Silence] = field(default_factory=dict)
    overrides: dict[str, Override] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.entries, self.alerts, self.silences, self.overrides, self.told, self.notices))

    def add_alert(self, alert: Alert) -> None:
        self.alerts[alert.id] = alert
        while len(self.alerts) > ALERTS_MAX:
            del self.alerts[next(iter(self.alerts))]
