"""Alerts: what fires, what may, what cannot be judged, what is silenced; what did; and the rules."""

from collections.abc import Callable, Sequence
from typing import Final

from plimsoll.core.units import format_duration
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.reading import AlertLine, Reading
from plimsoll.server.dashboard.say import moment, plural, since
from plimsoll.server.dashboard.slots import Slot, part
from plimsoll.server.dashboard.tables import Column, field, table, words

_RULES: Final = (
    words("name", "Rule"),
    Column("condition", "When", field("condition")),
    Column("lasts", "For", field("lasts"), number=True),
    words("severity", "Severity"),
    Column("remedy", "What to do", field("remedy")),
)
_SILENCES: Final = (
    words("what", "What"),
    Column("until", "Until", field("until")),
    words("author", "By"),
    Column("reason", "Why", field("reason")),
)
_HISTORY: Final = (
    Column("at", "Since", field("at")),
    words("rule", "Rule"),
    words("severity", "Severity"),
    words("state", "State"),
    Column("sentence", "What", field("sentence")),
)

_Test = Callable[[AlertLine], bool]
_GROUPS: Final[Sequence[tuple[str, str, _Test]]] = (
    ("Firing", "Nothing fires.", lambda alert: alert.state == "firing" and not alert.silenced),
    ("Pending", "", lambda alert: alert.state == "pending"),
    ("No data", "", lambda alert: alert.state == "no data"),
    ("Silenced", "", lambda alert: alert.state == "firing" and bool(alert.silenced)),
)


def _now(reading: Reading, _: Place) -> Html:
    groups = ((title, nothing, [one for one in reading.alerts if test(one)]) for title, nothing, test in _GROUPS)
    return joined(
        *(_group(title, nothing, alerts, reading.now_s) for title, nothing, alerts in groups if alerts or nothing)
    )


def _group(title: str, nothing: str, alerts: Sequence[AlertLine], now_s: float) -> Html:
    if not alerts:
        return part(title, element("p", nothing, class_="empty"))
    lines = element("ul", *(alert_html(alert, now_s) for alert in alerts), class_="findings")
    return part(f"{title}: {plural(len(alerts), 'alert')}", lines)


def alert_html(alert: AlertLine, now_s: float) -> Html:
    """What is wrong, since when, how we know, what to do."""
    standing = "bad" if alert.severity == "critical" and alert.state == "firing" else "doubt"
    word = element("b", alert.severity, class_=standing)
    remedy = element("p", "What to do: ", alert.remedy, class_="remedy") if alert.remedy else ""
    silenced = element("p", f"Silenced: {alert.silenced}", class_="soft") if alert.silenced else ""
    known = element("p", element("code", alert.series), " · rule ", element("b", alert.rule), class_="soft")
    began = element("span", " since ", since(alert.since_s, now_s), class_="soft")
    return element("li", element("p", word, " ", alert.sentence, began), known, remedy, silenced)


def _rules(reading: Reading, place: Place) -> Html:
    rows = [
        {"name": rule.name, "condition": rule.condition, "severity": rule.severity, "remedy": rule.remedy or None,
         "lasts": format_duration(rule.lasts_s) if rule.lasts_s else "at once"}
        for rule in reading.rules
    ]  # fmt: skip
    nothing = "No rules are judged."
    return part("Rules", table(place, "rules", "What is watched for", _RULES, rows, nothing=nothing, shown=100))


def _silences(reading: Reading, place: Place) -> Html:
    rows = [
        {"what": one.what, "until": moment(one.until_s), "author": one.author, "reason": one.reason}
        for one in reading.silences
    ]
    return part("Silences", table(place, "silences", "Under way", _SILENCES, rows, nothing="Nothing is silenced."))


def _history(reading: Reading, place: Place) -> Html:
    rows = [
        {
            "at": moment(one.since_s),
            "rule": one.rule,
            "severity": one.severity,
            "state": one.state,
            "sentence": one.sentence,
        }
        for one in sorted(reading.history, key=lambda one: -one.since_s)
    ]
    return part(
        "History", table(place, "history", "The newest first", _HISTORY, rows, nothing="Nothing has fired yet.")
    )


SLOTS: Final[Sequence[Slot]] = (
    Slot("now", _now, holds=True, every_s=2.0),
    Slot("silences", _silences, holds=True),
    Slot("history", _history, holds=True),
    Slot("rules", _rules, holds=True),
)
