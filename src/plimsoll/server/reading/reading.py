"""What a page is made from: the newest of everything at one moment."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from plimsoll.core.observation import CollectorState, Event
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.alerts.reasons import SESSIONS
from plimsoll.server.analyses.look import Look
from plimsoll.server.reading.say import clock
from plimsoll.server.tunings.seen import TuningSeen

PERIODS_FRESH: Final = 3.5  # what is older than so many periods is not said as if it were so now
FRESH_S_MIN: Final = 12.0
SLOW_FRESH_S: Final = 900.0  # sizes and file systems are looked at at a slow pace
UNSEEN: Final = ("lost", "off")  # of a collector that sees nothing now
DATABASE: Final = frozenset(
    {SESSIONS, "waits", "database work", "background", "safety", "statements", "sizes", "relations", "caches", "purges"}
)
# How the names of their series begin.
_OF_DATABASE: Final = ("database_", "table_", "statement_", "cache_", "edge_purge")
_AT_ITS_PACE: Final = ("database_", "cache_", "edge_purge")
_COLLECTOR_OF: Final = {"locks": SESSIONS, "tables": "relations", "indexes": "relations"}  # else named as the document


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
    at_worst: str = ""  # in words, where it is better now


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
    analysis: str = ""  # its verdict; "" where it has not been analyzed
    target: str = ""
    step_of: str = ""  # the search for the load line that tried it; its goals missed are no failure


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
    runs_known: bool = False  # whether those that have ended were read yet
    run_drawn: str = ""  # the one whose figures the charts show
    runs_root: str = ""
    analyses: Mapping[str, Look] = field(default_factory=dict)  # of runs that somebody looks at, by their ids
    tuning: TuningSeen = field(default_factory=TuningSeen)
    dropped: tuple[float, str, int, str] | None = None  # when, which tags, by which transaction, a note
    scaled: tuple[float, str, str] | None = None  # when, which served application was told something last, and what
    purged: tuple[float, str] | None = None  # when, and what was asked to be purged of whom
    not_stored: str = ""  # why nothing is stored just now
    may_change: bool | None = None  # whether this browser may; None: nobody may

    def value(self, name: str, **labels: str) -> float | None:
        """The newest value, unless it is too old to be said as if it were so now."""
        found = self.newest.get(SeriesKey.of(name, **labels))
        return None if found is None or found[0] < self._oldest_s(name) else found[1]

    def valued(self, name: str) -> Mapping[SeriesKey, float]:
        """Every series of a name that has a fresh value."""
        oldest = self._oldest_s(name)
        return {key: value for key, (at, value) in self.newest.items() if key.name == name and at >= oldest}

    def fresh_s(self, name: str) -> float:
        if name.startswith(("host_filesystem", "table_", "database_size", "database_bloat", "database_dead")):
            return SLOW_FRESH_S
        period = self.database_period_s if name.startswith(_AT_ITS_PACE) else self.host_period_s
        return max(FRESH_S_MIN, period * PERIODS_FRESH)

    def _oldest_s(self, name: str) -> float:
        """From when on a value is of now; where its collector is lost, not even the last one is."""
        lost = self.lost_s(name)
        return max(self.now_s - self.fresh_s(name), 0.0 if lost is None else math.nextafter(lost, math.inf))

    def lost_s(self, name: str, served: str = "") -> float | None:
        """Until when a series of the database was seen, where the database is lost, or one of an application that is
        served no more or does not answer; None where it is not."""
        if served:
            return self._gone_s(served)
        state = self.states.get(SESSIONS)
        if state is None or state.status not in UNSEEN or not name.startswith(_OF_DATABASE):
            return None
        return state.seen_s or 0.0

    def _gone_s(self, served: str) -> float | None:
        document = self.details.get("scaling", (0.0, {}))[1]
        gone = {row["served"]: row["seen_s"] for row in document.get("rows", ()) if row["standing"] != "up"}
        ended = {one["served"]: one["at"] for one in document.get("ended", ())}
        found: float | None = (gone | ended).get(served)
        return found

    def lapsed(self, kind: str) -> str:
        """Why a document does not tell what is so now: "not seen since 17:14:45: why"; "" where it does."""
        state, found = self._state_of(kind), self.details.get(kind)
        lost = state is not None and state.status in UNSEEN
        why = f": {state.why}" if lost and state is not None and state.why else ""
        if found is None:
            return f"not seen{why}" if lost else ""
        period = self.database_period_s if state is None else state.period_s
        old = self.now_s - found[0] > max(FRESH_S_MIN, period * PERIODS_FRESH)
        return f"not seen since {clock(found[0])}{why}" if lost or old else ""

    def _state_of(self, kind: str) -> CollectorState | None:
        """How the collector of a document fares; where the whole database is lost, that, before it was noticed."""
        name = _COLLECTOR_OF.get(kind, kind)
        own, sessions = self.states.get(name), self.states.get(SESSIONS)
        whole = name in DATABASE and sessions is not None and sessions.status in UNSEEN
        return sessions if whole and (own is None or own.status not in UNSEEN) else own

    def hidden(self) -> str:
        """What would show what the role's rights hide; "" where they hide nothing."""
        state = self.states.get(SESSIONS)
        notes = () if state is None else state.notes
        return next((f"GRANT{rest}" for _, found, rest in (note.partition("GRANT") for note in notes) if found), "")

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
