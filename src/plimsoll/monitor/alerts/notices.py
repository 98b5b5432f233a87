"""A notice in words, for chats and mail."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from plimsoll.core.series.saying import said as value_said
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
    since = alert["ended_at"] or alert["started_at"] or alert["since"]
    again = "still " if alert["reminder"] else ""
    said = [f"{again}{word_of(alert)}: {alert['rule']}: {alert['summary']}", f"since {_clock(since)}"]
    if alert["ended_at"] and alert["started_at"]:
        said[1] = f"from {_clock(alert['started_at'])} to {_clock(since)}"
    if alert["ended_at"] and alert["worst"] is not None and alert["unit"] != "yes/no":
        said.append(f"at worst {value_said(alert['worst'], alert['unit'])}")
    said += filter(None, [alert["note"], alert["runbook"]])
    return "; ".join(said)


def word_of(alert: Mapping[str, Any]) -> str:
    return _WORDS.get(alert["state"], str(alert["severity"]).upper())


def _clock(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
