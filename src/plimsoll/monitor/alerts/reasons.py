"""Why the database cannot be seen, told with the alert about it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from plimsoll.core.observation import CollectorState
from plimsoll.monitor.alerts.alert import Alert

SESSIONS: Final = "sessions"  # the collector that sees nothing when the server is gone
RULE: Final = "database_down"


def with_reason(alerts: Iterable[Alert], states: Mapping[str, CollectorState]) -> list[Alert]:
    """That the database does not answer is told with the collector's reason, and with what mends that."""
    state = states.get(SESSIONS)
    if state is None or state.status != "lost" or not state.why:
        return list(alerts)
    told = f"the database cannot be seen: {state.why}"
    return [
        replace(one, summary=told, runbook=one.runbook or state.remedy) if one.rule == RULE and one.active else one
        for one in alerts
    ]
