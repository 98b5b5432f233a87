"""What a page is made from: the newest of everything at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from plimsoll.core.observation import CollectorState, Event
from plimsoll.core.series.key import SeriesKey

PERIODS_FRESH: Final = 3.5  # what is older than so many periods is not said as if it were so now
FRESH_S_MIN: Final = 12.0
SLOW_FRESH_S: Final = 900.0  # sizes and file systems are looked at at a slow pace


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert as the pages say it. `state` is "firing", "pending", "no data" or "resolved"."""

    rule: str
    state: str
    severity: str
    series: str
    sentence: str
    since_s: float
    remedy: str = ""
    silenced: str = ""
    ended_s: float | None = None
    fired: bool = False  # also where it cannot be seen any more: then it is not known to be over
    worst: str = ""  # the severest that it was


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold of an alert rule: a thin line, and context. `series` has labels where the rule has."""

    series: str
    at: float
    severity: str
    above: bool = True


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as the pages say it."""

    name: str
    series: str
    condition: str
    lasts_s: float
    state: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class SilenceLine:
    """A silence under way."""

    silence_id: str
    what: str
    until_s: float
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as its files tell. `standing` is "good", "bad", "doubt" or "live"; figures None where there are none."""

    run_id: str
    scenario: str
    profile: str
    standing: str
    state: str
    started: str
    rate_per_s: float | None = None
    p95_ms: float | None = None
    error_rate: float | None = None
    users: int | None = None
    has_report: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """`newest` is (time, value) by series; `details` (time, document) by kind."""

    now_s: float
    target: str = "this machine"
    watches_database: bool = False
    host_period_s: float = 2.0
    database_period_s: float = 10.0
    newest: Mapping[SeriesKey, tuple[float, float]] = field(default_factory=dict)
    details: Mapping[str, tuple[float, Mapping[str, Any]]] = field(default_factory=dict)
    states: Mapping[str, CollectorState] = field(default_factory=dict)
    alerts: Sequence[AlertLine] = ()
    limits: Sequence[Limit] = ()
    events: Sequence[Event] = ()
    history: Sequence[AlertLine] = ()
    rules: Sequence[RuleLine] = ()
    silences: Sequence[SilenceLine] = ()
    runs: Sequence[RunLine] = ()
    runs_root: str = ""
    not_stored: str = ""  # why nothing is stored just now
    may_change: bool | None = None  # whether this browser may; None: nobody may

    def value(self, name: str, **labels: str) -> float | None:
        """The newest value, unless it is too old to be said as if it were so now."""
        found = self.newest.get(SeriesKey.of(name, **labels))
        return None if found is None or self.now_s - found[0] > self.fresh_s(name) else found[1]

    def valued(self, name: str) -> Mapping[SeriesKey, float]:
        """Every series of a name that has a fresh value."""
        oldest = self.now_s - self.fresh_s(name)
        return {key: value for key, (at, value) in self.newest.items() if key.name == name and at >= oldest}

    def fresh_s(self, name: str) -> float:
        if name.startswith(("host_filesystem", "table_", "database_size", "database_bloat", "database_dead")):
            return SLOW_FRESH_S
        period = self.database_period_s if name.startswith("database_") else self.host_period_s
        return max(FRESH_S_MIN, period * PERIODS_FRESH)

    def seen_s(self) -> float | None:
        """When anything was seen last."""
        return max((state.seen_s for state in self.states.values() if state.seen_s is not None), default=None)

    def rows(self, kind: str) -> Sequence[Mapping[str, Any]]:
        found = self.details.get(kind)
        return () if found is None else found[1].get("rows", ())

    def limit(self, series: str) -> Limit | None:
        """The lowest bar that is set for a series: the one that is met first."""
        bars = [limit for limit in self.limits if limit.series == series]
        return min(bars, key=lambda bar: bar.at if bar.above else -bar.at, default=None)
