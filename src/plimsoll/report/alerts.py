"""Alerts, rules and silences as lines for a terminal, from their JSON."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from plimsoll.core.series.saying import beyond_said, said
from plimsoll.core.units import UNKNOWN, format_duration
from plimsoll.report.words import clock as clock_of_run

_Json = Mapping[str, Any]


def rule_lines(rules: Sequence[_Json]) -> list[str]:
    """A table of rules: what each judges, and how it stands."""
    lines = [f"{'rule':24} {'series':60} {'warning':>12} {'critical':>12} {'for':>6}  state"]
    for rule in rules:
        thresholds = {level["severity"]: _beyond(rule, level["threshold"]) for level in rule["levels"]}
        warning, critical = (thresholds.get(severity, UNKNOWN) for severity in ("warning", "critical"))
        lasting = format_duration(rule["for_s"]) if rule["for_s"] else UNKNOWN
        state = _state_of_rule(rule)
        lines.append(
            f"{rule['name']:24} {rule['series']:60} {warning:>12} {critical:>12} {lasting:>6}  {state}".rstrip()
        )
    return lines


def _beyond(rule: _Json, threshold: float) -> str:
    said_so = beyond_said(rule["direction"], threshold, rule["unit"])
    return said_so.replace("above", ">").replace("below", "<")


def _state_of_rule(rule: _Json) -> str:
    changed = " (changed while running)" if rule["override"] else ""
    if not rule["enabled"]:
        return f"disabled{changed}"
    counts = [f"{count} {state}" for state, count in rule["states"].items() if state != "ok"]
    return (", ".join(counts) or "enabled") + changed


def alert_lines(alerts: Sequence[_Json], run_began_s: float | None = None) -> list[str]:
    """A table of alerts; of a run their times count from its beginning."""
    head = "began (UTC)" if run_began_s is None else "of the run at"
    lines = [f"{'state':9} {'severity':8} {'rule':24} {head:16} {'lasted':>12}  what"]
    for alert in alerts:
        began = alert["started_at"] or alert["since"]
        lasted = format_duration(round(alert["ended_at"] - began)) if alert["ended_at"] else UNKNOWN
        marks = [
            _worst(alert),
            alert["note"],
            "silenced" if alert["silenced_by"] else "",
            "quiet hours" if alert["held"] else "",
        ]
        what = "; ".join(filter(None, [alert["summary"], *marks]))
        at = _moment(began, run_began_s)
        lines.append(f"{alert['state']:9} {_severity(alert):8} {alert['rule']:24} {at:16} {lasted:>12}  {what}")
    return lines


def _severity(alert: _Json) -> str:
    """Of one that is over the severest that it had."""
    return str(alert["worst"] or alert["severity"]) if alert["ended_at"] else str(alert["severity"])


def _worst(alert: _Json) -> str:
    """What neither its severity nor its summary say."""
    if alert["worst"] is None or alert["worst_value"] is None or alert["unit"] == "yes/no":
        return ""
    worst = said(alert["worst_value"], alert["unit"])
    return "" if worst in alert["summary"] else f"at worst {worst}"


def silence_lines(silences: Sequence[_Json]) -> list[str]:
    """A table of silences."""
    lines = [f"{'id':10} {'alerts':40} {'until (UTC)':16} {'by':16} reason"]
    for one in silences:
        labels = ",".join(f'{name}="{value}"' for name, value in one["labels"].items())
        matcher = f"{one['rule']}{{{labels}}}" if labels else one["rule"]
        lines.append(f"{one['id']:10} {matcher:40} {clock(one['until']):16} {one['author']:16} {one['reason']}")
    return lines


def replayed_lines(found: _Json, start_s: float, end_s: float, run_began_s: float | None = None) -> list[str]:
    """What would have fired, and over what; of a run with times since its load began."""
    stretch = f"from {clock(start_s)} to {clock(end_s)} UTC" if run_began_s is None else "of the run"
    looked = f"{found['points']:,} points of {found['series']} series {stretch}"
    if not found["points"]:
        return ["nothing is recorded there"]
    coarse = found["coarsest_s"]
    judged = f"; the coarsest are means of {format_duration(coarse)}" if coarse else ""
    alerts: Sequence[_Json] = found["alerts"]
    if not alerts:
        return [f"nothing would have fired: {looked}{judged}"]
    count = (
        f"{len(alerts)} alert{'s' * (len(alerts) != 1)}, {found['messages']} message{'s' * (found['messages'] != 1)}"
    )
    return [*alert_lines(alerts, run_began_s), "", f"{count}: {looked}{judged}"]


def clock(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M}"


def _moment(at_s: float, run_began_s: float | None) -> str:
    """The time of day, or of a run "0:42"; what was before its load is "-0:03"."""
    if run_began_s is None:
        return clock(at_s)
    seconds = round(at_s - run_began_s)
    return f"{'-' * (seconds < 0)}{clock_of_run(abs(seconds))}"
