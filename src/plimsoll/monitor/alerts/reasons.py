"""Why something cannot be seen or used, told with the alert about it. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from plimsoll.core.observation import CollectorState
from plimsoll.core.tier_2 import cause_of, tier_2_remedy
from plimsoll.monitor.alerts.alert import Alert

SESSIONS: Final = "sessions"  # the collector that sees nothing when the server is gone
RULE: Final = "database_down"
TIER_2: Final = "cache_shared_away"
CACHES: Final = "caches"  # the document that has what processes say of tier 2
SCALING: Final = "scaling"  # the document that has what supervisors say

Document = tuple[float, Mapping[str, Any]]  # with when it was seen
Detail = Callable[[str], Document | None]  # the newest document of a kind


def with_reason(
    alerts: Iterable[Alert], states: Mapping[str, CollectorState], detail: Detail = lambda _: None
) -> list[Alert]:
    """That the database does not answer is told with the collector's reason, and with what mends that; that tier 2 is
    passed by with what one of its processes says; what is wrong with a served application with what its supervisor
    says, both by their documents."""
    state = states.get(SESSIONS)
    down = state if state is not None and state.status == "lost" and state.why else None
    return [_with_reason(one, down, detail) if one.active else one for one in alerts]


def _with_reason(alert: Alert, down: CollectorState | None, detail: Detail) -> Alert:
    if alert.rule == RULE and down is not None:
        told = f"the database cannot be seen: {down.why}"
        return replace(alert, summary=told, runbook=alert.runbook or down.remedy)
    if alert.rule in _SAID and not alert.note:
        return replace(alert, note=_said_of(alert, detail(SCALING)))
    caches = detail(CACHES) if alert.rule == TIER_2 else None
    if caches is not None and not alert.note:
        rows = caches[1].get("rows", ())
        troubles = [row["shared_trouble"] for row in rows if row["cache"] == alert.labels.get("cache")]
        cause = next((cause_of(one) for one in troubles if one), "")
        return replace(alert, note=cause, runbook=alert.runbook or tier_2_remedy(cause)) if cause else alert
    return alert


def _said_of(alert: Alert, scaling: Document | None) -> str:
    rows = () if scaling is None else scaling[1].get("rows", ())
    row = next((row for row in rows if row["served"] == alert.labels.get("served")), None)
    return "" if row is None else _SAID[alert.rule](row)


def _last_death(row: Mapping[str, Any]) -> str:
    said = next((one for one in row["status"]["workers"] if one["starts"] > 1 and one["why"]), None)
    return f"{said['name']}: {said['why']}" if said else ""


def _because(row: Mapping[str, Any]) -> str:
    return str((row["status"]["decision"] or {}).get("because", ""))


_SAID: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "scaling_gone": lambda row: row["why"],
    "scaling_broken": lambda row: (row["status"]["broken"] or {}).get("reason", ""),
    "scaling_balancer": lambda row: row["status"]["balancer"]["trouble"],
    "scaling_shedding": _because,
    "scaling_at_max": _because,
    "scaling_connections": _because,
    "scaling_restarts": _last_death,
}
