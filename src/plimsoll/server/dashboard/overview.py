"""The first screen: is it healthy; then the numbers, the charts on one axis, and what happened."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.observation import Event
from plimsoll.core.units import format_duration
from plimsoll.server.dashboard.figures import numbers_html
from plimsoll.server.dashboard.markup import Html, element, joined, since
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.slots import CHARTS, Slot, part
from plimsoll.server.reading.health import Health, health
from plimsoll.server.reading.numbers import numbers
from plimsoll.server.reading.reading import AlertLine, Reading
from plimsoll.server.reading.say import clock, moment, plural

EVENTS_SHOWN: Final = 12
ALERTS_SHOWN: Final = 8


def health_html(found: Health, now_s: float, place: Place, alerts: int, *beside: Html) -> Html:
    """The word, the sentence, since when, what to do; then what stands beside."""
    began = element("span", " for ", since(found.since_s, now_s), class_="soft") if found.since_s else ""
    there = Place(window=place.window).href(tab="alerts")
    all_of_them = joined(" · ", element("a", "all alerts", href=there, data_in="", id="all-alerts")) if alerts else ""
    remedy = element("p", "What to do: ", found.remedy, all_of_them, class_="remedy") if found.remedy else all_of_them
    word = element("p", found.word, began, class_="word")
    return element("div", word, element("h1", found.sentence), remedy, *beside, class_=f"verdict {found.standing}")


def _health(reading: Reading, place: Place) -> Html:
    beside = (_all_that_fires(reading), _culprit(reading, place))
    return health_html(health(reading), reading.now_s, place, len(reading.alerts), *beside)


def _all_that_fires(reading: Reading) -> Html:
    """Where it is more than the sentence tells: the worst first, each with since when."""
    firing = [alert for alert in reading.alerts if alert.state == "firing" and not alert.silenced]
    if len(firing) < 2:
        return Html("")
    ordered = sorted(firing, key=lambda alert: (alert.severity != "critical", alert.since_s))
    more = f"{len(ordered) - ALERTS_SHOWN} more under Alerts" if len(ordered) > ALERTS_SHOWN else ""
    lines = [_firing(alert, reading.now_s) for alert in ordered[:ALERTS_SHOWN]]
    return element("ul", *lines, element("li", more) if more else "", class_="events")


def _firing(alert: AlertLine, now_s: float) -> Html:
    word = element("b", alert.severity, class_="bad" if alert.severity == "critical" else "doubt")
    return element(
        "li", word, " ", alert.sentence, element("span", " for ", since(alert.since_s, now_s), class_="soft")
    )


def _culprit(reading: Reading, place: Place) -> Html:
    """Who is at the top of the longest tree of locks."""
    tops = [row for row in reading.rows("locks") if not row["waits_for"]]
    if not tops or reading.lapsed("locks"):
        return Html("")
    row = max(tops, key=lambda one: int(one["blocks"]))
    open_s = row["transaction_s"]
    lasted = f", its transaction open for {format_duration(open_s)}" if open_s is not None else ""
    words = (
        f"PID {row['pid']}, {row['state'] or 'state unknown'}{lasted}, blocks {plural(int(row['blocks']), 'session')}"
    )
    there = Place(window=place.window).href(tab="database")
    link = element("a", "who blocks whom", href=there, data_in="", id="culprit")
    return element("p", words, " · ", link, class_="remedy")


def _numbers(reading: Reading, _: Place) -> Html:
    return numbers_html(numbers(reading))


def _events(reading: Reading, place: Place) -> Html:
    within = [event for event in reading.events if event.at_s >= reading.now_s - place.window_s]
    newest = sorted(within, key=lambda event: -event.at_s)[:EVENTS_SHOWN]
    if not newest:
        return part(
            "What happened", element("p", "No run, restart, checkpoint or alert in this window.", class_="empty")
        )
    return part("What happened", element("ul", *(_event(event) for event in newest), class_="events"))


def _event(event: Event) -> Html:
    at = element("time", clock(event.at_s), title=moment(event.at_s))
    return element("li", at, " ", element("b", event.kind), " ", event.text)


SLOTS: Final[Sequence[Slot]] = (
    Slot("health", _health, every_s=2.0),
    Slot("numbers", _numbers, every_s=2.0),
    CHARTS,
    Slot("events", _events),
)
