"""A small vocabulary for what happens to alerts."""

from plimsoll.core.observation import CollectorState, CollectorStatus, Observation
from plimsoll.core.series.key import SeriesKey, parse_series
from plimsoll.monitor.alerts.book import AlertBook
from plimsoll.settings.alert_rules import Rule
from plimsoll.settings.alerts import AlertSettings
from plimsoll.settings.loading import parse_settings

CPU = SeriesKey("host_cpu_busy_percent")
START_S = 1_800_000_000.0


def settings_of(toml: str) -> AlertSettings:
    return parse_settings(toml).alerts


def rule_of(toml: str, name: str = "cpu") -> Rule:
    """A rule as [alerts.rules.NAME] states it."""
    return settings_of(f"[alerts.rules.{name}]\n{toml}").rules[name]


class Watched:
    """A book, and a clock that moves by what happens."""

    def __init__(self, toml: str = "", period_s: float = 10.0) -> None:
        self.book = AlertBook(settings_of(toml))
        self.now_s = START_S
        self.period_s = period_s
        self.states: dict[str, CollectorState] = {}
        self.book.tick(self.now_s, self.states)

    def sees(self, *values: float, series: str = "host_cpu_busy_percent", source: str = "host") -> None:
        """The values of a series, a period apart."""
        for value in values:
            self.waits(self.period_s)
            self.book.observe(Observation(source, self.now_s, {parse_series(series): value}))

    def waits(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s = min(self.now_s + 5.0, end_s)
            self.book.tick(self.now_s, self.states)

    def has(self, collector: str, status: CollectorStatus) -> None:
        self.states[collector] = CollectorState(collector, self.period_s, status, self.now_s)
        self.book.tick(self.now_s, self.states)

    def states_of(self, rule: str = "cpu") -> list[str]:
        return [alert.state for alert in self.book.active() if alert.rule == rule]

    def severities(self, rule: str = "cpu") -> list[str]:
        return [alert.severity for alert in self.book.active() if alert.rule == rule and alert.state == "firing"]
