"""The first sentence: is it healthy, and if not, what is wrong, since when, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from plimsoll.core.observation import CollectorState
from plimsoll.core.units import format_duration
from plimsoll.monitor.alerts.reasons import SESSIONS
from plimsoll.server.reading.reading import DATABASE, AlertLine, Reading
from plimsoll.server.reading.say import moment, plural

Standing = Literal["good", "warning", "bad", "unknown"]

STALE_S: Final = 15.0  # at least: without anything new for so long, nothing is known of now
STORE_RULE: Final = "series_store"
_IF_GONE: Final = "check that the server runs and that the address and the role are right"
START_S: Final = 30.0  # for so long it is fair to say that a collector has only begun


@dataclass(frozen=True, slots=True)
class Health:
    """`word` stands beside the colour, so that colour says nothing alone."""

    standing: Standing
    word: str
    sentence: str
    since_s: float | None = None
    remedy: str = ""


def in_a_sentence(health: Health, now_s: float) -> str:
    """All of it but what to do, for those who read a line."""
    if health.since_s is None:
        return f"{health.word}: {health.sentence}."
    lasted = format_duration(float(round(max(0.0, now_s - health.since_s))))
    return f"{health.word} since {moment(health.since_s)} ({lasted}): {health.sentence}."


def health(reading: Reading) -> Health:
    """What is worst comes first: what is lost, then what fires, then what cannot be judged."""
    lost = [state for state in reading.states.values() if state.status == "lost"]
    said = [alert for alert in reading.alerts if not alert.silenced and _is_wrong(alert)]
    firing = [alert for alert in said if not (lost and alert.rule == "collector_lost")]  # the state tells more
    critical = [alert for alert in firing if alert.severity == "critical"]
    if any(alert.state == "firing" for alert in critical):
        return _of_alerts(critical, firing, "bad", "Failing", reading)
    if lost:
        return _of_lost(lost, reading)  # and for that reason some alerts cannot be seen
    if critical:
        return _of_alerts(critical, firing, "bad", "Failing", reading)
    if firing:
        return _of_alerts(firing, firing, "warning", "Warning", reading)
    return _quiet(reading)


def _is_wrong(alert: AlertLine) -> bool:
    """What fired and cannot be seen any more is not known to be over."""
    return alert.state == "firing" or (alert.state == "no data" and alert.fired)


def _of_alerts(
    worst: Sequence[AlertLine], firing: Sequence[AlertLine], standing: Standing, word: str, reading: Reading
) -> Health:
    first = min(worst, key=lambda alert: alert.since_s)
    more = f"; and {plural(len(firing) - 1, 'more alert')}" if len(firing) > 1 else ""
    why = f": {reading.not_stored}" if first.rule == STORE_RULE and reading.not_stored else ""
    return Health(standing, word, f"{first.sentence}{why}{more}", first.since_s, first.remedy)


def _of_lost(lost: Sequence[CollectorState], reading: Reading) -> Health:
    first = min(lost, key=lambda state: (not _is_database(state), state.since_s))
    others = [state for state in lost if state is not first and not (_is_database(first) and state.name in DATABASE)]
    more = f"; {plural(len(others), 'more collector')} lost" if others else ""
    what = "The database cannot be seen" if _is_database(first) else f"{first.name} cannot be seen"
    why = f": {first.why}" if first.why else ""
    remedy = first.remedy or (_IF_GONE if _is_database(first) else "")
    return Health("bad" if _is_database(first) else "warning", "Lost", f"{what}{why}{more}", first.since_s, remedy)


def _is_database(state: CollectorState) -> bool:
    """What sees nothing when the server is gone."""
    return state.name == SESSIONS


def _quiet(reading: Reading) -> Health:
    seen = reading.seen_s()
    if seen is None:
        return _nothing_seen(reading)
    shortest = min((state.period_s for state in reading.states.values()), default=0.0)
    if reading.now_s - seen > max(STALE_S, shortest * 3):
        age = format_duration(float(round(reading.now_s - seen)))
        return Health("unknown", "Stale", f"Nothing was seen for {age}: what stands below is of then", seen)
    silenced = sum(1 for alert in reading.alerts if alert.state == "firing" and alert.silenced)
    blind = [alert for alert in reading.alerts if alert.state == "no data"]
    pending = [alert for alert in reading.alerts if alert.state == "pending"]
    said = [_if_any(pending, "may become an alert"), _if_any(blind, "cannot be judged for want of data")]
    said.append(f"{plural(silenced, 'alert is', 'alerts are')} silenced" if silenced else "")
    said += {state.why: "" for state in reading.states.values() if state.status == "off"}  # each reason once
    hidden = reading.hidden()
    said.append("what other roles do in the database is hidden from this role" if hidden else "")
    rest = "; ".join(part for part in said if part)
    return Health(
        "good", "Healthy", f"Nothing is wrong that is watched for{f'; {rest}' if rest else ''}", remedy=hidden
    )


def _if_any(alerts: Sequence[AlertLine], what: str) -> str:
    named = ", ".join(alert.rule for alert in alerts[:2])
    more = f" and {len(alerts) - 2} more" if len(alerts) > 2 else ""
    return f"{named}{more} {what}" if alerts else ""


def _nothing_seen(reading: Reading) -> Health:
    if not reading.states:
        return Health("unknown", "Not watching", "Nothing is watched", remedy="start plimsoll watch with a target")
    began = min(state.since_s for state in reading.states.values())
    if reading.now_s - began < START_S:
        return Health("unknown", "Starting", "Nothing has been seen yet: the first looks are under way", began)
    return Health("unknown", "Blind", "No collector has seen anything", began, "see the reasons under System")
