"""What is asked and answered of alerts, as OpenAPI describes it. Moments are seconds since 1970 (UTC)."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

_ALERT: Final = {
    "id": "9f2c41d07a3b",
    "fingerprint": "5c1be0aa9d3e",
    "rule": "connections",
    "severity": "warning",
    "state": "firing",
    "series": "database_connections_used_percent",
    "labels": {},
    "value": 81.0,
    "threshold": 75.0,
    "unit": "percent",
    "since": 1767276180.0,
    "summary": "connections in use are at 81 %, above 75 %",
    "started_at": 1767276180.0,
    "ended_at": None,
    "silenced_by": None,
    "held": False,
    "runbook": "",
    "note": "",
    "worst": "warning",
    "worst_value": 83.0,
}
_RULE: Final = {
    "name": "connections",
    "series": "database_connections_used_percent",
    "direction": "above",
    "levels": [{"severity": "warning", "threshold": 75.0, "clear": 70.0}],
    "unit": "percent",
    "for_s": 0.0,
    "keep_s": 0.0,
    "no_data_s": 120.0,
    "when": None,
    "summary": "connections in use",
    "runbook": "",
    "enabled": True,
    "builtin": True,
    "override": None,
    "states": {"firing": 1},
}
_SILENCE: Final = {
    "id": "4be1f09c",
    "rule": "disk_*",
    "labels": {"mount": "/data"},
    "created_at": 1767276180.0,
    "until": 1767283380.0,
    "author": "kim",
    "reason": "the disk is being replaced",
}
Severity = Literal["warning", "critical"]


def _example(value: Any) -> ConfigDict:
    return ConfigDict(from_attributes=True, json_schema_extra={"example": value})


class AlertBody(BaseModel):
    """One incident of a rule at one series: see the guide of alerts for its states."""

    id: str
    fingerprint: str
    rule: str
    severity: Severity
    state: Literal["pending", "firing", "no-data", "resolved", "dropped"]
    series: str
    labels: dict[str, str]
    value: float | None
    threshold: float
    unit: str
    since: float
    summary: str
    started_at: float | None
    ended_at: float | None
    silenced_by: str | None
    held: bool
    runbook: str
    note: str
    worst: Severity | None
    worst_value: float | None
    model_config = _example(_ALERT)


class ActiveBody(BaseModel):
    """What is pending, fires or cannot be seen."""

    at_s: float
    alerts: list[AlertBody]
    model_config = _example({"at_s": 1767283680.0, "alerts": [_ALERT]})


class HistoryBody(BaseModel):
    """A page of what has fired. `next` is the `before` of the page after it; null on the last one."""

    alerts: list[AlertBody]
    next: str | None
    model_config = _example(
        {"alerts": [_ALERT | {"state": "resolved", "ended_at": 1767277000.0}], "next": "9f2c41d07a3b"}
    )


class LevelBody(BaseModel):
    """A threshold with its severity, and where the series must come back to."""

    severity: Severity
    threshold: float
    clear: float


class OverriddenBody(BaseModel):
    """What was changed of a rule, by whom and when."""

    model_config = ConfigDict(from_attributes=True)

    rule: str
    enabled: bool | None
    thresholds: dict[Severity, float]
    at: float
    author: str


class RuleBody(BaseModel):
    """A rule as it holds now. `states` counts the series that it judges."""

    name: str
    series: str
    direction: Literal["above", "below"]
    levels: list[LevelBody]
    unit: str
    for_s: float
    keep_s: float
    no_data_s: float | None
    when: str | None
    summary: str
    runbook: str
    enabled: bool
    builtin: bool
    override: OverriddenBody | None
    states: dict[str, int]
    model_config = _example(_RULE)


class RulesBody(BaseModel):
    """Every rule."""

    rules: list[RuleBody]
    model_config = _example({"rules": [_RULE]})


class OverrideBody(BaseModel):
    """What is to be changed of a rule; what is not stated stays as the settings say."""

    enabled: bool | None = None
    thresholds: dict[Severity, FiniteFloat] = {}
    author: Annotated[str, Field(max_length=100)] = ""
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"thresholds": {"warning": 85.0}, "author": "kim"}}
    )


class SilenceBody(BaseModel):
    """Nobody is told of alerts whose rule fits `rule` and which have all of `labels`, until `until`."""

    id: str
    rule: str
    labels: dict[str, str]
    created_at: float
    until: float
    author: str
    reason: str
    model_config = _example(_SILENCE)


class SilencesBody(BaseModel):
    """Those that hold."""

    silences: list[SilenceBody]
    model_config = _example({"silences": [_SILENCE]})


class NewSilence(BaseModel):
    """A silence as it is asked for: `matcher` is a rule's name, with * for any letters, and labels in braces."""

    matcher: Annotated[str, Field(min_length=1, max_length=500)]
    lasts: Annotated[str, Field(alias="for", max_length=50, description="30m, 2h, 3d; at most 30 days")]
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    author: Annotated[str, Field(min_length=1, max_length=100)]
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "matcher": 'disk_*{mount="/data"}',
                "for": "2h",
                "reason": "the disk is being replaced",
                "author": "kim",
            }
        },
    )
