"""What people and machines are shown of alerts: alerts, rules and silences, as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from plimsoll.settings.alert_rules import Severity

AlertState = Literal["pending", "firing", "no-data", "resolved", "dropped"]
ENDED: frozenset[AlertState] = frozenset({"resolved", "dropped"})


@dataclass(frozen=True, slots=True)
class Alert:
    """One incident of a rule at one series. Times are seconds since 1970 (UTC).

    `id` is the incident's own, `fingerprint` is of rule and labels, the same at every incident. `since` is when this
    state began, `started_at` when it began to fire, or to be told that it has no data (None while it is pending).
    "no-data": it fired, or was about to, and its series cannot be seen; "dropped": it could not be seen for so long
    that it is given up, see `note`. `value` is the newest, of one that fired and has ended the worst. `worst` is the
    highest severity that it had while it fired, `worst_value` the value farthest beyond its threshold then; None where
    it never fired. `silenced_by` is the silence that keeps it from being told, `held` whether quiet hours do.
    """

    id: str
    fingerprint: str
    rule: str
    severity: Severity
    state: AlertState
    series: str
    labels: Mapping[str, str]
    value: float
    threshold: float
    unit: str
    since: float
    summary: str
    started_at: float | None = None
    ended_at: float | None = None
    silenced_by: str | None = None
    held: bool = False
    runbook: str = ""
    note: str = ""
    worst: Severity | None = None
    worst_value: float | None = None

    @property
    def active(self) -> bool:
        return self.state not in ENDED

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody is told of alerts whose rule fits `rule` (with * and ?) and which have all of `labels`, until `until`."""

    id: str
    rule: str
    labels: Mapping[str, str]
    created_at: float
    until: float
    author: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Override:
    """What was changed of a rule while running, and by whom; what is None stays as the settings say."""

    rule: str
    enabled: bool | None = None
    thresholds: Mapping[Severity, float] = field(default_factory=dict)
    at: float = 0.0
    author: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as it holds now. `states` counts the series that it judges by state ("ok" among them)."""

    name: str
    series: str
    direction: str
    levels: Sequence[Mapping[str, Any]]
    unit: str
    for_s: float
    keep_s: float
    no_data_s: float | None
    when: str | None
    summary: str
    runbook: str
    enabled: bool
    builtin: bool
    override: Override | None
    states: Mapping[str, int]
    unless: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
