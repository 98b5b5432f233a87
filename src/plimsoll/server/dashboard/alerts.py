"""Alerts: what fires, what may, what cannot be judged, what is silenced; what did; and the rules."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final

from plimsoll.core.units import format_duration
from plimsoll.server.dashboard.markup import Html, element, joined, since
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.slots import Slot, part
from plimsoll.server.dashboard.tables import Column, Row, field, table, words
from plimsoll.server.reading.reading import AlertLine, Reading, RuleLine
from plimsoll.server.reading.say import moment, plural


def _named(row: Row) -> Html:
    """What to do about it stands on hover: alerts say it themselves."""
    return element("span", row["name"], title=f"What to do: {row['remedy']}" if row["remedy"] else None)


_RULES: Final = (
    Column("name", "Rule", _named, lambda row: row["name"], first_up=True),
    Column("state", "Now", field("state")),
    Column("condition", "Fires", field("condition")),
    Column("lasts", "For", field("lasts"), number=True),
    Column("series", "Series", lambda row: element("code", row["series"])),
)
_SILENCES: Final = (
    words("what", "What"),
    Column("until", "Until", field("until")),
    words("author", "By"),
    Column("reason", "Why", field("reason")),
)
_HISTORY: Final = (
    Column("at", "Fired", field("at")),
    Column("lasted", "For", field("lasted"), number=True),
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
    worse = f"; {alert.at_worst}" if alert.at_worst else ""
    began = element("span", " for ", since(alert.since_s, now_s), worse, class_="soft")
    return element("li", element("p", word, " ", alert.sentence, began), known, remedy, silenced)


def _rules(reading: Reading, place: Place) -> Html:
    rows = [_rule(rule) for rule in reading.rules]
    nothing = "No rules are judged."
    return part("Rules", table(place, "rules", "What is watched for", _RULES, rows, nothing=nothing, shown=200))


def _rule(rule: RuleLine) -> Row:
    lasts = format_duration(rule.lasts_s) if rule.lasts_s else "at once"
    return {**asdict(rule), "lasts": lasts, "remedy": rule.remedy or None}


def _silences(reading: Reading, place: Place) -> Html:
    rows = [{**asdict(one), "until": moment(one.until_s)} for one in reading.silences]
    columns = (*_SILENCES, Column("end", "", _end_form)) if reading.may_change else _SILENCES
    return part("Silences", table(place, "silences", "Under way", columns, rows, nothing="Nothing is silenced."))


def _end_form(row: Row) -> Html:
    hidden = element("input", type="hidden", name="silence", value=row["silence_id"])
    button = element("button", "End it", type="submit", class_="copy")
    return element("form", hidden, button, method="post", action="/silences/end")


def _silence_form(reading: Reading, _: Place) -> Html:
    """For the admin; for others how one becomes that."""
    if not reading.may_change:
        return element("p", *_who_may(reading.may_change), class_="empty")
    fields = (
        _asked("rule", "Rule", 'cpu, disk_* or disk_space{mount="/data"}'),
        _asked("for", "For", "2h"),
        _asked("author", "Who", "your name"),
        _asked("reason", "Why", "the disk is being replaced"),
    )
    button = element("button", "Silence", type="submit", class_="copy")
    return element("form", *fields, button, method="post", action="/silences", class_="form")


def _who_may(may: bool | None) -> tuple[str, ...]:
    if may is None:
        return (
            "To silence alerts here, state ",
            element("code", "admin_token"),
            " in [monitor.server] of plimsoll.toml.",
        )
    return (
        "Only who shows the admin token may silence alerts: ",
        element("a", "enter it", href="/login?next=/%3Ftab=alerts"),
        ".",
    )


def _asked(name: str, title: str, example: str) -> Html:
    given = element("input", type="text", name=name, required=True, maxlength=200, placeholder=example)
    return element("label", element("span", title), given)


def _history(reading: Reading, place: Place) -> Html:
    rows = [
        {
            "at": moment(one.since_s),
            "lasted": _lasted(one),
            "rule": one.rule,
            "severity": one.worst or one.severity,
            "state": one.state,
            "sentence": one.sentence,
        }
        for one in sorted(reading.history, key=lambda one: -one.since_s)
    ]
    return part(
        "History", table(place, "history", "The newest first", _HISTORY, rows, nothing="Nothing has fired yet.")
    )


def _lasted(alert: AlertLine) -> str | None:
    return None if alert.ended_s is None else format_duration(float(round(alert.ended_s - alert.since_s)))


SLOTS: Final[Sequence[Slot]] = (
    Slot("now", _now, holds=True, every_s=2.0),
    Slot("silences", _silences, holds=True),
    Slot("silence", _silence_form, every_s=float("inf")),
    Slot("history", _history, holds=True),
    Slot("rules", _rules, holds=True),
)
