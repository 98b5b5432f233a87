"""Alerts, rules and silences of the book, as the pages say them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from plimsoll.core.observation import Event
from plimsoll.core.series.info import Unit
from plimsoll.core.series.saying import beyond_said
from plimsoll.core.units import UNKNOWN
from plimsoll.monitor.alerts.alert import Alert, RuleView, Silence
from plimsoll.monitor.alerts.notices import worst_of
from plimsoll.server.reading.reading import AlertLine, Limit, RuleLine, SilenceLine
from plimsoll.server.reading.remedies import REMEDIES
from plimsoll.server.reading.say import moment, value

_STATES: Final = {"no-data": "no data"}


def alert_lines(alerts: Iterable[Alert], silences: Sequence[Silence]) -> list[AlertLine]:
    known = {silence.id: silence for silence in silences}
    return [_alert_line(alert, known) for alert in alerts]


def _alert_line(alert: Alert, silences: Mapping[str, Silence]) -> AlertLine:
    silence = silences.get(alert.silenced_by or "")
    sentence = alert.summary[:1].upper() + alert.summary[1:]
    return AlertLine(
        rule=alert.rule,
        state=_STATES.get(alert.state, alert.state),
        severity=alert.severity,
        series=alert.series,
        sentence=f"{sentence} ({alert.note})" if alert.note else sentence,
        since_s=alert.since if alert.started_at is None else alert.started_at,
        remedy=alert.runbook or REMEDIES.get(alert.rule, ""),
        silenced="" if silence is None else f"by {silence.author} until {moment(silence.until)}: {silence.reason}",
        ended_s=alert.ended_at,
        fired=alert.started_at is not None,
        worst=alert.worst or alert.severity,
        at_worst=worst_of(alert.to_json()),
    )


def history_lines(active: Iterable[Alert], ended: Iterable[Alert], silences: Sequence[Silence]) -> list[AlertLine]:
    """What has fired: also what still does, and what may, for all that can be seen."""
    fired = (alert for alert in active if alert.started_at is not None)
    return alert_lines([*fired, *ended], silences)


def alert_events(alerts: Iterable[AlertLine]) -> list[Event]:
    """When they began to fire, for marks on the time axis."""
    fired = (alert for alert in alerts if alert.fired)
    return [Event(alert.since_s, "alert", f"{alert.severity}: {alert.sentence}", alert.rule) for alert in fired]


def rule_lines(rules: Iterable[RuleView]) -> list[RuleLine]:
    return [_rule_line(rule) for rule in rules]


def _rule_line(rule: RuleView) -> RuleLine:
    unit: Unit = rule.unit  # type: ignore[assignment]  # it comes from the catalogue
    only = f", while {rule.when}" if rule.when else ""
    now = ", ".join(f"{count} {_STATES.get(state, state)}" for state, count in sorted(rule.states.items()))
    return RuleLine(
        name=rule.name,
        series=rule.series,
        condition=f"{_bars(rule, unit)}{only}",
        lasts_s=rule.for_s,
        state=(now or UNKNOWN) if rule.enabled else "off",
        remedy=rule.runbook or REMEDIES.get(rule.name, ""),
    )


def _bars(rule: RuleView, unit: Unit) -> str:
    if unit == "yes/no":
        severities = ", ".join(level["severity"] for level in rule.levels)
        return f"{beyond_said(rule.direction, rule.levels[0]['threshold'], unit)}: {severities}"
    return f"{rule.direction} " + ", ".join(f"{one['severity']} {value(one['threshold'], unit)}" for one in rule.levels)


def limits_of(rules: Iterable[RuleView]) -> list[Limit]:
    """The thresholds that hold now."""
    return [
        Limit(rule.series, level["threshold"], level["severity"], rule.direction == "above")
        for rule in rules
        if rule.enabled
        for level in rule.levels
    ]


def silence_lines(silences: Iterable[Silence]) -> list[SilenceLine]:
    return [_silence_line(silence) for silence in silences]


def _silence_line(silence: Silence) -> SilenceLine:
    labels = ", ".join(f'{name}="{text}"' for name, text in silence.labels.items())
    what = f"{silence.rule}{{{labels}}}" if labels else silence.rule
    return SilenceLine(silence.id, what, silence.until, silence.author, silence.reason)
