"""Alerts in the log of a watch: a line for each that begins, changes or ends."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plimsoll.monitor.alerts.alert import Alert


class AlertLog:
    """A subscriber of alerts. What is pending is not told, and neither is what ends without having been told."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told: dict[str, tuple[str, str]] = {}  # by alert, while it is active: as many as there can be

    def __call__(self, alert: "Alert") -> None:
        what = alert.state, alert.severity
        known = self._told.get(alert.id)
        if known == what or (known is None and alert.state in ("pending", "resolved", "dropped")):
            return
        if alert.active:
            self._told[alert.id] = what
        else:
            del self._told[alert.id]
        self._say(_line(alert))


def _line(alert: "Alert") -> str:
    from plimsoll.monitor.alerts.notices import line_of

    silenced = " (silenced)" if alert.silenced_by else ""
    return f"{line_of(alert.to_json() | {'reminder': False})}{silenced}"
