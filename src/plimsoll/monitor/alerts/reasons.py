"""Why something cannot be seen or used, told with the alert about it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from plimsoll.core.observation import CollectorState
from plimsoll.core.tier_2 import cause_of, tier_2_remedy
from plimsoll.monitor.alerts.alert import Alert

SESSIONS: Final = "sessions"  # the collector that sees nothing when the server is gone
RULE: Final = "database_down"
TIER_2: Final = "cache_shared_away"
CACHES: Final = "caches"  # the document that has what processes say of tier 2

Document = tuple[float, Mapping[str, Any]]  # with when it was seen


def with_reason(
    alerts: Iterable[Alert], states: Mapping[str, CollectorState], caches: Document | None = None
) -> list[Alert]:
    """That the database does not answer is told with the collector's reason, and with what mends that; that tier 2 is
    passed by with what one of its processes says in the document `caches`."""
    state = states.get(SESSIONS)
    down = state if state is not None and state.status == "lost" and state.why else None
    return [_with_reason(one, down, caches) if one.active else one for one in alerts]


def _with_reason(alert: Alert, down: CollectorState | None, caches: Document | None) -> Alert:
    if alert.rule == RULE and down is not None:
        told = f"the database cannot be seen: {down.why}"
        return replace(alert, summary=told, runbook=alert.runbook or down.remedy)
    if alert.rule == TIER_2 and caches is not None and not alert.note:
        rows = caches[1].get("rows", ())
        troubles = [row["shared_trouble"] for row in rows if row["cache"] == alert.labels.get("cache")]
        cause = next((cause_of(one) for one in troubles if one), "")
        return replace(alert, note=cause, runbook=alert.runbook or tier_2_remedy(cause)) if cause else alert
    return alert
