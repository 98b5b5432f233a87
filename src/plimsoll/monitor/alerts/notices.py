"""A notice in words, for chats and mail."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from plimsoll.core.series.saying import said as value_said
from plimsoll.core.units import format_duration
from plimsoll.core.visible import visible
from plimsoll.notify.delivering import Message

LINES_MAX: Final = 20  # of alerts in one message; further ones are counted
_WORDS: Final = {"no-data": "NO DATA", "resolved": "resolved", "dropped": "given up"}


def message_of(notice: Mapping[str, Any], watched: str) -> Message:
    """From a notice as JSON. `watched` names what is watched."""
    alerts: Sequence[Mapping[str, Any]] = notice["alerts"]
    lines = [line_of(alert) for alert in alerts[:LINES_MAX]]
    more = len(alerts) + notice["left_out"] - len(lines)
    if more:
        lines.append(f"and {more} more")
    firing = {alert["severity"] for alert in alerts if alert["state"] == "firing"}
    unseen = any(alert["state"] == "no-data" for alert in alerts)
    kind = "failure" if "critical" in firing else "warning" if firing or unseen else "success"
    return Message(title_of(alerts, watched), "\n".join(lines), kind)  # type: ignore[arg-type]  # one of the three


def title_of(alerts: Sequence[Mapping[str, Any]], watched: str) -> str:
    if len(alerts) == 1:
        return f"{word_of(alerts[0])}: {alerts[0]['rule']} on {watched}"
    counts = Counter(word_of(alert) for alert in alerts)
    return f"{len(alerts)} alerts on {watched}: {', '.join(f'{count} {word}' for word, count in counts.items())}"


def line_of(alert: Mapping[str, Any]) -> str:
    again = "still " if alert["reminder"] else ""
    what = f"{again}{word_of(alert)}: {alert['rule']}: {alert['summary']}"
    return visible("; ".join(filter(None, [what, _when(alert), worst_of(alert), alert["note"], alert["runbook"]])))


def _when(alert: Mapping[str, Any]) -> str:
    began, ended = alert["started_at"], alert["ended_at"]
    if not ended or not began:
        return f"since {_clock(ended or began or alert['since'])}"
    lasted = format_duration(float(round(ended - began)))
    return f"ended after {lasted}; from {_clock(began)} to {_clock(ended)}"


def worst_of(alert: Mapping[str, Any]) -> str:
    """What an alert was at worst; "" where that tells nothing new."""
    if alert["worst"] is None:
        return ""
    severity = alert["worst"] if alert["worst"] != alert["severity"] else ""
    value = "" if alert["unit"] == "yes/no" else value_said(alert["worst_value"], alert["unit"])
    if not alert["ended_at"] and value == value_said(alert["value"], alert["unit"]):
        value = ""
    said = ", ".join(filter(None, [value, severity]))
    return f"at worst {said}" if said else ""


def word_of(alert: Mapping[str, Any]) -> str:
    return _WORDS.get(alert["state"], str(alert["severity"]).upper())


def _clock(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
