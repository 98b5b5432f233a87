"""Where one is in the dashboard. The URL says it, so that a link, a reload and the back button keep it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

TABS: Final[Mapping[str, str]] = {
    "overview": "Overview",
    "system": "System",
    "database": "Database",
    "cache": "Cache",
    "scaling": "Scaling",
    "edge": "Edge",
    "load": "Load",
    "analysis": "Analysis",
    "tuning": "Tuning",
    "alerts": "Alerts",
    "more": "More",
}
PARTS: Final = ("overview", "bottlenecks", "recommendations", "metrics")  # of an analysis
WINDOWS: Final[Mapping[str, float]] = {
    "15m": 900.0,
    "1h": 3_600.0,
    "6h": 21_600.0,
    "24h": 86_400.0,
    "7d": 604_800.0,
}
VALUE_CHARACTERS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """`sort` is "table.column" (a leading "-" turns it round); `statement`, `run`, `find` and `served` narrow what is
    shown; `part` is of an analysis; `tuning` is the one that is looked at, "" the latest; `decision` is the time of the
    one that is shown whole."""

    tab: str = "overview"
    window: str = "15m"
    sort: str = ""
    statement: str = ""
    run: str = ""
    find: str = ""
    part: str = "overview"
    tuning: str = ""
    served: str = ""
    decision: str = ""

    @property
    def window_s(self) -> float:
        return WINDOWS[self.window]

    @property
    def board(self) -> tuple[str, ...]:
        """What decides which charts there are."""
        return self.tab, self.statement, self.served

    def href(self, **changes: Any) -> str:
        """The address of a place that differs so; another tab forgets what was narrowed in this one."""
        before = Place(window=self.window) if changes.get("tab", self.tab) != self.tab else self
        there = replace(before, **changes)
        stated = {one.name: getattr(there, one.name) for one in fields(there)}
        return f"?{urlencode({name: value for name, value in stated.items() if value != _DEFAULTS[name]})}"

    def sorted_by(self, table: str) -> tuple[str, bool] | None:
        """The column that a table is sorted by, and whether it is turned round."""
        of, _, column = self.sort.partition(".")
        return (column.removeprefix("-"), column.startswith("-")) if of == table and column else None


_DEFAULTS: Final = {one.name: one.default for one in fields(Place)}


def place_of(query: str) -> Place:
    """Reads a query; what is unknown or absurd is the default, for links grow old."""
    stated = {name: value[:VALUE_CHARACTERS_MAX] for name, value in parse_qsl(query.removeprefix("?"))}
    known = {name: value for name, value in stated.items() if name in _DEFAULTS}
    if known.get("tab") not in TABS:
        known.pop("tab", None)
    if known.get("window") not in WINDOWS:
        known.pop("window", None)
    if known.get("part") not in PARTS:
        known.pop("part", None)
    return Place(**known)
